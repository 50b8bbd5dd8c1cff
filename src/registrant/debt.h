// SPDX-License-Identifier: Apache-2.0
/*
 * A debt: a binding that has to be taken back and is not confirmed gone. It
 * outlives the registration that left it, the process that made it, and the
 * network that is down; it ends paid (upstream confirmed it), or expired.
 *
 * How it is paid, its exchange's ops in registrant/payment.h decide.
 *
 * "Paid" needs a confirmed cancel that left after every REGISTER of ours was
 * answered or cannot arrive any more (docs/architecture.md, decision 4).
 */
#pragma once

#include "registrant/holder.h"
#include "registrant/last.h"

enum debt_state {
	DEBT_UNCLAIMED, /* from the ledger; its registration may still claim it */
	DEBT_RECORDING, /* a ghost by hand: waits for its row in the ledger, 4 s at most */
	DEBT_AWAITING,  /* a REGISTER is out: its answer is waited for, 4 s at most */
	DEBT_HELD_BACK, /* left by a redirect: its Contact is in use where that led */
	DEBT_CARRIED,   /* the next REGISTER of its registration shall cancel it as well */
	DEBT_OWED,      /* the timer is the next attempt */
	DEBT_ASKING,    /* a cancel is on its way, from resolving to the answer */
	DEBT_PROVING,   /* confirmed, but a REGISTER given up may still arrive: once more then */
	DEBT_REFUSED,   /* upstream refuses; asked again slowly until it has expired */
	DEBT_WITHHELD,  /* SEND_UNREGISTER Off: shown until it has expired */
};

/* What an operator ordered by name. */
enum debt_order {
	ORDER_NONE,
	ORDER_REMOVE, /* RG_GHOSTS does not withhold it */
	ORDER_CANCEL, /* nor does SEND_UNREGISTER */
};

/* How far its cancel came; it never goes back. */
enum debt_cancel {
	CANCEL_UNSENT,
	CANCEL_SENT,      /* it left at least once */
	CANCEL_CONFIRMED, /* it got 200 */
};

/* What was said of it, which is said once. */
enum debt_told {
	TOLD_UNCONFIRMED = 1, /* in a line: it is not confirmed */
	TOLD_REFUSED = 2,     /* in a line: it is refused */
	TOLD_SETTLED = 4,     /* in the stop's report: its outcome */
};

/* How a debt begins. */
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
	uint32_t carrier_cseq;       /* of the last REGISTER that carried its cancel; 0 none */
	uint8_t carries;             /* how often it was looked for since it waits for one */
	uint8_t state;               /* enum debt_state */
	uint8_t still_listed;        /* confirmed cancels whose 200 listed it all the same */
	uint8_t send_unregister;     /* enum inherit_switch, of the registration that left it */
	uint8_t cause;               /* enum debt_cause */
	uint8_t order;               /* enum debt_order */
	uint8_t cancel;              /* enum debt_cancel: how far its cancel came */
	uint8_t told;                /* enum debt_told, several */
	bool is_ghost;               /* a 200 listed it after an attempt to remove it */
	bool is_left_behind;         /* its registration is at another upstream by an edit */
	bool leaves_anywhere;        /* the address it was bound from is gone from this host */
	bool uses_other_credentials; /* its registration's: its own were refused */
	struct last last;
};

/* True the first time: it is to be said now. */
static inline bool debt_tells(struct debt *debt, enum debt_told what)
{
	bool was_told = debt->told & what;

	debt->told |= (uint8_t)what;
	return !was_told;
}

/* Its cancel came that far. */
static inline void debt_reach(struct debt *debt, enum debt_cancel cancel)
{
	debt->cancel = (uint8_t)max_u64(debt->cancel, cancel);
}

/*
 * Makes a debt of a holding; `from` is the exchange that spoke for it so far,
 * or NULL. ERR_FULL: no debt could be made; the ledger keeps the row.
 */
MUST_CHECK int debt_make(struct registrant *r, struct holding *holding, struct exchange *from,
    const struct debt_terms *terms);

/* The debt that holds this holding. */
struct debt *debt_of(struct holding *holding);

/* Somebody wants the binding again: the debt is gone, its holding free. */
void debt_yield(struct registrant *r, struct debt *debt, struct exchange *to);

/* SEND_UNREGISTER and RG_GHOSTS as they stand now, for this debt. */
bool debt_may_cancel(const struct registrant *r, const struct debt *debt);

/* An operator wants it paid now. */
void debt_order(struct registrant *r, struct debt *debt, enum debt_order order);

/*
 * SEND_UNREGISTER may have changed: a cancel that is out is not repeated where it is Off now, and
 * what was withheld looks for itself.
 */
void debt_reconsider(struct registrant *r, struct debt *debt);

/* What it is owed for. */
void debt_set_cause(struct registrant *r, struct debt *debt, enum debt_cause cause);

/*
 * What a redirect left is held back while its registration has the same Contact where that led:
 * true where it is so now.
 */
bool debt_hold_back(struct registrant *r, struct debt *debt);

/* The next REGISTER of its registration shall carry its cancel. */
void debt_wait_for_carrier(struct registrant *r, struct debt *debt);

/*
 * The account of its registration, where its credentials are not the debt's own, and may be those
 * of its AOR; else NULL.
 */
const struct account *debt_other_account(const struct registrant *r, const struct debt *debt);

/* Begins to cancel now, whatever it was waiting for. */
void debt_ask(struct registrant *r, struct debt *debt);

void debt_timer(struct registrant *r, struct debt *debt);

/* Its row is on the disk. */
void debt_recorded(struct registrant *r, struct debt *debt);

/* Nobody will claim it: it is owed. */
void debt_release(struct registrant *r, struct debt *debt);

/* Frees it as it is: at the end of the process. */
void debt_free(struct registrant *r, struct debt *debt);

struct debt *debt_from_exchange(const struct exchange *exchange);
/* A warning that says until when upstream may hold it. */
void debt_warn(struct registrant *r, const struct debt *debt, const char *event);

void debt_set_state(struct registrant *r, struct debt *debt, enum debt_state state);

/* True where upstream cannot hold it any longer, whatever is still under way. */
bool debt_is_over(const struct registrant *r, const struct debt *debt);

/* When that is so, as far as is known. */
uint64_t debt_over_at_us(const struct debt *debt);

/* Rests in that state until then, or until it is over. */
void debt_wait_until(
    struct registrant *r, struct debt *debt, enum debt_state state, uint64_t when_us);

/* A redirect has led its cancel to another upstream than the one that holds it. */
bool debt_is_astray(const struct debt *debt);

/* Its next attempt begins where it is bound, wherever a redirect led the last one. */
void debt_go_home(struct registrant *r, struct debt *debt);

/* The next attempt after so many seconds, with jitter; soon in a stop. */
void debt_put_off(struct registrant *r, struct debt *debt, uint64_t seconds);

/* SEND_UNREGISTER Off: what is out may be answered, nothing leaves. */
void debt_withhold(struct registrant *r, struct debt *debt);

/* Sends a cancel: looks for its target first. */
void debt_begin(struct registrant *r, struct debt *debt);

/* A registration that waited for this binding to go need not wait any longer. */
void debt_give_way(struct registrant *r, const struct holding *holding);

/* While a stop is under way: its outcome is known, and stands in the report; once per debt. */
void debt_settle(struct registrant *r, struct debt *debt, enum stop_outcome outcome);

/* Its ends: the debt is gone. */
void debt_paid(struct registrant *r, struct debt *debt);
void debt_expired(struct registrant *r, struct debt *debt);
