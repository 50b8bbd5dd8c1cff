// SPDX-License-Identifier: Apache-2.0
/*
 * What an operator wants: given to core_command(). Every command carries a
 * `request` number of the caller's choice that its answers bear. Configs and
 * slices live for the call; the core copies what it keeps.
 */
#pragma once

#include "base/attr.h"
#include "model/registration_config.h"
#include "param/params.h"

enum command_kind {
	COMMAND_PARAMS,  /* replace all parameters */
	COMMAND_PUT,     /* add or change an object */
	COMMAND_REMOVE,  /* remove an object; the binding of a registration becomes a debt */
	COMMAND_REFRESH, /* refresh now; brings up what COMMAND_CANCEL took back */

	/*
	 * Take back now whatever upstream may hold of this name, its debts too, also where
	 * SEND_UNREGISTER is Off. The registration stays down until it is refreshed, edited, or the
	 * daemon starts anew; a COMMAND_PUT that changes nothing leaves it down, so whoever
	 * "enables" one that is enabled sends COMMAND_REFRESH. A name that only debts bear is fine.
	 */
	COMMAND_CANCEL,
	COMMAND_LIST,   /* a page of registrations: ANSWER_VIEW…, ANSWER_VIEW_END */
	COMMAND_SHOW,   /* one by name */
	COMMAND_DEBTS,  /* a page of debts in the order of slots: ANSWER_DEBT…, ANSWER_VIEW_END */
	COMMAND_GHOSTS, /* what upstream listed last: ANSWER_LISTED…, ANSWER_VIEW_END */

	/*
	 * Cancel bindings that upstream listed last: the one of that Contact, of whatever kind, or
	 * without a Contact all ghosts and lookalikes; foreign ones only by their Contact. Never
	 * the current one. ANSWER_REPLY with `count`. SEND_UNREGISTER Off: nothing leaves, they are
	 * shown as debts.
	 */
	COMMAND_GHOSTS_REMOVE,
	COMMAND_STATUS,
	/*
	 * Cancel everything and report: ANSWER_STOP_BEGIN … ANSWER_STOP_END. With `keeps` nothing
	 * leaves any more, and all stays in the ledger for a start that goes on with it.
	 */
	COMMAND_STOP,
	COMMAND_TRACE,   /* look on at one: ANSWER_TRACE_BEGIN, then ANSWER_TRACE without end */
	COMMAND_UNTRACE, /* who asked looks on no more; of the same name, once for each TRACE */
};

#define COMMAND_PAGE_MAX 256 /* registrations or debts that one page, or STATUS, looks at */

struct command {
	enum command_kind kind;
	enum object_kind object; /* PUT, REMOVE */
	uint64_t request;
	union {
		const struct params *params;
		const void *put; /* an object of that kind */
		/*
		 * STATUS. Registrations are counted a page at a time: go on with `from` the
		 * answer's `next` and add the tallies up. `limit` 0: only what is at hand.
		 */
		struct {
			uint32_t from, limit;
		} status;
		bool keeps;        /* STOP */
		struct slice name; /* REMOVE, REFRESH, CANCEL, SHOW, GHOSTS, TRACE, UNTRACE */
		/*
		 * LIST, DEBTS. A page may be shorter than its limit, even empty, and not the last:
		 * that one says so (`next` 0, `next_name` empty). Registrations come in the order
		 * of slots, or by name: then go on with `after` the end's `next_name`. There is no
		 * other order: state and next action change while one walks.
		 */
		struct {
			uint32_t from; /* 0, or ANSWER_VIEW_END's next */
			uint32_t limit;
			bool by_name;
			struct slice after; /* a name, existing or not; empty: from the first */
			uint32_t states;    /* only these: 1 << STATE_… each; 0 all. LIST */
		} list;
		struct {
			struct slice name;
			struct slice contact; /* a URI as it was listed; empty: all of ours */
		} ghosts;                     /* GHOSTS_REMOVE */
	};
};

/*
 * The top byte of a request's number says who asks, so that one look finds to whom
 * an answer goes; the rest is that asker's own. 0 is nobody's.
 */
#define REQUEST_SEAT_SHIFT 56

static inline uint64_t request_of_seat(unsigned seat)
{
	return (uint64_t)seat << REQUEST_SEAT_SHIFT;
}

static inline unsigned request_seat(uint64_t request)
{
	return (unsigned)(request >> REQUEST_SEAT_SHIFT);
}

/*
 * A copy with its texts, for free(), to cross to another thread. ERR_LIMIT (a name or
 * Contact longer than any), ERR_UNSUPPORTED (COMMAND_PUT and COMMAND_PARAMS: what they
 * point to crosses by other ways), ERR_MEMORY.
 */
MUST_CHECK int command_copy(const struct command *command, struct command **copy_r);
