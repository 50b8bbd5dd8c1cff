// SPDX-License-Identifier: Apache-2.0
/*
 * The network between regentd and its upstreams: datagrams in flight, lost,
 * late, doubled and overtaken as a seed wants it, and rules that catch one
 * certain datagram of a conversation. Nothing is held back longer than the
 * packet life that Regent counts on; a rule that asks for more is a mistake.
 */
#pragma once

#include "base/attr.h"
#include "base/netaddr.h"
#include "base/random.h"
#include "sim/facts.h"

struct network;

struct network_config {
	uint64_t delay_us;
	uint64_t jitter_us; /* added at random, so datagrams overtake each other */
	uint32_t loss;      /* of 1000 */
	uint32_t lose_each; /* every so manieth datagram is lost; 0: none */
	uint32_t duplicate; /* of 1000 */
};

enum network_way { NETWORK_BOTH_WAYS, NETWORK_TO_UPSTREAM, NETWORK_TO_REGENT };

enum network_what {
	NETWORK_ALL,
	NETWORK_REGISTER, /* REGISTER with an expiry, and its answers */
	NETWORK_CANCEL,   /* REGISTER with expiry 0, and its answers */
};

enum network_act { NETWORK_DROP, NETWORK_HOLD, NETWORK_TWICE, NETWORK_PASS };

struct network_rule {
	enum network_way way;
	enum network_what what;
	unsigned status;      /* responses of this status only; 0: any */
	struct slice user;    /* of the AOR; empty: any; lives as long as the rule */
	struct netaddr peer;  /* the upstream's address; family 0: any */
	uint32_t skip, count; /* passes the first `skip`, then catches `count`; 0: all */
	enum network_act act;
	uint64_t hold_us; /* HOLD: instead of the delay; TWICE: the copy comes so much later */
	uint32_t seen;    /* that fit, passed ones included */
	struct network_capture *capture; /* the last one caught; may be NULL */
};

struct network_capture {
	struct netaddr from, to;
	size_t n;
	char bytes[4096];
};

#define NETWORK_RULES_MAX 16
#define NETWORK_CUTS_MAX  16

struct network *network_new(uint64_t seed);
void network_free(struct network **network);

/* Read it, change it at any time. */
struct network_config *network_config(struct network *network);

/* Adds a rule; the first that fits acts. What is returned lives until network_clear_rules(). */
struct network_rule *network_add_rule(struct network *network, const struct network_rule *rule);
void network_clear_rules(struct network *network);

/* Nothing gets to (or from) an address any more; false, false mends it. */
void network_cut(struct network *network, const struct netaddr *ip, bool to, bool from);

struct datagram {
	uint64_t at_us;
	struct netaddr from, to;
	struct slice bytes;
	struct facts facts; /* of the bytes */
};

/* Hands a datagram over; `facts` are those of its bytes. When it arrives; TIME_NEVER: lost. */
uint64_t network_send(struct network *network, uint64_t now_us, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes, const struct facts *facts);

/* Any bytes by anybody, on time and past all rules. */
void network_inject(struct network *network, uint64_t now_us, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes);

/* When the next arrives; TIME_NEVER with none in flight. */
uint64_t network_next(const struct network *network);

/* Takes the next that has arrived; its bytes live until the next call. False without. */
bool network_take(struct network *network, uint64_t now_us, struct datagram *datagram_r);
