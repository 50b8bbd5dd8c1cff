// SPDX-License-Identifier: Apache-2.0
/*
 * Credentials that parse are the same when they are written and parsed again.
 */
#include "sip/auth.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct sip_credentials *a, const struct sip_credentials *b)
{
	assert(slice_equal(a->username, b->username));
	assert(slice_equal(a->realm, b->realm));
	assert(slice_equal(a->nonce, b->nonce));
	assert(slice_equal(a->uri, b->uri));
	assert(slice_equal(a->response, b->response));
	assert(slice_equal(a->algorithm_name, b->algorithm_name));
	assert(slice_equal(a->cnonce, b->cnonce));
	assert(slice_equal(a->opaque, b->opaque));
	assert(a->algorithm == b->algorithm && a->qop == b->qop);
	assert(a->nc == b->nc && a->has_opaque == b->has_opaque);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char storage[1 << 17];
	struct buf b = buf_over(storage, sizeof(storage));
	struct sip_credentials first, again;
	struct sip_error error = {0};

	if (sip_credentials_parse(slice_make(data, size), &first, &error)) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	sip_credentials_put(&b, &first);
	if (b.full)
		return 0;
	assert(sip_credentials_parse(buf_slice(&b), &again, NULL) == 0);
	compare(&first, &again);
	return 0;
}
