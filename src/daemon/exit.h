// SPDX-License-Identifier: Apache-2.0
/*
 * The exit codes of regentd: one for each way in which a start can fail, so
 * that scripts and service managers can tell them apart (sysexits(3), where it
 * has a word for it). Numbers never change their meaning.
 */
#pragma once

#include <stddef.h>

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_OWED = 3,
	EXIT_CODE_NO_INPUT = 66,
	EXIT_CODE_INTERNAL = 70,
	EXIT_CODE_LISTEN = 71,
	EXIT_CODE_UNWRITABLE = 73,
	EXIT_CODE_DISK = 74,
	EXIT_CODE_LOCKED = 75,
	EXIT_CODE_DAMAGED = 76,
	EXIT_CODE_IDENTITY = 77,
	EXIT_CODE_CONFIG = 78,
	EXIT_CODE_RESTART = 79,
};

struct exit_row {
	enum exit_code code;
	const char *meaning; /* no sentence */
};

/* All codes with their meaning, smallest first. */
const struct exit_row *exit_rows(size_t *count_r);
