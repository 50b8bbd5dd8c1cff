// SPDX-License-Identifier: Apache-2.0
/*
 * A target: one resolved address of upstreams, with its queue, its pace and its
 * rest. Upstreams whose names lead to the same address share it, since a ban or an
 * overload concerns the address, whatever the name. pace.h decides how fast
 * requests are sent to it; health.h judges its answers and its silence.
 *
 * Times that end in _us are mono_us, unless their comment says that they are spans.
 */
#pragma once

#include "upstream/upstreams.h"

/* Requests per 1000 s, if RG_UPSTREAM_RATE is auto. */
#define RATE_FIRST_MILLI   UINT32_C(5000)
#define RATE_LOWEST_MILLI  UINT32_C(1000)
#define RATE_HIGHEST_MILLI UINT32_C(200000)
#define CEILING_US         (24 * 3600 * US_PER_S)

#define SHARE_ONE 1024 /* the value of `answer_share` that means all */

#define LET_APART_US US_PER_S /* between two requests that a rest lets through */

/* Requests leave by class, in this order. */
enum queue_class {
	QUEUE_ANSWER,  /* answers a challenge: the exchange is half done, and its nonce ages */
	QUEUE_CANCEL,  /* the longest bound first */
	QUEUE_REFRESH, /* the soonest to lapse first */
	QUEUE_FIRST,   /* has nothing to lose yet; first come, first served */
	QUEUE_AGAIN,   /* a cancel that was refused before: no wanted binding waits for it */
	QUEUE_PROBE,   /* checks a binding; may wait for everything else */
};

/* Up to three users that met the same trouble. */
#define TROUBLE_MAX 3
struct trouble {
	pool_handle who[TROUBLE_MAX];
	uint8_t count;
};

/* Why an answer was untaken. */
enum untaken_why {
	UNTAKEN_ELSEWHERE,     /* it came from another address */
	UNTAKEN_UNREADABLE,    /* it is no SIP message; `what` says why */
	UNTAKEN_OTHER_REQUEST, /* its CSeq or method is not that of the request with its branch */
};

/* The last untaken answer to a request that was sent to a target. */
struct untaken {
	uint64_t told_us; /* when the log last told of one; 0: never */
	uint32_t count;   /* untaken answers since then */
	uint8_t why;      /* enum untaken_why */
	const char *what; /* static text */
	struct netaddr from;
};

struct target {
	struct wheel_node timer; /* when the next request may leave */
	pool_handle handle;
	uint32_t refs;
	uint8_t transport; /* enum sip_transport */
	struct netaddr address;

	struct heap queue;  /* pairs (queue key, exchange's number); stale pairs are skipped */
	uint32_t queued;    /* number of live pairs */
	uint32_t bare;      /* live pairs without a known nonce: they will be challenged */
	uint64_t leaving;   /* how many may still go elsewhere, once the outbox has room */
	uint32_t in_flight; /* transactions without a final response */

	uint64_t next_send_us;  /* the next free place in the pace */
	uint32_t rate_milli;    /* the pace, in requests per 1000 s */
	uint32_t proven_milli;  /* the pace that was borne for a whole period; 0: none yet */
	uint32_t ceiling_milli; /* the pace may not grow above it; 0: no ceiling */
	uint64_t ceiling_until_us;
	uint64_t period_us; /* when the growth period began */
	uint32_t period_sent;
	uint64_t second_us; /* when the second in which losses are counted began */
	uint32_t second_sent, second_lost;

	uint32_t unanswered;      /* transmissions since the last response */
	struct trouble silence;   /* the users that sent them */
	uint64_t silent_since_us; /* when the first of them was sent */
	uint64_t answered_us;     /* when the last response came; 0: none since the last ban */
	uint32_t answered_milli;  /* the pace when it came */
	uint32_t answer_share;    /* the share of transmissions that were answered, of SHARE_ONE */
	uint32_t usual_us;        /* span until a final answer that is no challenge; 0: unknown */

