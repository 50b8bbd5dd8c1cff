// SPDX-License-Identifier: Apache-2.0
/*
 * A registration: brings up one binding and keeps it. It never cancels: an edit, a
 * removal or a stop gives its holding to a debt (registrant/debt.h), and the
 * registration can begin again at once.
 *
 * This file defines it. registrant/commands.h provisions it, attempt.h sends its
 * requests, and outcome.h says what the responses mean to it.
 */
#pragma once

#include "model/registration_config.h"
#include "registrant/holder.h"

enum activity {
	ACTIVITY_IDLE,      /* not wanted, or not begun */
	ACTIVITY_RESOLVING, /* looks for a target and a flow; 30 s at most */
	ACTIVITY_RECORDING, /* waits for its row in the ledger, and for debts that go first */
	ACTIVITY_ASKING,    /* queued at a target, or a REGISTER is out */
	ACTIVITY_HOLDING,   /* bound; the timer is the next refresh, or a probe before it */
	ACTIVITY_WAITING,   /* the last attempt failed; the timer is the next attempt */
};

/* There may be a million: bits, and the order of the fields, keep it small. */
struct registration {
	struct wheel_node timer;
	struct exchange exchange;
	struct holding *holding; /* NULL until there is one */
	struct account *account;
	struct registration_settings settings; /* as provisioned */
	uint32_t epoch;
	pool_handle keepalive; /* of the flow that it is bound over; 0: none */
	uint64_t name_hash;
	uint64_t recording_since_us;
	uint64_t refresh_us;    /* in ACTIVITY_HOLDING: when the next refresh is due */
	uint64_t stranger_us;   /* its place among the strangers; 0: none */
	int64_t up_since_ms;    /* since when `is_up` is true; wall time */
	int64_t since_ms;       /* since when it has this activity; wall time */
	uint32_t asked_s;       /* the expiry in the last request */
	uint32_t min_expires_s; /* from a 423, since the last grant; 0: none */
	uint32_t attempts;      /* how many failed in a row */
	uint32_t backoff_s;     /* the wait after the last rejection; 0: none */
	uint32_t refresh_slot;
	uint32_t ghosts_removed;
	struct listing *listing;             /* what else the last 200 listed; NULL: nothing */
	uint8_t activity;                    /* enum activity */
	uint8_t briefs;                      /* 423s obeyed in a row */
	uint8_t round;                       /* targets tried in this round */
	uint8_t ghosts, lookalikes, foreign; /* how many the last 200 listed */
	uint8_t probe;                       /* enum probe_way of the probe that is under way */
	uint8_t doubts;                      /* probes in a row that did not find it */
	uint8_t digest_proven;               /* the strength that its upstream has shown; 0: none */
	bool has_come_back : 1;              /* the OPTIONS of the probe came back to us */
	bool is_rejected : 1, is_displaced : 1;
	bool has_long_window : 1; /* the last grant was above RG_STALE_WINDOW */
	bool is_cancelled : 1;    /* by an operator: it stays so until a refresh or an edit */
	bool is_up : 1;           /* registered, with no sign since then that it is not */
	bool has_registered : 1;  /* at least once since the start */
	bool had_answer : 1;      /* the first final response since the start came */
	bool is_outbound : 1;     /* by `outbound: auto`: upstream offered it */
	bool was_outbound_refused : 1;
	bool was_told_sibling : 1; /* the log said that another one may take its place */
	bool had_chance : 1; /* in this grant, one attempt came sooner than the wait asked for */
	bool has_proven_credentials : 1; /* a digest of them got a 200 since the start */
	struct last last;
};

/* The config as it was provisioned; its texts belong to the account. */
struct registration_config registration_config_of(const struct registration *registration);

static inline struct slice registration_name(const struct registration *registration)
{
	return account_text(registration->account, ACCOUNT_NAME);
}

/* True if it may ask for a binding: it is enabled, and the core does not stop. */
static inline bool registration_is_wanted(
    const struct registrant *r, const struct registration *registration)
{
	return registration->settings.enabled && !core_is_stopping(r->core);
}

/* The registration in which this exchange is embedded. */
static inline struct registration *registration_from_exchange(const struct exchange *exchange)
{
	return (struct registration *)((char *)exchange - offsetof(struct registration, exchange));
}

/* `leaves_from` of its exchange's ops, for all kinds that a registration has. */
struct netaddr registration_leaves_from(const struct exchange *exchange);

/* The registration of this name; NULL if there is none. */
struct registration *registration_find(const struct registrant *r, struct slice name);

/* The first registration whose name is greater than `name` in byte order; NULL at the end. */
struct registration *registration_after(const struct registrant *r, struct slice name);

/* For base/names: the name of the registration in that slot. */
struct slice registration_name_at(const void *registrant, uint32_t slot);

/*
 * Lets its timer refresh or register it now. False if an attempt is under way or the registration
 * is not wanted.
 */
bool registration_refresh(struct registrant *r, struct registration *registration);

/* The registration owns this holding from now on. */
void registration_take_holding(struct registration *registration, struct holding *holding);

/* Sets the activity and, if it is another one, the time since when it holds. */
void registration_set_activity(
    struct registrant *r, struct registration *registration, enum activity activity);

/* The upstream that an account names; the caller gets a reference. ERR_FULL, ERR_MEMORY, ERR_LIMIT.
 */
MUST_CHECK int registration_home(
    struct registrant *r, const struct account *account, struct upstream **upstream_r);

/* The expiry that is configured, and the one to ask for next: more after a 423. In seconds. */
uint32_t registration_period_s(const struct registrant *r, const struct registration *registration);
uint32_t registration_wanted_expiry(
    const struct registrant *r, const struct registration *registration);

/* Logs an event of the registration with its upstream and its last outcome. */
void registration_log(struct registrant *r, enum log_level level,
    const struct registration *registration, const char *event);

/* Notes that it is registered, or that it is not any more. */
void registration_set_up(struct registrant *r, struct registration *registration, bool is_up);

/* A new Call-ID from the next request on. */
void registration_begin_epoch(struct registrant *r, struct registration *registration);

/* Makes it idle and not up, without timer, probe and keepalive. A REGISTER that is out goes on. */
void registration_rest(struct registrant *r, struct registration *registration);

/* Ends a probe that is under way, because a more urgent request needs the exchange. */
void registration_end_probe(struct registrant *r, struct registration *registration);

/* Sets its route to the configured upstream. ERR_FULL, ERR_MEMORY, ERR_LIMIT. */
MUST_CHECK int registration_take_home(struct registrant *r, struct registration *registration);

/* Ends a redirect: sets its route back to the configured upstream. */
void registration_go_home(struct registrant *r, struct registration *registration);

/*
 * Adds a registration whose name no other one has, and takes over the reference to `account`. If it
 * is enabled, it registers at once. ERR_FULL, ERR_MEMORY, ERR_LIMIT: nothing was added.
 */
MUST_CHECK int registration_add(
    struct registrant *r, const struct registration_config *config, struct account *account);

/* Frees it and what it owns; sends and records nothing. */
void registration_free(struct registrant *r, struct registration *registration);

/* True if SEND_UNREGISTER, its own value or the parameter's, is On. */
bool registration_may_cancel(const struct registrant *r, const struct registration *registration);
