// SPDX-License-Identifier: Apache-2.0
/*
 * The exit codes of regentd: one for each way in which a start can fail, so
 * that scripts and service managers can tell them apart (sysexits(3), where it
 * has a word for it). Numbers never change their meaning.
 */
#pragma once

enum exit_code {
	EXIT_CODE_OK = 0,    /* stopped, nothing is owed */
	EXIT_CODE_USAGE = 2, /* the command line is wrong */
	EXIT_CODE_OWED = 3,  /* stopped, and something is still owed to an upstream */

	EXIT_CODE_NO_INPUT = 66,   /* a file that was named cannot be read */
	EXIT_CODE_INTERNAL = 70,   /* no memory, or our own fault */
	EXIT_CODE_LISTEN = 71,     /* a socket cannot be opened: port in use, no such address */
	EXIT_CODE_UNWRITABLE = 73, /* the state directory cannot be made or written */
	EXIT_CODE_DISK = 74,       /* the disk is full, or refuses otherwise */
	EXIT_CODE_LOCKED = 75,     /* another process holds the state directory or a database */
	EXIT_CODE_DAMAGED = 76,    /* a database or a file of the state is damaged or too new */
	EXIT_CODE_IDENTITY = 77,   /* secret or sealing key missing beside a database in use */
	EXIT_CODE_CONFIG = 78,     /* regent.yaml or the objects file has errors */
};
