// SPDX-License-Identifier: Apache-2.0
/*
 * The whole strict upstream under arbitrary datagrams: the first byte chooses a
 * manner, a line of "===" separates datagrams, time passes between them.
 */
#include "sim/carrier.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct carrier *make(uint8_t manner)
{
	struct carrier_config config;

	carrier_config_default(&config);
	config.challenge = manner & 1 ? CARRIER_CHALLENGE_NONE : CARRIER_CHALLENGE_BOTH;
	config.rewrite = manner & 2 ? CARRIER_REWRITE_WHOLE : CARRIER_REWRITE_NONE;
	config.max_contacts = manner & 4 ? 2 : 0;
	config.replace_oldest = manner & 8;
	config.ping_s = manner & 16 ? 1 : 0;
	config.extra = manner & 32 ? CARRIER_EXTRA_FOREIGN : CARRIER_EXTRA_NONE;
	config.cancel = manner & 64 ? CARRIER_CANCEL_ZERO : CARRIER_CANCEL_REMOVES;
	return carrier_new(&config, manner);
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

static void drain(struct carrier *carrier)
{
	struct carrier_send send;

	while (carrier_next_send(carrier, &send))
		assert(send.bytes.n > 0 && send.bytes.n <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netaddr source = {.family = 4, .ip = {127, 0, 0, 1}, .port = 5060};
	struct netaddr local = {.family = 4, .ip = {127, 0, 0, 1}, .port = 5070};
	struct slice rest = slice_make(data + 1, size ? size - 1 : 0);
	uint64_t now_us = 0;
	struct carrier *carrier;

	if (size == 0)
		return 0;
	carrier = make(data[0]);
	assert(carrier);
	for (unsigned i = 0; i < 16 && rest.n; i++) {
		carrier_receive(carrier, now_us, &source, &local, next_datagram(&rest));
		drain(carrier);
		now_us += 700 * US_PER_MS;
		carrier_advance(carrier, now_us);
		drain(carrier);
	}
	carrier_restart(carrier, now_us, false);
	assert(carrier_bindings(carrier) == 0);
	carrier_free(&carrier);
	return 0;
}
