// SPDX-License-Identifier: Apache-2.0
/*
 * Signals as calls on the loop: SIGTERM and SIGINT ask for a stop, SIGHUP for a
 * reload. What the second request for a stop means is the listener's affair.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

struct signals;

struct signals_handlers {
	void (*stop)(void *owner, int number); /* SIGTERM or SIGINT, each time */
	void (*reload)(void *owner);
	void *owner;
};

/* Also ignores SIGPIPE for the process. NULL without memory. */
struct signals *signals_new(uv_loop_t *loop, const struct signals_handlers *handlers);

/*
 * Ends in the loop: run it once more. From here on none of them ends the process; one
 * that asks for a stop waits.
 */
void signals_free(struct signals **signals);

/* Somebody has asked for a stop since then. */
bool signals_is_stop_waiting(void);

/* They end the process again, at once where one waits. */
void signals_release(void);
