// SPDX-License-Identifier: Apache-2.0
/*
 * What every part of regentctl shares: the options, the exit codes, and the
 * table of its commands. regentctl decides nothing and touches nothing but the
 * API; only the report of a stop is read from its file where it did not come, as there
 * is no daemon to ask any more.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/* They never change their meaning (docs/interface.md). */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1,   /* by the daemon; the message says why */
	CTL_USAGE = 2,     /* the command line is wrong */
	CTL_UNSETTLED = 3, /* finished, and upstreams may still hold something */
	CTL_NO_DAEMON = 4,
};

#define CTL_SOCKET "/run/regent/admin.sock"

struct ctl {
	const char *socket; /* path; unused where `url` is set */
	const char *url;    /* base of the API, else NULL */
	bool json;
	const char *state; /* --state, else NULL */
	int argc;          /* what follows noun and verb */
	char **argv;
};

struct ctl_command {
	const char *noun;
	const char *verb; /* NULL: the noun alone */
	const char *args; /* as shown in the usage, "" for none */
	int arg_count;
	const char *state_arg; /* what --state takes here; NULL: not taken */
	const char *summary;   /* one line */
	const char *help;      /* more lines, with examples */
	enum ctl_exit (*run)(const struct ctl *ctl);
};

/* All commands; nouns stay together. */
const struct ctl_command *ctl_commands(size_t *count_r);

/* One line to stderr, "regentctl: …", cleaned of control characters. */
PRINTF_LIKE(1, 2) void ctl_error(const char *format, ...);

enum ctl_exit ctl_status(const struct ctl *ctl);
enum ctl_exit ctl_registration_list(const struct ctl *ctl);
enum ctl_exit ctl_registration_show(const struct ctl *ctl);
enum ctl_exit ctl_stop(const struct ctl *ctl);
enum ctl_exit ctl_last_stop(const struct ctl *ctl);
