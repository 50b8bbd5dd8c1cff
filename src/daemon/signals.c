// SPDX-License-Identifier: Apache-2.0
/*
 * Signals; see signals.h.
 */
#include "daemon/signals.h"

#include <signal.h>
#include <stdlib.h>

static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

#define COUNT (sizeof(numbers) / sizeof(numbers[0]))

struct signals {
	struct signals_handlers handlers;
	uv_signal_t handles[COUNT];
	size_t closing; /* handles whose close callback is still to come */
};

static void caught(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;

	if (number == SIGHUP)
		signals->handlers.reload(signals->handlers.owner);
	else
		signals->handlers.stop(signals->handlers.owner, number);
}

struct signals *signals_new(uv_loop_t *loop, const struct signals_handlers *handlers)
{
	struct signals *signals = calloc(1, sizeof(*signals));

	if (!signals)
		return NULL;
	signals->handlers = *handlers;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT; i++) {
		uv_signal_init(loop, &signals->handles[i]);
		signals->handles[i].data = signals;
		uv_signal_start(&signals->handles[i], caught, numbers[i]);
		uv_unref((uv_handle_t *)&signals->handles[i]);
	}
	return signals;
}

static void closed(uv_handle_t *handle)
{
	struct signals *signals = handle->data;

	if (--signals->closing == 0)
		free(signals);
}

static void mask_all(int how)
{
	sigset_t all;

	sigemptyset(&all);
	for (size_t i = 0; i < COUNT; i++)
		sigaddset(&all, numbers[i]);
	sigprocmask(how, &all, NULL);
}

void signals_free(struct signals **signals)
{
	if (!*signals)
		return;
	(*signals)->closing = COUNT;
	/*
	 * The ledger may still be on its way to disk and the exit code stands: another of
	 * these (a terminal that goes sends one too) must not end us. Closing restores
	 * their defaults, so they are blocked before. Ignored, a stop that is asked for
	 * while we are about to start anew would be lost.
	 */
	mask_all(SIG_BLOCK);
	for (size_t i = 0; i < COUNT; i++)
		uv_close((uv_handle_t *)&(*signals)->handles[i], closed);
	/* What it asks for is moot. */
	signal(SIGHUP, SIG_IGN);
	*signals = NULL;
}

bool signals_is_stop_waiting(void)
{
	sigset_t waiting;

	sigpending(&waiting);
	return sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1;
}

void signals_release(void)
{
	mask_all(SIG_UNBLOCK);
}
