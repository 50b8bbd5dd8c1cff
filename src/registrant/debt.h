// SPDX-License-Identifier: Apache-2.0
/*
 * A debt: a binding that is not wanted any more and that upstream may still hold.
 * It outlives the registration that left it, an outage of the network, and (by its
 * row in the ledger) the process. It ends when it is paid or expired. This file has
 * its states; registrant/payment.h sends the cancel and judges the answers.
 *
 * A debt is paid when upstream has confirmed a cancel that was sent after every
 * REGISTER of ours was answered or could not arrive any more (docs/architecture.md,
 * decision 4).
 */
#pragma once

#include "registrant/holder.h"

enum debt_state {
	DEBT_UNCLAIMED, /* loaded from the ledger; its registration may still claim it */
	DEBT_RECORDING, /* a ghost to be removed: waits for its row in the ledger, at most 4 s */
	DEBT_AWAITING,  /* a REGISTER is out: waits for the response, at most 4 s */
	DEBT_HELD_BACK, /* left by a redirect, which led to where the same Contact is in use */
	DEBT_CARRIED,   /* the next REGISTER of its registration will carry its cancel */
	DEBT_OWED,      /* waits for the next attempt, which is its timer */
	DEBT_ASKING,    /* sends a cancel: from resolving the name to the response */
	DEBT_PROVING,   /* confirmed, but a loose REGISTER may arrive; one more cancel then */
	DEBT_REFUSED,   /* upstream refuses; tries again slowly until it has expired */
	DEBT_WITHHELD,  /* SEND_UNREGISTER or RG_GHOSTS forbids a cancel: shown until expired */
};

/* What an operator has ordered; each order includes the ones before. */
enum debt_order {
	ORDER_NONE,
	ORDER_REMOVE, /* cancel whatever RG_GHOSTS says */
	ORDER_CANCEL, /* cancel whatever SEND_UNREGISTER says */
};

/* The progress of its cancel; it only rises. */
enum debt_cancel {
	CANCEL_UNSENT,
	CANCEL_SENT,      /* a cancel left at least once */
	CANCEL_CONFIRMED, /* a cancel got 200 */
};

/* Bits for facts that people are told only once. */
enum debt_told {
	TOLD_UNCONFIRMED = 1, /* logged: it is not confirmed */
	TOLD_REFUSED = 2,     /* logged: upstream refuses the cancel */
	TOLD_SETTLED = 4,     /* reported by the stop: its outcome */
};

/* The arguments of debt_make(). */
struct debt_terms {
	enum inherit_switch send_unregister; /* of the registration that left it */
	enum debt_state state;
	enum debt_cause cause;
	enum debt_order order;
};

struct registration;

struct debt {
	struct wheel_node timer;
	struct exchange exchange;
	struct holding *holding;
	pool_handle handle;
	uint64_t name_hash;
	int64_t since_ms;
	uint32_t attempts;
	uint32_t backoff_s;
	uint32_t carrier_cseq;   /* of the last REGISTER that carried its cancel; 0 none */
	uint8_t carries;         /* times that it has waited for such a REGISTER */
	uint8_t state;           /* enum debt_state */
	uint8_t still_listed;    /* cancels that got 200 but whose 200 still listed the Contact */
	uint8_t send_unregister; /* enum inherit_switch, of the registration that left it */
	uint8_t cause;           /* enum debt_cause */
	uint8_t order;           /* enum debt_order */
	uint8_t cancel;          /* enum debt_cancel */
	uint8_t told;            /* bits of enum debt_told */
	bool is_ghost;           /* a 200 listed it after an attempt to remove it */
	bool is_left_behind;     /* an edit has led its registration to another upstream */
	bool leaves_anywhere;    /* send from any address: the one it was bound from is gone */
	bool uses_other_credentials; /* those of its registration: its own were refused */
	struct last last;
};

/* True the first time it is asked for `what`: the caller tells it now. */
static inline bool debt_tells(struct debt *debt, enum debt_told what)
{
	bool was_told = debt->told & what;

	debt->told |= (uint8_t)what;
	return !was_told;
}

/* Raises the progress of its cancel to `cancel`. */
static inline void debt_reach(struct debt *debt, enum debt_cancel cancel)
{
	debt->cancel = (uint8_t)max_u64(debt->cancel, cancel);
}

/*
 * Makes a debt that owns `holding` from now on. `from` is the exchange of the former
 * owner, whose request goes on under the debt; NULL: there is none. ERR_FULL: no debt
 * was made; the ledger still has the row.
 */
