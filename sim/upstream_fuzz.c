// SPDX-License-Identifier: Apache-2.0
/*
 * The whole strict upstream under arbitrary datagrams: the first byte chooses a
 * manner, a line of "===" separates datagrams, time passes between them.
 */
#include "sim/upstream.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct upstream *make(uint8_t manner)
{
	struct upstream_config config;

	upstream_config_default(&config);
	config.challenge = manner & 1 ? UPSTREAM_CHALLENGE_NONE : UPSTREAM_CHALLENGE_BOTH;
	config.rewrite = manner & 2 ? UPSTREAM_REWRITE_WHOLE : UPSTREAM_REWRITE_NONE;
	config.max_contacts = manner & 4 ? 2 : 0;
	config.replace_oldest = manner & 8;
	config.ping_s = manner & 16 ? 1 : 0;
	config.extra = manner & 32 ? UPSTREAM_EXTRA_FOREIGN : UPSTREAM_EXTRA_NONE;
	config.cancel = manner & 64 ? UPSTREAM_CANCEL_ZERO : UPSTREAM_CANCEL_REMOVES;
	return upstream_new(&config, manner);
}

/* The bytes before the next separator, which is taken off with them. */
static struct slice next_datagram(struct slice *rest)
{
	static const char separator[] = "===\n";
	const char *at = memmem(rest->p, rest->n, separator, 4);
	struct slice datagram = {rest->p, at ? (size_t)(at - rest->p) : rest->n};

	*rest = slice_skip(*rest, datagram.n + (at ? 4 : 0));
	return datagram;
}

static void drain(struct upstream *u)
{
	struct upstream_send send;

	while (upstream_next_send(u, &send))
		assert(send.bytes.n > 0 && send.bytes.n <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netaddr source = {.family = 4, .ip = {127, 0, 0, 1}, .port = 5060};
	struct netaddr local = {.family = 4, .ip = {127, 0, 0, 1}, .port = 5070};
	struct slice rest = slice_make(data + 1, size ? size - 1 : 0);
	uint64_t now_us = 0;
	struct upstream *u;

	if (size == 0)
		return 0;
	u = make(data[0]);
	assert(u);
	for (unsigned i = 0; i < 16 && rest.n; i++) {
		upstream_receive(u, now_us, &source, &local, next_datagram(&rest));
		drain(u);
		now_us += 700 * US_PER_MS;
		upstream_advance(u, now_us);
		drain(u);
	}
	upstream_restart(u, now_us, false);
	assert(upstream_bindings(u) == 0);
	upstream_free(&u);
	return 0;
}
