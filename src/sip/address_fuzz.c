// SPDX-License-Identifier: Apache-2.0
/*
 * A list of addresses: members and addresses hold together, and an address
 * written again from its parts means the same.
 */
#include "sip/address.h"

#include "base/buf.h"
#include "sip/list.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rewrite(const struct sip_address *address)
{
	static char storage[2 * 65536];
	struct buf b = buf_over(storage, sizeof(storage));
	struct sip_address again;

	buf_put(&b, address->display);
	buf_puts(&b, " <");
	buf_put(&b, address->uri);
	buf_puts(&b, ">");
	buf_put(&b, address->params);
	if (b.full)
		return;
	assert(sip_address_parse(buf_slice(&b), &again, NULL) == 0);
	assert(slice_equal(again.display, address->display));
	assert(slice_equal(again.uri, address->uri));
	assert(slice_equal(sip_address_tag(&again), sip_address_tag(address)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size);
	struct slice member;
	struct sip_error error;
	struct sip_address address;

	while (sip_list_next(&rest, &member)) {
		assert(member.n);
		error = (struct sip_error){0};
		if (sip_address_parse(member, &address, &error))
			assert(error.what && error.offset <= member.n);
		else if (!address.is_star)
			rewrite(&address);
	}
	return 0;
}
