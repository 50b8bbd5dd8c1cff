// SPDX-License-Identifier: Apache-2.0
/*
 * For any bytes: masking ends, stays within its buffer, and shows no `response`
 * of credentials.
 */
#include "trace/mask.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char secret[] =
	    "\r\nAuthorization: Digest realm=\"r\", response=\"5ec2e7\"\r\n\r\n";
	static char in[8192], out[16384];
	struct buf whole = buf_over(in, sizeof(in)), masked = buf_over(out, sizeof(out));

	buf_puts(&whole, "REGISTER sip:a SIP/2.0\r\nX: ");
	if (size > 4096)
		return 0;
	buf_puts(&whole, "y");
	buf_puts(&whole, secret);
	whole.n -= 2;
	buf_put(&whole, slice_make(data, size));
	mask_put(&masked, buf_slice(&whole));
	assert(!masked.full);
	assert(!memmem(masked.p, masked.n, "5ec2e7", 6) || memmem(data, size, "5ec2e7", 6));
	masked = buf_over(out, 64);
	mask_put(&masked, slice_make(data, size));
	assert(!masked.full && masked.n <= 64);
	return 0;
}
