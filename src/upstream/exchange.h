// SPDX-License-Identifier: Apache-2.0
/*
 * An exchange: one attempt to have an upstream do something, from its name to a
 * final answer, with challenges answered on the way. Whoever needs something of an
 * upstream embeds one and gives it a table of functions: what to write, and what an
 * outcome means. Here is what an exchange is and how its request leaves; the way to
 * an address is in upstream/reach.h, the place in the pace in upstream/queue.h, and
 * what comes back in upstream/reply.h.
 *
 *   IDLE -> NAME -> FLOW -> (owner) -> QUEUED -> SENT -> IDLE
 *                                        ^         |
 *                                        +-- 401 --+
 */
#pragma once

#include "txn/branch.h"
#include "upstream/auth.h"
#include "upstream/target.h"
#include "upstream/upstream.h"

#include <assert.h>

#define ATTEMPT_MAX_US   (32 * US_PER_S) /* no request of ours waits longer for its answer */
#define ATTEMPT_APART_US (5 * US_PER_S)  /* never more than one attempt in that time */

enum exchange_phase {
	EXCHANGE_IDLE,
	EXCHANGE_NAME,   /* waits for the upstream's addresses */
	EXCHANGE_FLOW,   /* waits for a flow to the target */
	EXCHANGE_QUEUED, /* waits for its place in the target's pace */
	EXCHANGE_SENT,   /* waits for an answer */
};

/* What a final response means. */
enum verdict {
	VERDICT_OK,          /* 2xx */
	VERDICT_REJECTED,    /* wrong credentials, or 403 */
	VERDICT_STALE,       /* nonces stale for ever, or wrong credentials */
	VERDICT_BRIEF,       /* 423 */
	VERDICT_REDIRECT,    /* 301, 302 */
	VERDICT_FULL,        /* 503 that speaks of the account alone */
	VERDICT_UNAVAILABLE, /* every other 503 */
	VERDICT_FAILED,      /* every other one */
};

/* Why an exchange stands still. */
enum obstacle {
	OBSTACLE_NAME, /* the upstream's name gives no address */
	OBSTACLE_FLOW, /* no way leads there from where it shall leave */
	OBSTACLE_REST, /* its address began to rest, and there are others */
};

struct exchange {
	struct exchange **wait_link; /* in the upstream's list, in NAME; else NULL */
	union {
		struct exchange *wait_next; /* in NAME */
		uint64_t queue_key;         /* in QUEUED */
	};
	pool_handle owner;   /* of what embeds it, among those of its kind */
	pool_handle route;   /* the upstream it goes to; counted */
	pool_handle target;  /* counted */
	pool_handle txn;     /* in SENT */
	uint64_t started_us; /* this attempt's first transmission; a probe is none */
	struct auths auths;
	const struct flow *flow; /* one of those that are shared; exchange_flow() */
	uint32_t rtt_us;         /* of the last answer to a request sent once; 0 unknown */
	uint8_t kind;            /* whose ops it has */
	uint8_t phase;           /* enum exchange_phase */
	uint8_t next_target;     /* place among the upstream's targets to begin at */
	uint8_t redirects;
	uint16_t ways;          /* the network as it was when the flow was chosen */
	uint16_t redirect;      /* redirect.c's: the Contacts that it may still try; 0 none */
	bool has_flow : 1;      /* `flow` leads to `target` */
	bool is_answering : 1;  /* a challenge is to be answered: keep target and flow */
	bool is_combined : 1;   /* the request out asks for several things, and may fail by one */
	bool is_redirected : 1; /* `route` is not where the configuration points */
	bool was_refused : 1;   /* by a 503, and nothing was granted since */
	bool fell_back : 1;     /* since `started_us`, to another algorithm after a 403 */
	uint8_t digests;        /* since `started_us`: refused, or the answer to a challenge */
};

