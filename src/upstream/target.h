// SPDX-License-Identifier: Apache-2.0
/*
 * A target: one address of an upstream, and everything that is true of the
 * address: what waits to be sent, when the next may leave, whether it rests.
 * Upstreams whose names lead to the same address share it, since a ban or an
 * overload does not ask which name was dialled. How fast it is sent to is in
 * pace.h; what its answers and its silence say of it in health.h.
 */
#pragma once

#include "upstream/upstreams.h"

/* Requests per 1000 s of a pace that is left to us. */
#define RATE_FIRST_MILLI   UINT32_C(5000)
#define RATE_LOWEST_MILLI  UINT32_C(1000)
#define RATE_HIGHEST_MILLI UINT32_C(200000)
#define CEILING_US         (24 * 3600 * US_PER_S)

#define SHARE_ONE 1024 /* of `answer_share`: all */

#define LET_APART_US US_PER_S /* between those that a rest lets through */

/* In the order in which they leave. */
enum queue_class {
	QUEUE_ANSWER,  /* to a challenge: the exchange is half done, its nonce ages */
	QUEUE_CANCEL,  /* longest bound first */
	QUEUE_REFRESH, /* soonest to lapse first */
	QUEUE_FIRST,   /* first come, first served */
	QUEUE_AGAIN,   /* a cancel that was refused before: nothing that is wanted waits for it */
	QUEUE_PROBE,   /* whatever is left: nothing but a look */
};

/* A set of up to three that met the same trouble. */
#define TROUBLE_MAX 3
struct trouble {
	pool_handle who[TROUBLE_MAX];
	uint8_t count;
};

/* Why an answer that came was of no use. */
enum untaken_why {
	UNTAKEN_ELSEWHERE,     /* from another address */
	UNTAKEN_UNREADABLE,    /* no SIP message; `what` says why */
	UNTAKEN_OTHER_REQUEST, /* another CSeq or method than the request that had the branch */
};

/* The last such answer to what was sent to an address. */
struct untaken {
	uint64_t told_us; /* 0: people were never told */
	uint32_t count;   /* since then */
	uint8_t why;      /* enum untaken_why */
	const char *what; /* static text */
	struct netaddr from;
};

struct target {
	struct wheel_node timer; /* when the next may leave */
	pool_handle handle;
	uint32_t refs;
	uint8_t transport; /* enum sip_transport */
	struct netaddr address;

	struct heap queue;  /* (queue key, user); stale pairs are skipped */
	uint32_t queued;    /* live pairs */
	uint32_t bare;      /* of them, those without a known nonce: they will be challenged */
	uint64_t leaving;   /* of them, those that may go elsewhere and found no room to do so */
	uint32_t in_flight; /* transactions without a final response */

	uint64_t next_send_us;
	uint32_t rate_milli;    /* requests per 1000 s */
	uint32_t proven_milli;  /* what was borne for a whole period; 0 nothing yet */
	uint32_t ceiling_milli; /* 0 none */
	uint64_t ceiling_until_us;
	uint64_t period_us; /* when the growth period began */
	uint32_t period_sent;
	uint64_t second_us; /* when the loss second began */
	uint32_t second_sent, second_lost;

	uint32_t unanswered;      /* transmissions since the last response */
	struct trouble silence;   /* whose they were */
	uint64_t silent_since_us; /* the first of them */
	uint64_t answered_us;     /* last response, 0 none since the last rest */
	uint32_t answered_milli;  /* the rate when it came */
	uint32_t answer_share;    /* share of transmissions that were answered, of SHARE_ONE */
	uint32_t usual_us;        /* until a final answer that is no challenge; 0 unknown */

