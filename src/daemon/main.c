// SPDX-License-Identifier: Apache-2.0
/*
 * regentd: reads the command line and does what it asks for. Running the
 * daemon is start.c's and daemon.c's.
 */
#include "daemon/check.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "daemon/start.h"
#include "daemon/tables.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct options options;

	if (options_read(argc, argv, &options) < 0)
		return EXIT_CODE_USAGE;
	switch (options.action) {
	case OPTIONS_RUN:
		return start_run(&options);
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
		fputs("regentd: farewell is known, but not in this version\n", stderr);
		return EXIT_CODE_USAGE;
	}
	return EXIT_CODE_USAGE;
}
