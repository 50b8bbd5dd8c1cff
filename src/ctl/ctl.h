// SPDX-License-Identifier: Apache-2.0
/*
 * What every part of regentctl shares: the exit codes, the tables of its
 * options and commands, and what was typed. regentctl decides nothing and
 * touches nothing but the API; only the report of a stop is read from its file
 * where it did not come, as there is no daemon to ask any more.
 */
#pragma once

#include "base/attr.h"
#include "model/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* They never change their meaning. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1,   /* by the daemon; the message says why */
	CTL_USAGE = 2,     /* the command line is wrong */
	CTL_UNSETTLED = 3, /* finished, and upstreams may still hold something */
	CTL_NO_DAEMON = 4,
	CTL_EXITS
};

#define CTL_SOCKET "/run/regent/admin.sock"

enum ctl_option {
	/* of every command */
	CTL_OPTION_SOCKET,
	CTL_OPTION_URL,
	CTL_OPTION_TOKEN_FILE,
	CTL_OPTION_JSON,
	CTL_OPTION_HELP,
	/* instead of one */
	CTL_OPTION_VERSION,
	CTL_OPTION_TABLES,
	/* of some */
	CTL_OPTION_STATE,
	CTL_OPTION_DEBTS,
	CTL_OPTION_WAIT,
	CTL_OPTION_REMOVE,
	CTL_OPTION_FULL,
	CTL_OPTION_DRY_RUN,
	CTL_OPTION_PRUNE,
	CTL_OPTION_YES,
	CTL_OPTION_KEEP,
	CTL_OPTIONS
};

struct ctl {
	const struct ctl_command *command;
	const char *option[CTL_OPTIONS]; /* as given, "" where it takes no value; else NULL */
	const char *socket;              /* path; unused where `url` is set */
	const char *url;                 /* base of the API, else NULL */
	const char *token;               /* for the URL, else NULL */
	bool json;
	int argc; /* what follows noun and verb */
	char **argv;
};

struct ctl_option_row {
	const char *name;
	char letter;          /* its short form; 0 without */
	const char *argument; /* NULL without */
	bool is_common;       /* taken with every command */
	const char *meaning;  /* no sentence */
};

#define CTL_TAKES(option) (1u << CTL_OPTION_##option)

#define CTL_EXAMPLES_MAX 6

struct ctl_command {
	const char *noun;
	const char *verb;                       /* NULL: the noun alone */
	const char *args;                       /* as shown in the usage, "" for none */
	int args_min, args_max;                 /* -1: any number */
	unsigned options;                       /* CTL_TAKES(), beside the common ones */
	const char *summary;                    /* one line, no sentence */
	const char *help;                       /* sentences, NULL for none */
	enum object_kind kind;                  /* of the objects that it is about */
	bool takes_fields;                      /* --help lists the fields of the kind */
	const char *examples[CTL_EXAMPLES_MAX]; /* without the word regentctl */
	enum ctl_exit (*run)(const struct ctl *ctl);
};

/* All commands; nouns stay together. They feed dispatch, help, manual and completion. */
const struct ctl_command *ctl_commands(size_t *count_r);

/* CTL_OPTIONS rows, by option. */
const struct ctl_option_row *ctl_option_rows(void);

/* What an exit code means. */
const char *ctl_exit_meaning(enum ctl_exit code);

/* One line to stderr, "regentctl: …", cleaned of control characters. */
PRINTF_LIKE(1, 2) void ctl_error(const char *format, ...);

/* The same without a prefix: what goes on, and what to do next. */
PRINTF_LIKE(1, 2) void ctl_say(const char *format, ...);

/* Gives `memory`; ends the program where there is none. */
void *ctl_must(void *memory);

enum ctl_exit ctl_status(const struct ctl *ctl);
enum ctl_exit ctl_node(const struct ctl *ctl);
enum ctl_exit ctl_node_adopt(const struct ctl *ctl);
enum ctl_exit ctl_node_renew(const struct ctl *ctl);
enum ctl_exit ctl_registration_list(const struct ctl *ctl);
enum ctl_exit ctl_registration_show(const struct ctl *ctl);
enum ctl_exit ctl_registration_refresh(const struct ctl *ctl);
enum ctl_exit ctl_registration_cancel(const struct ctl *ctl);
enum ctl_exit ctl_registration_ghosts(const struct ctl *ctl);
enum ctl_exit ctl_endpoint_list(const struct ctl *ctl);
enum ctl_exit ctl_endpoint_show(const struct ctl *ctl);
enum ctl_exit ctl_object_add(const struct ctl *ctl);
enum ctl_exit ctl_object_set(const struct ctl *ctl);
enum ctl_exit ctl_object_remove(const struct ctl *ctl);
enum ctl_exit ctl_object_enable(const struct ctl *ctl);
enum ctl_exit ctl_object_disable(const struct ctl *ctl);
enum ctl_exit ctl_binding_list(const struct ctl *ctl);
enum ctl_exit ctl_binding_show(const struct ctl *ctl);
enum ctl_exit ctl_binding_remove(const struct ctl *ctl);
enum ctl_exit ctl_suspension_list(const struct ctl *ctl);
enum ctl_exit ctl_suspension_lift(const struct ctl *ctl);
enum ctl_exit ctl_param_list(const struct ctl *ctl);
enum ctl_exit ctl_param_get(const struct ctl *ctl);
enum ctl_exit ctl_param_set(const struct ctl *ctl);
enum ctl_exit ctl_param_reset(const struct ctl *ctl);
enum ctl_exit ctl_apply(const struct ctl *ctl);
enum ctl_exit ctl_export(const struct ctl *ctl);
enum ctl_exit ctl_trace(const struct ctl *ctl);
enum ctl_exit ctl_stop(const struct ctl *ctl);
enum ctl_exit ctl_restart(const struct ctl *ctl);
enum ctl_exit ctl_last_stop(const struct ctl *ctl);
