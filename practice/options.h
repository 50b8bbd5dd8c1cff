// SPDX-License-Identifier: Apache-2.0
/*
 * The command line of the practice upstream. Settings of the registrar are not
 * named here: they come from its own table, so an option and the `set` command
 * of the control socket are always the same thing.
 */
#pragma once

#include "base/error.h"
#include "base/netaddr.h"
#include "sim/carrier.h"

#define OPTIONS_DEFAULT_LISTEN   "127.0.0.1:5070"
#define OPTIONS_DEFAULT_PASSWORD "practice"

struct options {
	struct carrier_config config;
	struct netaddr listen;
	const char *control; /* path of the Unix socket, or NULL */
	const char *json;    /* path of the report at the end, or NULL */
	uint64_t seed;
	bool ladder, quiet, ignore_int, beyond_loopback;
	bool help, version;
	struct options_account {
		char *user, *auth_user, *password; /* all in the memory of `user` */
	} * accounts;
	unsigned account_count;
	char error[256]; /* what is wrong, and what would be right */
};

/* Reads the command line; paths point into it. ERR_SYNTAX with `error` filled, ERR_MEMORY. */
MUST_CHECK int options_read(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/* Prints the help to stdout. */
void options_help(void);
