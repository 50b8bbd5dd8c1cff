// SPDX-License-Identifier: Apache-2.0
/*
 * What is judged right can be read; each network has its own base and the last of
 * its addresses; and written with its length it reads back as the same.
 */
#include "model/networks.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct netaddr last_of(const struct subnet *network)
{
	struct netaddr last = network->base;
	unsigned width = last.family == 4 ? 32 : 128;

	for (unsigned bit = network->bits; bit < width; bit++)
		last.ip[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

static void check_network(const struct subnet *network)
{
	char text[NETADDR_TEXT_MAX + 4];
	struct buf b = buf_over(text, sizeof(text));
	struct netaddr last = last_of(network);
	struct subnet again;

	assert(subnet_has(network, &network->base));
	assert(subnet_has(network, &last));
	netaddr_put_ip(&b, &network->base);
	buf_putc(&b, '/');
	buf_put_u64(&b, network->bits);
	assert(networks_parse(buf_slice(&b), &again, 1) == 1);
	assert(netaddr_equal(&network->base, &again.base));
	assert(network->bits == again.bits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	struct subnet networks[NETWORKS_MAX];
	char storage[512];
	struct buf message = buf_over(storage, sizeof(storage));
	int count = networks_parse(text, networks, NETWORKS_MAX);
	int rc = networks_check(text, &message);

	assert(rc != 0 || count >= 0);
	assert((rc != 0) == (message.n > 0));
	assert(!message.full);
	for (int i = 0; i < count; i++)
		check_network(&networks[i]);
	return 0;
}
