// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of commands as people and programs read them: --help, --tables,
 * and what to say of a word that is none.
 */
#pragma once

#include "ctl/ctl.h"

#define HELP_USAGE "regentctl [--socket PATH | --url URL] [--json] NOUN [VERB] [ARGS]"

/* How a command is called, without the word regentctl: "registration show NAME". */
#define HELP_USAGE_MAX 192
const char *help_usage(const struct ctl_command *command, char text[HELP_USAGE_MAX]);

/* Help for the words typed so far: one command, those of a noun, or everything. */
enum ctl_exit help_print(char **words, int count);

/* For `regentctl --tables`. */
enum ctl_exit help_print_tables(void);

/* Complains of words that name no command, and of what was probably meant. CTL_USAGE. */
enum ctl_exit help_unknown_noun(const char *word);
enum ctl_exit help_unknown_verb(const char *noun, const char *word);
enum ctl_exit help_unknown_option(const char *word);
