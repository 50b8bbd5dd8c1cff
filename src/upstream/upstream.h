// SPDX-License-Identifier: Apache-2.0
/*
 * An upstream: the URI of a next hop with its transport, the targets that its name
 * resolves to, and what the upstream taught us. The name is resolved again when
 * its TTL is over; the old targets serve until the new answer comes.
 */
#pragma once

#include "upstream/target.h"
#include "upstream/upstreams.h"

struct exchange;

#define HOP_MAX 512 /* bytes of a next hop's URI */

/* If so many accounts are rejected within a minute, strangers slow down. */
#define REJECTED_ACCOUNTS 5

struct upstream {
	struct wheel_node timer; /* exchanges that wait for the name go on */
	pool_handle handle;
	uint32_t refs;
	uint32_t users;     /* accounts that are or want to be bound there: upstream_hold() */
	char *hop;          /* the URI that names it */
	struct sip_uri uri; /* slices of `hop` */
	uint8_t transport;  /* enum sip_transport */
	bool is_numeric;    /* the host is an address: there is nothing to resolve */
	bool is_asked;      /* the name is being resolved ... */
	uint64_t asked_us;  /* ... since then */
	bool is_unanswered; /* event_resolved.is_unanswered of the last answer */
	uint64_t fresh_until_us;
	uint32_t target_count;
	pool_handle targets[RESOLVED_MAX];
	struct exchange *waiting; /* exchanges that wait for the first answer */
	bool has_news;            /* the answer came, and some of them have still to be told */
	char *realm;              /* of the last challenge; NULL none yet */
	bool lists_many;          /* it once listed two Contacts in a 200 */
	bool lists_own;           /* a 200 to a REGISTER listed our Contact ... */
	bool lists_as_sent;       /* ... exactly as sent: this upstream does not rewrite Contacts */
	bool is_fetch_useless;    /* it refuses fetches, or lists in them what is not true */
	bool has_returned_options; /* OPTIONS to an AOR of ours came back to us */
	bool is_options_useless;   /* OPTIONS to an AOR of ours do not come back */
	struct rejection {
		uint64_t when_us;
		pool_handle who;
	} rejected[REJECTED_ACCOUNTS]; /* the last accounts that were rejected, a ring */
	uint8_t rejected_next;         /* index of the oldest one */
	uint64_t stranger_us;          /* the last place that a stranger reserved */
};

/*
 * Finds or makes the upstream of `hop`, a SIP URI, and takes a reference to it.
 * ERR_SYNTAX, ERR_UNSUPPORTED (transport), ERR_FULL, ERR_MEMORY.
 */
MUST_CHECK int upstream_take(struct upstreams *u, struct slice hop, struct upstream **upstream_r);

/* Drops a reference; the last one frees the upstream. Does nothing if `handle` is 0. */
void upstream_give(struct upstreams *u, pool_handle handle);

/* The upstream with this handle; NULL if it is gone. Takes no reference. */
struct upstream *upstream_get(const struct upstreams *u, pool_handle handle);

/* Adds or removes a user; each user holds a reference as well. */
void upstream_hold(struct upstreams *u, pool_handle handle);
void upstream_release(struct upstreams *u, pool_handle handle);

enum upstream_ready { UPSTREAM_READY, UPSTREAM_PENDING };

/*
 * Resolves the name if its addresses are unknown or their TTL is over. UPSTREAM_READY: there are
 * targets, perhaps old ones. UPSTREAM_PENDING: there are none yet.
 */
enum upstream_ready upstream_resolve(struct upstreams *u, struct upstream *upstream);

/* The outcome of EFFECT_RESOLVE. Exchanges that wait go on from the timer (reach_names_timer()). */
void upstream_resolved(
    struct upstreams *u, struct upstream *upstream, const struct event_resolved *resolved);

/* Why the upstream has no targets, a static text; empty if it has some. */
struct slice upstream_why_unknown(const struct upstream *upstream);

/* Resolves the name if exchanges wait for it and that is not under way. */
void upstream_ask_again(struct upstreams *u, struct upstream *upstream);

/*
 * The first target, beginning at index `from`, that may be sent to now; if there is
 * none, the one that opens first. `open_at_us_r` says when. NULL without targets.
 */
struct target *upstream_choose(const struct upstreams *u, const struct upstream *upstream,
    uint32_t from, uint64_t *open_at_us_r);

/* When the first of the upstream's other targets opens; TIME_NEVER if it has no other one. */
uint64_t upstream_other_open_at_us(
    const struct upstreams *u, const struct upstream *upstream, const struct target *target);

/* The index of that target; `target_count` if it is not one of the upstream's. */
uint32_t upstream_index(const struct upstream *upstream, pool_handle target);

/* Keeps a copy of the realm of a challenge. */
void upstream_learn_realm(struct upstream *upstream, struct slice realm);

/* Notes that an account was rejected; after REJECTED_ACCOUNTS of them strangers slow down. */
void upstream_rejected(const struct upstreams *u, struct upstream *upstream, pool_handle user);

/*
 * When a stranger may try, or shall ask again: now if strangers are not slowed down; else at its
 * place, or sooner if the rejections are too old by then. `place_us` is its place; 0 reserves one.
 */
uint64_t upstream_stranger_us(
    const struct upstreams *u, struct upstream *upstream, uint64_t *place_us);