/*
 * The part of a kind of owner. `context` is what the kind was added with. Those marked * may be
 * NULL: then nothing is done, and the answer is no.
 *
 * Who it is:
 * `find`: the exchange of that owner; NULL where there is none any more.
 * `look`*: our own network changed (upstream/rounds.h): looks at the next owner from `*cursor` on,
 * a slot, which it moves; false where there is none any more.
 * `who`: the number by which transactions and addresses know it.
 * `home`: the upstream that the configuration names.
 * `leaves_from`: the local address and port that its requests shall have; what is unset is any.
 * `listener_place`: where the table of listeners keeps its place (upstream/listener.h).
 * `lapses_at_us`*: no rest may hold back what is queued for longer; without it for ever.
 * `limit_auth`*: completes what may be answered, of which `home`'s realm is known.
 * `put_name`: for people, as `gateway=NAME`.
 * `note`*: for those who look on at it: a text, and the message it is about, or NULL.
 *
 * What it sends:
 * `write`: the whole request into an empty buffer, with the branch of `txn` and the answers of its
 * auths; `b->full` says that it does not fit, and then it is called again with a longer buffer.
 * `asked` is the request's. `txn->cseq` is set by it.
 * `sent`*: the request left, for the first time or again.
 * `loose`*: it is given up, and may still arrive.
 *
 * How it goes:
 * `reached`: a target and a flow are known. `unreachable`: they could not be had.
 * `turn`: it may send now.
 * `came`*: a final response, before anything follows from it; true where what was asked stands
 * whatever the response refuses.
 * `late`*: a final response to a transaction that was given up.
 * `changes_form`*: a challenge offers another form of request; true where the owner began anew.
 * `may_repeat`*: a refusal may mean what went with the request: it may follow once more without.
 * `is_own_refusal`*: a 503 speaks of the owner alone, not of the address.
 * `proved`*: a digest of that strength was accepted.
 * `answered`: a final response that was no challenge to answer. `timed_out`: none came.
 */
struct exchange_ops {
	enum part part; /* the part of the core that its responses belong to */
	bool goes_home; /* behind a redirect that leads nowhere it may ask at home again */

	struct exchange *(*find)(void *context, pool_handle owner);
	bool (*look)(void *context, uint32_t *cursor);
	pool_handle (*who)(const struct exchange *exchange);
	pool_handle (*home)(const struct exchange *exchange);
	struct netaddr (*leaves_from)(const struct exchange *exchange);
	uint16_t *(*listener_place)(struct exchange *exchange);
	uint64_t (*lapses_at_us)(const void *context, const struct exchange *exchange);
	void (*limit_auth)(
	    const void *context, const struct exchange *exchange, struct auth_policy *policy);
	void (*put_name)(const struct exchange *exchange, struct buf *b);
	void (*note)(void *context, const struct exchange *exchange,
	    const struct sip_message *message, const struct flow *flow, struct slice text);

	void (*write)(void *context, struct exchange *exchange, struct txn *txn, const void *asked,
	    struct buf *b);
	void (*sent)(void *context, struct exchange *exchange, const struct txn *txn);
	void (*loose)(void *context, struct exchange *exchange, const struct txn *txn);

	void (*reached)(void *context, struct exchange *exchange);
	void (*unreachable)(
	    void *context, struct exchange *exchange, enum obstacle obstacle, struct slice why);
	void (*turn)(void *context, struct exchange *exchange);
	bool (*came)(void *context, struct exchange *exchange, const struct txn *txn,
	    const struct sip_message *response);
	void (*late)(void *context, struct exchange *exchange, const struct txn *txn,
	    const struct sip_message *response);
	bool (*changes_form)(
	    void *context, struct exchange *exchange, const struct sip_message *challenge);
	bool (*may_repeat)(void *context, struct exchange *exchange);
	bool (*is_own_refusal)(
	    void *context, const struct exchange *exchange, const struct sip_message *response);
	void (*proved)(void *context, struct exchange *exchange, unsigned strength);
	void (*answered)(void *context, struct exchange *exchange, enum verdict verdict,
	    const struct sip_message *response, struct slice why);
	void (*timed_out)(void *context, struct exchange *exchange, struct slice why);
};

