// SPDX-License-Identifier: Apache-2.0
/*
 * An upstream: what the URI of a next hop names, transport
 * included, and the targets the name leads to. It resolves the name when its
 * answer has aged out, keeps the old targets while the new answer is awaited,
 * and remembers what upstream taught us.
 */
#pragma once

#include "upstream/target.h"
#include "upstream/upstreams.h"

struct exchange;

#define HOP_MAX 512 /* bytes of a next hop's URI */

/* So many accounts rejected within a minute slow strangers down. */
#define REJECTED_ACCOUNTS 5

struct upstream {
	struct wheel_node timer; /* those that wait for the name go on */
	pool_handle handle;
	uint32_t refs;      /* whoever names it */
	uint32_t users;     /* that have or want something there */
	char *hop;          /* the URI that names it */
	struct sip_uri uri; /* over `hop` */
	uint8_t transport;  /* enum sip_transport */
	bool is_numeric;
	bool is_asked;      /* an answer about the name is awaited ... */
	uint64_t asked_us;  /* ... since then */
	bool is_unanswered; /* the last one did not come, or said nothing about the name */
	uint64_t fresh_until_us;
	uint32_t target_count;
	pool_handle targets[RESOLVED_MAX];
	struct exchange *waiting;  /* for the first answer */
	bool has_news;             /* it came, and not all of them have heard it */
	char *realm;               /* of the last challenge; NULL none yet */
	bool lists_many;           /* it once listed two Contacts in a 200 */
	bool lists_own;            /* a 200 to a REGISTER listed ours ... */
	bool lists_as_sent;        /* ... by the URI that was sent: it gives no names of its own */
	bool is_fetch_useless;     /* fetches are refused, or what they list is not so */
	bool has_returned_options; /* OPTIONS to an AOR of ours came back to us */
	bool is_options_useless;   /* they do not */
	struct rejection {
		uint64_t when_us;
		pool_handle who;
	} rejected[REJECTED_ACCOUNTS]; /* the last accounts that were, a ring */
	uint8_t rejected_next;
	uint64_t stranger_us; /* the last place of an account that never registered */
};

/*
 * The upstream that `hop` (a SIP URI) names, made where it is not there;
 * counted by upstream_give(). ERR_SYNTAX, ERR_UNSUPPORTED (transport), ERR_FULL.
 */
MUST_CHECK int upstream_take(struct upstreams *u, struct slice hop, struct upstream **upstream_r);
void upstream_give(struct upstreams *u, pool_handle handle);
struct upstream *upstream_get(const struct upstreams *u, pool_handle handle);

/* A user of it begins or ends; it counts as naming the upstream. */
void upstream_hold(struct upstreams *u, pool_handle handle);
void upstream_release(struct upstreams *u, pool_handle handle);

enum upstream_ready { UPSTREAM_READY, UPSTREAM_PENDING };

/* Asks for the name's addresses where they are unknown or old. */
enum upstream_ready upstream_resolve(struct upstreams *u, struct upstream *upstream);

/* The answer. Its timer then lets those that wait go on (exchange_names_timer()). */
void upstream_resolved(
    struct upstreams *u, struct upstream *upstream, const struct event_resolved *resolved);

/* Why it leads nowhere, a static text; empty where it leads somewhere. */
struct slice upstream_why_unknown(const struct upstream *upstream);

/* Asks for the name where exchanges wait for it and no answer is awaited. */
void upstream_ask_again(struct upstreams *u, struct upstream *upstream);

/*
 * The first target from `from` on that may be sent to now, else the one that
 * opens first; NULL without any. `open_at_us_r` says when.
 */
struct target *upstream_choose(const struct upstreams *u, const struct upstream *upstream,
    uint32_t from, uint64_t *open_at_us_r);

/* The place of that address among the targets; `target_count` where it is none of them. */
uint32_t upstream_index(const struct upstream *upstream, pool_handle target);

void upstream_learn_realm(struct upstream *upstream, struct slice realm);

/* An account was rejected; when many are, strangers slow down. */
void upstream_rejected(const struct upstreams *u, struct upstream *upstream, pool_handle user);

/*
 * When an account that never registered may try, or shall look again: at its place, which is
 * reserved where `place_us` is 0, or when enough time has passed without a rejection.
 */
uint64_t upstream_stranger_us(
    const struct upstreams *u, struct upstream *upstream, uint64_t *place_us);
