// SPDX-License-Identifier: Apache-2.0
/*
 * Watches whether anybody else sees to it, and else starts what start.c makes of
 * OPTIONS_FAREWELL.
 */
#include "daemon/farewell.h"

#include "base/log.h"
#include "daemon/check.h"
#include "daemon/start.h"
#include "net/clock.h"
#include "store/state_dir.h"

#include <signal.h>
#include <unistd.h>

#define WATCH_STEP_US 50000

static volatile sig_atomic_t is_pressed;

static void press(int number)
{
	(void)number;
	is_pressed = 1;
}

/*
 * A farewell that is told to end while it only watches has no time to watch any more: the machine
 * goes down, and no daemon will come. A regentd that starts signals only the holder of the lock.
 */
static void heed_signals(bool heeds)
{
	struct sigaction action = {.sa_handler = heeds ? press : SIG_DFL};

	(void)sigaction(SIGTERM, &action, NULL);
}

/*
 * True as soon as a process holds the state directory; false after `after_s` without one, or when
 * told to end.
 */
static bool is_taken_within(const char *state, unsigned after_s)
{
	uint64_t end_us = clock_now().mono_us + after_s * US_PER_S;
	bool is_taken = false;

	heed_signals(true);
	while (
	    !(is_taken = state_dir_is_held(state)) && !is_pressed && clock_now().mono_us < end_us)
		usleep(WATCH_STEP_US);
	heed_signals(false);
	return is_taken;
}

static enum exit_code leave_it(const char *state)
{
	log_line(LOG_LEVEL_INFO,
	    "farewell=not-needed: another process uses %s and takes care of its bindings", state);
	return EXIT_CODE_OK;
}

static enum exit_code watch_and_run(const struct options *options, const char *state)
{
	enum exit_code code;

	if (is_taken_within(state, options->after_s))
		return leave_it(state);
	code = start_run(options);
	/* It came between the last look and our own try. */
	if (code == EXIT_CODE_LOCKED && state_dir_is_held(state))
		return leave_it(state);
	return code;
}

enum exit_code farewell_run(const struct options *options)
{
	struct node_config config;
	enum exit_code code;

	if (options->after_s == 0)
		return start_run(options);
	code = check_config(options->config, check_log, &config);
	if (code != EXIT_CODE_OK)
		return code;
	code = watch_and_run(options, config.state);
	node_config_free(&config);
	return code;
}
