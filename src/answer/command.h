// SPDX-License-Identifier: Apache-2.0
/*
 * Commands: what an operator wants, given to core_command(). The caller chooses
 * the `request` number of a command; its answers bear the same number. Objects and
 * slices must be valid during the call; the core copies what it keeps.
 */
#pragma once

#include "base/attr.h"
#include "model/registration_config.h"
#include "param/params.h"

enum command_kind {
	COMMAND_PARAMS,  /* replace all parameters */
	COMMAND_PUT,     /* add or change an object */
	COMMAND_REMOVE,  /* remove an object; the binding of a registration becomes a debt */
	COMMAND_REFRESH, /* refresh now; also ends the rest after COMMAND_CANCEL */

	/*
	 * Cancel now all bindings that upstream may hold under this name, debts included, even if
	 * SEND_UNREGISTER is Off. The registration stays down until it is refreshed or edited, or
	 * until the daemon starts again. A COMMAND_PUT that changes nothing leaves it down: to
	 * "enable" a registration that is enabled, send COMMAND_REFRESH. The name may be one that
	 * only debts have.
	 */
	COMMAND_CANCEL,
	COMMAND_LIST,   /* a page of registrations: ANSWER_VIEW…, ANSWER_VIEW_END */
	COMMAND_SHOW,   /* one by name */
	COMMAND_DEBTS,  /* a page of debts in the order of slots: ANSWER_DEBT…, ANSWER_VIEW_END */
	COMMAND_GHOSTS, /* the Contacts in the last 200: ANSWER_LISTED…, ANSWER_VIEW_END */

	/*
	 * Cancel bindings that the last 200 listed: the one with this Contact, of any kind; or,
	 * without a Contact, all ghosts and lookalikes. The current binding is never cancelled.
	 * ANSWER_REPLY with `count`. If SEND_UNREGISTER is Off, nothing is sent, and they are
	 * shown as debts.
	 */
	COMMAND_GHOSTS_REMOVE,
	COMMAND_STATUS,
	/*
	 * Cancel everything and report: ANSWER_STOP_BEGIN … ANSWER_STOP_END. With `keeps` nothing
	 * is sent any more, and everything stays in the ledger for the next start.
	 */
	COMMAND_STOP,
	COMMAND_TRACE,   /* trace a registration: ANSWER_TRACE_BEGIN, then ANSWER_TRACE for ever */
	COMMAND_UNTRACE, /* end one COMMAND_TRACE of this name */

	COMMAND_ENDPOINTS, /* a page of endpoints by name: ANSWER_ENDPOINT…, ANSWER_VIEW_END */
	COMMAND_ENDPOINT,  /* one by name, with its config: ANSWER_ENDPOINT, ANSWER_VIEW_END */
	/*
	 * A page of the bindings of one endpoint, or, with an empty name, of all in the order of
	 * slots: ANSWER_BINDING…, ANSWER_VIEW_END.
	 */
	COMMAND_BINDINGS,
	/*
	 * Remove the binding of this endpoint that has this Contact; without a Contact, all it has.
	 * The next REGISTER of the endpoint is challenged. ANSWER_REPLY with `count`.
	 */
	COMMAND_BINDINGS_REMOVE,
	COMMAND_SUSPENSIONS,     /* who guessed too often: ANSWER_SUSPENSION…, ANSWER_VIEW_END */
	COMMAND_SUSPENSION_LIFT, /* forget the failures of a name and a source: ANSWER_REPLY */
};

/* True for commands that change what is wanted of an object; a core that stops refuses them. */
bool command_is_edit(enum command_kind kind);

#define COMMAND_PAGE_MAX 256 /* of whatever is listed, on one page, STATUS included */

struct command {
	enum command_kind kind;
	enum object_kind object; /* PUT, REMOVE */
	uint64_t request;
	union {
		const struct params *params;
		const void *put; /* an object of that kind */
		/*
		 * STATUS. Registrations are counted one page at a time: for the next page, set
		 * `from` to the answer's `next`, and add the tallies up. With `limit` 0 nothing is
		 * counted, and the answer has only the numbers that the core keeps.
		 */
		struct {
			uint32_t from, limit;
		} status;
		bool keeps; /* STOP */
		struct slice
		    name; /* REMOVE, REFRESH, CANCEL, SHOW, GHOSTS, TRACE, UNTRACE, ENDPOINT
		           */
		/*
		 * LIST, DEBTS, ENDPOINTS. A page may be shorter than its limit, even empty, and
		 * still not be the last: the last one has `next` 0 and an empty `next_name`.
		 * Registrations come in the order of slots, or by name: then set `after` to
		 * `next_name` for the next page. There is no other order, since everything else
		 * changes between two pages.
		 */
		struct {
			uint32_t from; /* 0, or ANSWER_VIEW_END's next */
			uint32_t limit;
			bool by_name;
			struct slice after; /* a name, existing or not; empty: from the first */
			uint32_t states;    /* LIST: only these, each 1 << STATE_…; 0: all */
		} list;
		struct {
			struct slice name;
			struct slice contact; /* a URI as listed; empty: ghosts and lookalikes */
		} ghosts;                     /* GHOSTS_REMOVE */
		struct {
			struct slice name;    /* of an endpoint */
			struct slice contact; /* BINDINGS_REMOVE */
			uint32_t from, limit; /* BINDINGS, SUSPENSIONS */
		} bindings;
		struct {
			struct slice name; /* empty: that of all names of a source */
			struct netaddr source;
		} suspension; /* SUSPENSION_LIFT */
	};
};

/*
 * The top byte of a request number is the seat of the asker, to whom the shell gives
 * the answer. The asker chooses the other bits. Seat 0 is nobody's.
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
 * A copy with its texts that can cross to another thread; the caller frees it with
 * free(). ERR_LIMIT: a name or Contact is longer than any valid one. ERR_UNSUPPORTED:
 * COMMAND_PUT and COMMAND_PARAMS, whose objects cross in another way. ERR_MEMORY.
 */
MUST_CHECK int command_copy(const struct command *command, struct command **copy_r);
