// SPDX-License-Identifier: Apache-2.0
/*
 * What a netlink socket may give: every message moves on, and news of an
 * address bring one.
 */
#include "net/links.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make(data, size);
	struct links_news news;

	while (bytes.n > 0) {
		size_t before = bytes.n;

		if (!links_read(&bytes, &news))
			break;
		assert(bytes.n < before);
		assert((news.kind == LINKS_GONE || news.kind == LINKS_CAME) ==
		       (news.address.family != 0));
	}
	return 0;
}
