// SPDX-License-Identifier: Apache-2.0
/*
 * regentd: reads the command line and does what it asks for. Running the
 * daemon is start.c's and daemon.c's.
 */
#include "daemon/anew.h"
#include "daemon/check.h"
#include "daemon/exit.h"
#include "daemon/farewell.h"
#include "daemon/options.h"
#include "daemon/signals.h"
#include "daemon/start.h"
#include "daemon/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The service manager starts us anew, where there is one (RestartForceExitStatus);
 * else we do. What signals_free() has blocked would stay so.
 */
static int restart(char **argv)
{
	const char *manager = getenv("NOTIFY_SOCKET");

	if (manager && *manager)
		return EXIT_CODE_RESTART;
	fflush(stdout);
	signals_release();
	execvp(argv[0], argv);
	fprintf(stderr, "regentd: cannot start again: %s: %s\n", argv[0], strerror(errno));
	return EXIT_CODE_INTERNAL;
}

int main(int argc, char **argv)
{
	struct options options;
	int code;

	if (options_read(argc, argv, &options) < 0)
		return EXIT_CODE_USAGE;
	switch (options.action) {
	case OPTIONS_RUN:
		code = start_run(&options);
		return code == EXIT_CODE_RESTART ? restart(argv) : code;
	case OPTIONS_CHECK:
		return check_files(&options);
	case OPTIONS_VERSION:
		puts("regentd " REGENT_VERSION);
		return EXIT_CODE_OK;
	case OPTIONS_SIZES:
		tables_print_sizes(stdout);
		return EXIT_CODE_OK;
	case OPTIONS_TABLES:
		return tables_print(stdout) < 0 ? EXIT_CODE_INTERNAL : EXIT_CODE_OK;
	case OPTIONS_HELP:
		options_print_help(stdout);
		return EXIT_CODE_OK;
	case OPTIONS_FAREWELL:
		return farewell_run(&options);
	case OPTIONS_ANEW:
		return anew_run(&options);
	}
	return EXIT_CODE_USAGE;
}
