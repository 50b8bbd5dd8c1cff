// SPDX-License-Identifier: Apache-2.0
/*
 * What the parts of the registrant share: what the core lends, the pools of
 * objects, and the indexes over them. One of these exists per core; no part
 * keeps state outside of it.
 */
#pragma once

#include "answer/answer.h"
#include "answer/stop_report.h"
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
	TIMER_TWINS, /* rows that a newer one replaced are dropped */
	TIMER_ALIVE, /* the stamp that bounds everything after a crash */
	TIMER_STOP,  /* the stop walks on */
};

struct stop {
	bool ended;
	uint8_t phase; /* of the walk; stop.c's */
	uint64_t begun_us;
	uint32_t cursor;      /* registrations below this slot were handed over */
	uint32_t debt_cursor; /* debts below this slot were asked, or at the end reported */
};

struct registrant {
	struct core_context *core;
	struct upstreams *upstreams;
	uint32_t probe_s; /* RG_PROBE as it was last heeded */

	struct identity_key identity_key;
	struct hash_key hash_key;
	char *advertise; /* "" without */
	char *user_agent;

	struct pool *registrations, *debts, *holdings;
	struct shared *addresses; /* of holdings */
	struct map *registration_names;
	struct names *names; /* the same in order */
	struct map *debt_names;
	struct map *holding_keys;
	struct map *epochs; /* hash of a name to its epoch; without an entry 0 */

	uint64_t identity_id; /* the largest so far */
	struct heap twins; /* ledger ids that a newer row of a holding replaced, and the holding */
	struct wheel_node twins_timer, alive_timer;

	struct spread *refreshes; /* when those that are up refresh */
	uint32_t up;              /* registrations */
	uint32_t parted;          /* debts that a redirect left, CAUSE_REDIRECTED */
	struct stop stop;
	struct registration_config shown; /* by COMMAND_SHOW, until the next entry */
	size_t listing_bytes;             /* of all struct listing */
	uint64_t started_us;              /* 0 before registrant_start() */
	bool was_stopping;                /* the process before, and its cancels may still arrive */
	bool was_keeping;                 /* it left all as it was, and nothing was out */
	struct map *loading;              /* ledger ids to holdings, until then */
};