MUST_CHECK int debt_make(struct registrant *r, struct holding *holding, struct exchange *from,
    const struct debt_terms *terms);

/* The debt that owns this holding; NULL if a registration or nobody does. */
struct debt *debt_of(struct holding *holding);

/*
 * Frees the debt, because the binding is wanted again, and leaves its holding without owner. `to`
 * inherits its challenges unless it has some.
 */
void debt_yield(struct registrant *r, struct debt *debt, struct exchange *to);

/* True if SEND_UNREGISTER, RG_GHOSTS and orders allow this debt to send a cancel now. */
bool debt_may_cancel(const struct registrant *r, const struct debt *debt);

/* An operator orders the cancel: asks now. */
void debt_order(struct registrant *r, struct debt *debt, enum debt_order order);

/*
 * SEND_UNREGISTER or RG_GHOSTS may have changed. A debt that may not cancel any more gives its
 * request up and is withheld; a withheld debt that may cancel again asks.
 */
void debt_reconsider(struct registrant *r, struct debt *debt);

/* Sets why the binding is owed. */
void debt_set_cause(struct registrant *r, struct debt *debt, enum debt_cause cause);

/*
 * Holds the debt back if a redirect left it and its registration uses the same Contact where the
 * redirect led. False: it need not be held back, and nothing has changed.
 */
bool debt_hold_back(struct registrant *r, struct debt *debt);

/* Waits for the next REGISTER of its registration, which shall carry the cancel. */
void debt_wait_for_carrier(struct registrant *r, struct debt *debt);

/*
 * The account of its registration, if it has the same AOR or digest user as the debt but other
 * credentials; else NULL.
 */
const struct account *debt_other_account(const struct registrant *r, const struct debt *debt);

/*
 * Begins to cancel now, in whatever state it is; if a REGISTER is out, after its response. If no
 * cancel is allowed, the debt is withheld.
 */
void debt_ask(struct registrant *r, struct debt *debt);

/* TIMER_DEBT is due. */
void debt_timer(struct registrant *r, struct debt *debt);

/* The row that it waited for (DEBT_RECORDING) is durable. */
void debt_recorded(struct registrant *r, struct debt *debt);

/* Its registration will not claim it (DEBT_UNCLAIMED): it is owed. */
void debt_release(struct registrant *r, struct debt *debt);

/* Frees the debt and its holding; the ledger keeps the row. */
void debt_free(struct registrant *r, struct debt *debt);

/* The debt in which this exchange, of HOLDER_DEBT, is embedded. */
struct debt *debt_from_exchange(const struct exchange *exchange);

/* Logs a warning with its Contact, and until when upstream may hold the binding. */
void debt_warn(struct registrant *r, const struct debt *debt, const char *event);

/* Sets the state and, if it is another one, the time since when it holds. */
void debt_set_state(struct registrant *r, struct debt *debt, enum debt_state state);

/* True if upstream cannot hold the binding any more, whatever request is still out. */
bool debt_is_over(const struct registrant *r, const struct debt *debt);

/* When debt_is_over() becomes true, as far as is known now; mono_us. */
uint64_t debt_over_at_us(const struct debt *debt);

/* Sets the state, and the timer to `when_us` or to the time when the debt is over, if sooner. */
void debt_wait_until(
    struct registrant *r, struct debt *debt, enum debt_state state, uint64_t when_us);

/* True if a redirect has led its cancel to another upstream than the one that holds it. */
bool debt_is_astray(const struct debt *debt);

/* The next attempt begins at the upstream that holds the binding, even after a redirect. */
void debt_go_home(struct registrant *r, struct debt *debt);

/* Sets the next attempt to `seconds` from now, with jitter; in a stop to 2 s from now. */
void debt_put_off(struct registrant *r, struct debt *debt, uint64_t seconds);

/* Sends nothing any more, since no cancel is allowed. A late response still counts. */
void debt_withhold(struct registrant *r, struct debt *debt);

/* Begins an attempt to cancel: looks for a target first. Withholds or holds back if it must. */
void debt_begin(struct registrant *r, struct debt *debt);

/* A binding is gone: the registration of its name, if it waited for this, goes on. */
void debt_give_way(struct registrant *r, const struct holding *holding);

/* In a stop: puts the outcome of the debt into the report, once. Else does nothing. */
void debt_settle(struct registrant *r, struct debt *debt, enum stop_outcome outcome);

/* The debt has ended: frees it and its holding, and drops the row. */
void debt_paid(struct registrant *r, struct debt *debt);
void debt_expired(struct registrant *r, struct debt *debt);
