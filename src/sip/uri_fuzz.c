// SPDX-License-Identifier: Apache-2.0
/*
 * One URI, or two parted by a line feed: whatever parses equals itself,
 * equality is the same from both sides, and an error points into the text.
 */
#include "sip/uri.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool parse(struct slice text, struct sip_uri *uri)
{
	struct sip_error error = {0};
	char storage[64];
	struct buf b = buf_over(storage, sizeof(storage));
	int err = sip_uri_parse(text, uri, &error);

	assert(!err || (error.what && error.offset <= text.n));
	if (err)
		return false;
	assert(uri->host.n > 0);
	assert(sip_uri_equal(uri, uri));
	assert(sip_uri_transport(uri) <= SIP_TRANSPORT_OTHER);
	sip_put_user(&b, uri->user);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	ptrdiff_t feed = slice_find(text, '\n');
	struct slice other = {0};
	struct sip_uri a, b;

	if (feed >= 0) {
		other = slice_skip(text, (size_t)feed + 1);
		text.n = (size_t)feed;
	}
	if (parse(text, &a) && parse(other, &b)) {
		assert(sip_uri_equal(&a, &b) == sip_uri_equal(&b, &a));
		assert(sip_uri_equal(&a, &b) == sip_uri_equal_text(text, other));
	}
	return 0;
}
