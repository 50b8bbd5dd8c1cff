// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever is accepted as an address is written within NETADDR_TEXT_MAX and
 * reads back as the same address.
 */
#include "base/netaddr.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char storage[NETADDR_TEXT_MAX];
	struct buf b = buf_over(storage, sizeof(storage));
	struct netaddr addr, again;

	if (netaddr_parse(slice_make(data, size), &addr) != 0)
		return 0;
	netaddr_put(&b, &addr);
	assert(buf_text(&b)[0] != '\0');
	assert(netaddr_parse(buf_slice(&b), &again) == 0);
	assert(netaddr_equal(&addr, &again));
	return 0;
}
