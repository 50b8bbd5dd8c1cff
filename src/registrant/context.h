// SPDX-License-Identifier: Apache-2.0
/*
 * The state that the files of the registrant share: the core's context, the pools of
 * objects, and the indexes over them. A core has one; no file keeps state outside of
 * it.
 */
#pragma once

#include "answer/answer.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/names.h"
#include "base/pool.h"
#include "base/shared.h"
#include "effect/core_context.h"
#include "effect/event.h"
#include "model/identity.h"
#include "model/registration_config.h"
#include "txn/part.h"
#include "txn/txn.h"
#include "upstream/upstreams.h"

struct spread;

enum registrant_timer {
	TIMER_REGISTRATION = PART_TIMER_FIRST(PART_REGISTRANT),
	TIMER_DEBT,
	TIMER_TWINS, /* drops rows that a newer row has replaced */
	TIMER_ALIVE, /* writes to the ledger that the process is alive */
};

/* How far the walks of a stop have come (registrant/handover.h). */
struct handover {
	bool is_at_debts; /* all registrations were visited */
	uint32_t cursor;  /* slots below this one were visited */
};

struct registrant {
	struct core_context *core;
	struct upstreams *upstreams;
	uint32_t probe_s; /* RG_PROBE when probe_reschedule_all() last followed it */

	struct identity_key identity_key;
	struct hash_key hash_key;
	char *advertise; /* "": not configured */
	char *user_agent;

	struct pool *registrations, *debts, *holdings;
	struct shared *addresses; /* of holdings */
	struct map *registration_names;
	struct names *names; /* the registrations in the order of their names */
	struct map *debt_names;
	struct map *holding_keys;
	struct map *epochs; /* hash of a name to its epoch; no entry: 0 */

	uint64_t identity_id; /* the largest id of an identity in the ledger */
	struct heap twins; /* twins: pairs of the older row's ledger id and the holding's handle */
	struct wheel_node twins_timer, alive_timer;

	struct spread *refreshes; /* the seconds at which registrations refresh */
	uint32_t up;              /* number of registrations that are registered */
	uint32_t parted;          /* number of debts with CAUSE_REDIRECTED */
	struct handover handover;
	struct registration_config shown; /* by COMMAND_SHOW, until the next entry */
	size_t listing_bytes;             /* bytes of all struct listing */
	uint64_t started_us;              /* 0 before registrant_start() */
	bool was_stopping;   /* the last process was stopping: its cancels may still arrive */
	bool was_keeping;    /* the last process stopped and kept all bindings */
	struct map *loading; /* ledger ids to holdings, until registrant_start() */
};