	uint64_t rest_until_us;
	uint64_t rests_since_us;
	uint64_t hold_until_us;  /* during a rest: when one that would lapse by it may leave */
	uint64_t let_through_us; /* when the last of those did */
	struct trouble refusals; /* 503 */
	struct trouble timeouts;
	uint32_t stop_requests; /* what a stop will need of it, by its estimate */
	uint8_t void_nonces;    /* of 255 requests with a known nonce, those challenged, of late */
	uint8_t swallowed;      /* how often in a row they met silence, with answers in between */
	bool was_told;          /* people know that it rests or is silent */
	bool is_broken;         /* the breaker is open: one probe at a time */
	bool has_few;           /* so few users that a probe each 5 s is no burden to it */
	uint8_t probed;         /* enum queue_class of the last of them */
	bool rests_by_silence;  /* nobody asked for the rest: silence was taken for a ban */
	bool loses_by_fetch;    /* bindings were missing there after each fetch */
	bool has_rested;        /* nothing has left since: another one goes first */
	bool has_long;          /* a request to it needed a long buffer */
	uint8_t refused_run;    /* 503s in a row to those that it had not refused before */
	struct {
		pool_handle who;
		uint64_t when_us;
	} served[2];        /* the last REGISTER that it granted, and the last one of another */
	uint64_t closed_us; /* when it opened, or those that wait were last told so */
	uint64_t probe_at_us;
	uint64_t answers_since_us; /* after silence; 0 it never was silent */
	uint64_t swallowed_us;     /* when `swallowed` rose last */
	struct untaken untaken;    /* answers to what was sent there that were of no use */
};

#define SWALLOWED_MANY 2

/*
 * True where a request goes without the answers that an earlier exchange was asked for: where they
 * met silence, and where the silence of all may be about them.
 */
static inline bool target_takes_no_known_nonce(const struct target *target)
{
	return target->is_broken || target->swallowed >= SWALLOWED_MANY;
}

/* The target at that address, made where it is not there; counted. NULL at the cap. */
struct target *target_take(
    struct upstreams *u, enum sip_transport transport, const struct netaddr *address);
/* The target at that address, uncounted; NULL where it is not there. */
struct target *target_find(
    const struct upstreams *u, enum sip_transport transport, const struct netaddr *address);
/* Uncounted. The last one leaves it there until the place behind what was sent last has come. */
void target_give(struct upstreams *u, pool_handle handle);

/* Its timer: true where nobody had it any more, and it is gone. */
bool target_forget_unused(struct upstreams *u, struct target *target);

struct target *target_get(const struct upstreams *u, pool_handle handle);

/* True during a rest; never in a stop. */
static inline bool target_is_resting(const struct upstreams *u, const struct target *target)
{
	return target->rest_until_us > u->core->now.mono_us && !core_is_stopping(u->core);
}

/* When something may be sent there again: now, or the end of its rest. */
uint64_t target_open_at_us(const struct upstreams *u, const struct target *target);

/*
 * Queues under a key that target_key() made; the pump wakes when its turn comes. `is_bare`: no
 * nonce is known for it.
 */
uint64_t target_key(enum queue_class class, uint64_t order);
enum queue_class target_key_class(uint64_t key);
MUST_CHECK int target_queue(
    struct upstreams *u, struct target *target, uint64_t key, pool_handle user, bool is_bare);
/* One queued pair became void; `is_bare` as it was queued. */
void target_unqueue(struct target *target, bool is_bare);

/* When the next request may leave: the past or now where it may. */
uint64_t target_slot_us(struct upstreams *u, const struct target *target);

/*
 * When the last of those that wait will have left, at the pace as it stands and should nothing more
 * urgent come: the latest end of waiting here. TIME_NEVER where nothing would wake them.
 */
uint64_t target_queue_end_us(const struct upstreams *u, const struct target *target);

/* A transaction there began or ended. */
void target_begin(struct target *target);
void target_end(struct upstreams *u, struct target *target);

/*
 * No rest outlasts a live binding's end. A queued request that a rest may hold until that moment
 * only; `is_next` where it goes on with one that was let through. When one of them may leave, from
 * then on one a second: TIME_NEVER without a rest. And whether what was sent then may be repeated.
 */
void target_hold_until(struct upstreams *u, struct target *target, uint64_t until_us, bool is_next);
uint64_t target_let_through_us(const struct upstreams *u, const struct target *target);
bool target_lets_repeat(const struct upstreams *u, const struct target *target, uint64_t sent_us);

/* One was let through; the next may be held until then. */
void target_let_one(struct upstreams *u, struct target *target, uint64_t next_us);

/* A stop begins, or its pace rises: places taken far ahead are void. */
void targets_hurry(struct upstreams *u);

/* Wakes the pump when the next may leave, or never where nothing waits. */
void target_arm(struct upstreams *u, struct target *target);
