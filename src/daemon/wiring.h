// SPDX-License-Identifier: Apache-2.0
/*
 * The core's connections: what arrives from the network, the clock and other
 * threads goes into it, one entry at a time, and after each entry its outbox is
 * carried out in order. Owns the network; the core is borrowed.
 */
#pragma once

#include "core/core.h"
#include "net/net.h"

struct wiring;

/* Where effects go that are not the network's. Called on the loop's thread; do not enter the core.
 */
struct wiring_hooks {
	/* A record on its way to the ledger; dies with the call. */
	void (*ledger)(void *owner, const struct effect_ledger *effect);
	/* The same for the bindings of phones. */
	void (*binding)(void *owner, const struct effect_binding *effect);
	/* After wiring_wake(): the next event of one of the two, false where there is none. */
	bool (*poll)(void *owner, struct event *event_r);
	/* One line for people, `level` and text. */
	void (*log)(void *owner, enum log_level level, struct slice text);
	/* An answer to a command, or of a stop or a trace; dies with the call. */
	void (*answer)(void *owner, const struct answer *answer);
	void *owner;
};

/* NULL without memory or where the system refuses. */
struct wiring *wiring_new(uv_loop_t *loop, const struct wiring_hooks *hooks);

/* Also ends the network. No thread may post any more. Ends in the loop: run it once more. */
void wiring_free(struct wiring **wiring);

/* For its listeners, and what registrations will ask of it. */
struct net *wiring_net(struct wiring *wiring);

/*
 * Connects a core that was loaded; from here on everything that arrives enters
 * it. What stands in its outbox already is carried out.
 */
void wiring_connect(struct wiring *wiring, struct core *core);

/* core_start() and what follows from it. */
void wiring_start(struct wiring *wiring);

/*
 * Takes what ledger and bindings have to tell, as after wiring_wake(), but no more than one turn of
 * the loop may take. True where there may be more.
 */
bool wiring_hear(struct wiring *wiring);

/* Puts a command to the core; on the loop's thread, not from a hook. */
void wiring_command(struct wiring *wiring, const struct command *command);

/*
 * The same from any thread (admin_submit_fn; `wiring` is its context). Takes no
 * COMMAND_PUT and no COMMAND_PARAMS: ERR_UNSUPPORTED. ERR_FULL, ERR_LIMIT (a
 * name that is none).
 */
MUST_CHECK int wiring_submit(void *wiring, const struct command *command);

/* There is something to poll; from any thread (`wiring` is the context of ledger_run()). */
void wiring_wake(void *wiring);
