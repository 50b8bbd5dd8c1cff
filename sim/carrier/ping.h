// SPDX-License-Identifier: Apache-2.0
/*
 * Requests that a registrar sends to its clients (OPTIONS, NOTIFY): client
 * transactions without INVITE over UDP, RFC 3261 17.1.2.
 */
#pragma once

#include "base/netaddr.h"
#include "base/pool.h"
#include "base/wheel.h"
#include "sim/carrier/location.h"
#include "sip/message.h"

#define PINGS_MAX 65536

struct carrier;

struct ping {
	struct wheel_node timer;
	pool_handle handle;
	struct netaddr local, to;
	uint64_t ends_us, interval_us;
	struct owned bytes;
};

struct pings {
	struct pool *pool;
	struct wheel *wheel;
};

MUST_CHECK int pings_init(struct pings *pings, struct wheel *wheel);
void pings_free(struct pings *pings);
void pings_forget(struct pings *pings);

/* Sends one request to a binding; false where there was no room for it. */
bool ping_send(struct carrier *carrier, const struct binding *binding, enum sip_method method);

/* A response has come: ends its transaction and counts it. */
void ping_answered(struct carrier *carrier, const struct sip_message *msg);

/* The timer has fired: sends again, or gives up. */
void ping_due(struct carrier *carrier, struct ping *ping);