static inline const struct exchange_ops *exchange_ops(
    const struct upstreams *u, const struct exchange *exchange)
{
	return u->users[exchange->kind].ops;
}

static inline void *exchange_context(const struct upstreams *u, const struct exchange *exchange)
{
	return u->users[exchange->kind].context;
}

/* What an exchange notes beside its transaction. */
struct exchange_note {
	uint32_t mark;       /* the owner's */
	uint8_t slot;        /* its next repetition has a place in this pace; 0 none */
	uint8_t untaken;     /* answers that were of no use, 255 and more */
	bool is_probe : 1;   /* it only looks: its silence says nothing of the address */
	bool is_through : 1; /* it is for somebody behind the upstream, whose answer it gets */
};

static_assert(sizeof(struct exchange_note) <= TXN_NOTE_SIZE, "it fits");

static inline struct exchange_note *exchange_note(const struct txn *txn)
{
	return txn_note(txn);
}

/* Its last flow; of zeros before there was one. */
const struct flow *exchange_flow(const struct exchange *exchange);

/* Of a kind that was added by upstreams_add(). */
void exchange_init(struct exchange *exchange, unsigned kind, pool_handle owner);

/* The number that stands for it where its address cannot: in queues, and where flows are asked for.
 */
uint64_t exchange_number(const struct exchange *exchange);

/* NULL: there is none any more. */
struct exchange *exchange_find(const struct upstreams *u, uint64_t number);

/* Waits for the upstream's addresses, or no longer; nothing happens where it does not wait. */
void exchange_wait(struct exchange *exchange, struct upstream *upstream);
void exchange_stop_waiting(struct exchange *exchange);

/* Gives everything back; what was sent stays loose. */
void exchange_clear(struct upstreams *u, struct exchange *exchange);

/* Where it goes from here on. Takes over the caller's count of the upstream. */
void exchange_set_route(struct upstreams *u, struct exchange *exchange, struct upstream *upstream);

/* The next attempt begins with another address, where there is one. */
void exchange_pass_target(const struct upstreams *u, struct exchange *exchange);

/* Its target from here on; NULL: none. Without a flow there, where it is another one. */
void exchange_set_target(struct upstreams *u, struct exchange *exchange, struct target *target);

/* The flow to its target. False without memory. */
MUST_CHECK bool exchange_set_flow(
    struct upstreams *u, struct exchange *exchange, const struct flow *flow);

struct exchange_request {
	enum sip_method method;
	bool is_probe, is_through; /* as noted beside the transaction */
	bool is_combined;          /* as the exchange has it from then on */
	uint32_t mark;             /* the same */
	uint64_t give_up_us;
	const void *asked; /* for write() */
};

/*
 * Sends what the owner writes. Where no transaction or buffer is free it is back
 * in the queue, QUEUED and not SENT. ERR_LIMIT: the message is too long, ERR_MEMORY: no place in
 * the queue; nothing was sent then.
 */
MUST_CHECK int exchange_send(
    struct upstreams *u, struct exchange *exchange, const struct exchange_request *request);

/* For people: why exchange_send() sent nothing. */
struct slice exchange_why_unsent(int rc);

/* What was sent and not answered may still arrive: the owner is told. */
void exchange_let_loose(struct upstreams *u, struct exchange *exchange, struct txn *txn);

/* Stops waiting: what was sent becomes loose, what waits is taken back. */
void exchange_abandon(struct upstreams *u, struct exchange *exchange);

/* Moves what is outstanding to another exchange, of another owner. */
void exchange_move(struct upstreams *u, struct exchange *to, struct exchange *from);

/* What was asked for was granted: the address serves. */
void exchange_served(struct upstreams *u, struct exchange *exchange);