	uint64_t rest_until_us;
	uint64_t rests_since_us;
	uint64_t hold_until_us;  /* in a rest: when the next request may be let through */
	uint64_t let_through_us; /* in a rest: when the last one was let through */
	struct trouble refusals; /* users that got a 503 */
	struct trouble timeouts; /* users whose requests timed out */
	uint32_t stop_requests;  /* requests that a stop will send to it (workload.h) */
	uint8_t void_nonces;     /* share of known nonces that were challenged lately, of 255 */
	uint8_t swallowed;       /* silences in a row to a known nonce, with answers in between */
	bool was_told;           /* the log says that it rests or is silent */
	bool is_broken;          /* the breaker is open: one probe at a time */
	bool has_few;            /* it has so few users that a probe every 5 s is no burden */
	uint8_t probed;          /* enum queue_class of the last probe */
	bool rests_by_silence;   /* no 503 asked for the rest: silence was taken for a ban */
	bool loses_by_fetch;     /* bindings were missing there after each fetch */
	bool has_rested;         /* no request was sent since its 503s: see pop_other() */
	bool has_long;           /* a request to it needed a long buffer */
	uint8_t refused_run;     /* 503s in a row to users that it had not refused before */
	struct {
		pool_handle who;
		uint64_t when_us;
	} served[2]; /* the user that was granted something last, and another one before it */
	uint64_t closed_us; /* when time-outs opened the breaker, or last moved its queue */
	uint64_t probe_at_us;
	uint64_t answers_since_us; /* when it answered after silence; 0: it was never silent */
	uint64_t swallowed_us;     /* when `swallowed` rose last */
	struct untaken untaken;    /* its untaken answers */
};

#define SWALLOWED_MANY 2

/*
 * True if a request goes without the credentials that an earlier exchange left: the target has been
 * silent to such requests, or it is silent to all and they may be the reason.
 */
static inline bool target_takes_no_known_nonce(const struct target *target)
{
	return target->is_broken || target->swallowed >= SWALLOWED_MANY;
}

/*
 * Takes a reference to the target at that address, for target_give(). Makes the target if there is
 * none. NULL if there are as many targets as there may be.
 */
struct target *target_take(
    struct upstreams *u, enum sip_transport transport, const struct netaddr *address);
/* The target at that address, without a reference; NULL if there is none. */
struct target *target_find(
    const struct upstreams *u, enum sip_transport transport, const struct netaddr *address);
/* Gives a reference back. After the last one the target stays until its next place in the pace. */
void target_give(struct upstreams *u, pool_handle handle);

/* At the target's timer: frees a target without references. True if it did. */
bool target_forget_unused(struct upstreams *u, struct target *target);

struct target *target_get(const struct upstreams *u, pool_handle handle);

/* True during a rest; always false in a stop. */
static inline bool target_is_resting(const struct upstreams *u, const struct target *target)
{
	return target->rest_until_us > u->core->now.mono_us && !core_is_stopping(u->core);
}

/*
 * When requests may be sent there again: now, at the end of its rest, or when the next probe is
 * due. TIME_NEVER in a stop that keeps the bindings.
 */
uint64_t target_open_at_us(const struct upstreams *u, const struct target *target);

/*
 * Queues `user` under a key that target_key() made: by class, and within a class the smallest
 * `order` first. The timer of the target runs when its turn comes. `is_bare`: no nonce is known for
 * it. ERR_MEMORY.
 */
uint64_t target_key(enum queue_class class, uint64_t order);
enum queue_class target_key_class(uint64_t key);
MUST_CHECK int target_queue(
    struct upstreams *u, struct target *target, uint64_t key, pool_handle user, bool is_bare);
/* A queued pair became stale; `is_bare` as it was queued. */
void target_unqueue(struct target *target, bool is_bare);

/* When the next request may leave; now or before: at once. TIME_NEVER while the window is full. */
uint64_t target_slot_us(struct upstreams *u, const struct target *target);

/*
 * When the last queued request will have left at the present pace, if nothing more urgent joins.
 * TIME_NEVER if nothing would wake the queue: no timer is set although the window has room.
 */
uint64_t target_queue_end_us(const struct upstreams *u, const struct target *target);

/* Counts the transactions in flight: one began, one ended. */
void target_begin(struct target *target);
void target_end(struct upstreams *u, struct target *target);

/*
 * No rest holds a request until its binding lapses: such requests are let through, at most one a
 * second. This notes that a queued request may be held until `until_us` at most. `is_next`: it goes
 * on with an exchange that was let through, and need not wait for its second.
 */
void target_hold_until(struct upstreams *u, struct target *target, uint64_t until_us, bool is_next);

/* When the next request may be let through; TIME_NEVER without a rest. */
uint64_t target_let_through_us(const struct upstreams *u, const struct target *target);

/* True if a request that was sent at `sent_us` was let through by this rest and may be repeated. */
bool target_lets_repeat(const struct upstreams *u, const struct target *target, uint64_t sent_us);

/* A request is let through now; the next one may be held until `next_us`. */
void target_let_one(struct upstreams *u, struct target *target, uint64_t next_us);

/* A stop begins, or its pace rises: the next requests leave now, not at the places they had. */
void targets_hurry(struct upstreams *u);

/* Sets the timer to when the next request may leave; clears it if none is queued. */
void target_arm(struct upstreams *u, struct target *target);
