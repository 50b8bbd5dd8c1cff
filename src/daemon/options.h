// SPDX-License-Identifier: Apache-2.0
/*
 * The command line of regentd (docs/interface.md). Only reads it: what was
 * asked for is done by others.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdio.h>

#define OPTIONS_CONFIG_DEFAULT "/etc/regent/regent.yaml"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK, /* read configuration and objects, say what is wrong */
	OPTIONS_VERSION,
	OPTIONS_SIZES,
	OPTIONS_TABLES,
	OPTIONS_HELP,
	OPTIONS_FAREWELL,
	OPTIONS_ANEW, /* make the database that is missing */
};

struct options {
	enum options_action action;
	const char *config;  /* never NULL */
	const char *objects; /* --apply; NULL without */
	unsigned after_s;    /* --after; 0 without */
};

/* Texts are those of `argv`. ERR_SYNTAX after having said on stderr what is wrong. */
MUST_CHECK int options_read(int argc, char **argv, struct options *options_r);

struct options_row {
	const char *name;           /* "config" */
	char letter;                /* its short form; 0 without */
	int key;                    /* that getopt_long() gives */
	const char *argument;       /* NULL without */
	enum options_action action; /* OPTIONS_RUN: it is not an action of its own */
	const char *meaning;        /* no sentence */
};

/* All options: they feed the parser, the help and the manual. */
const struct options_row *options_rows(size_t *count_r);

/* For --help. */
void options_print_help(FILE *file);
