// SPDX-License-Identifier: Apache-2.0
/*
 * The command line of regentd (docs/interface.md). Only reads it: what was
 * asked for is done by others.
 */
#pragma once

#include "base/attr.h"

#define OPTIONS_CONFIG_DEFAULT "/etc/regent/regent.yaml"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK, /* read configuration and objects, say what is wrong */
	OPTIONS_VERSION,
	OPTIONS_SIZES,
	OPTIONS_TABLES,
	OPTIONS_HELP,
	OPTIONS_FAREWELL,
};

struct options {
	enum options_action action;
	const char *config;  /* never NULL */
	const char *objects; /* --apply; NULL without */
};

/* Texts are those of `argv`. ERR_SYNTAX after having said on stderr what is wrong. */
MUST_CHECK int options_read(int argc, char **argv, struct options *options_r);

/* For --help. */
const char *options_help(void);
