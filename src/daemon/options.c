// SPDX-License-Identifier: Apache-2.0
/*
 * Command line; see options.h.
 */
#include "daemon/options.h"

#include "base/error.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { KEY_APPLY = 256, KEY_CHECK, KEY_VERSION, KEY_SIZES, KEY_TABLES };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"apply", required_argument, NULL, KEY_APPLY},
    {"check", no_argument, NULL, KEY_CHECK},
    {"version", no_argument, NULL, KEY_VERSION},
    {"sizes", no_argument, NULL, KEY_SIZES},
    {"tables", no_argument, NULL, KEY_TABLES},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
	return "usage: regentd [-c FILE] [--apply OBJECTS.yaml] [--check]\n"
	       "       regentd --tables | --sizes | --version | --help\n"
	       "\n"
	       "  -c, --config FILE     the node's configuration; default " OPTIONS_CONFIG_DEFAULT
	       "\n"
	       "      --apply FILE      put this file's parameters and registrations in force at\n"
	       "                        start, and again at SIGHUP\n"
	       "      --check           read both files, say what is wrong, and exit\n"
	       "      --tables          print the parameters as JSON, and exit\n"
	       "      --sizes           print the bytes that each object takes, and exit\n"
	       "      --version         print the version, and exit\n"
	       "\n"
	       "SIGTERM or SIGINT takes every registration back and then ends; a second one ends\n"
	       "at once. Exit status: 0 nothing is owed to an upstream, 3 something is; 2, and 66\n"
	       "to 78, each say why the start failed.\n";
}

static int set(struct options *options, int key)
{
	static const int keys[] = {KEY_CHECK, KEY_VERSION, KEY_SIZES, KEY_TABLES, 'h'};
	static const enum options_action actions[] = {
	    OPTIONS_CHECK, OPTIONS_VERSION, OPTIONS_SIZES, OPTIONS_TABLES, OPTIONS_HELP};

	if (key == 'c')
		options->config = optarg;
	else if (key == KEY_APPLY)
		options->objects = optarg;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (key != keys[i])
			continue;
		options->action = actions[i];
		return 0;
	}
	return key == '?' ? ERR_SYNTAX : 0;
}

int options_read(int argc, char **argv, struct options *options_r)
{
	int key;

	*options_r = (struct options){.action = OPTIONS_RUN, .config = OPTIONS_CONFIG_DEFAULT};
	optind = 0;
	while ((key = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1)
		if (set(options_r, key) < 0) {
			fputs("regentd --help lists what there is\n", stderr);
			return ERR_SYNTAX;
		}
	if (optind == argc)
		return 0;
	if (strcmp(argv[optind], "farewell") == 0) {
		options_r->action = OPTIONS_FAREWELL;
		return 0;
	}
	fprintf(stderr, "regentd: unexpected '%s' (regentd --help lists what there is)\n",
	    argv[optind]);
	return ERR_SYNTAX;
}
