// SPDX-License-Identifier: Apache-2.0
/*
 * Command line; see options.h.
 */
#include "daemon/options.h"

#include "base/error.h"

#include "base/slice.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define INDENT      24 /* of what an option means */
#define AFTER_MAX_S 3600

enum { KEY_APPLY = 256, KEY_CHECK, KEY_AFTER, KEY_VERSION, KEY_SIZES, KEY_TABLES };

static const struct options_row rows[] = {
    {
        .name = "config",
        .letter = 'c',
        .key = 'c',
        .argument = "FILE",
        .meaning = "the node's configuration; default " OPTIONS_CONFIG_DEFAULT,
    },
    {
        .name = "apply",
        .key = KEY_APPLY,
        .argument = "FILE",
        .meaning = "put this file's parameters and registrations in force at start, and again "
                   "at SIGHUP",
    },
    {
        .name = "check",
        .key = KEY_CHECK,
        .action = OPTIONS_CHECK,
        .meaning = "read both files, say what is wrong, and exit",
    },
    {
        .name = "after",
        .key = KEY_AFTER,
        .argument = "S",
        .meaning = "of farewell: first watches for that many seconds whether a regentd takes the "
                   "state directory, and leaves all to that one; 1 to 3600",
    },
    {
        .name = "tables",
        .key = KEY_TABLES,
        .action = OPTIONS_TABLES,
        .meaning = "print the tables behind the documentation as JSON, and exit",
    },
    {
        .name = "sizes",
        .key = KEY_SIZES,
        .action = OPTIONS_SIZES,
        .meaning = "print the bytes that each object takes, and exit",
    },
    {
        .name = "version",
        .key = KEY_VERSION,
        .action = OPTIONS_VERSION,
        .meaning = "print the version, and exit",
    },
    {
        .name = "help",
        .letter = 'h',
        .key = 'h',
        .action = OPTIONS_HELP,
        .meaning = "print this, and exit",
    },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct options_row *options_rows(size_t *count_r)
{
	*count_r = ROWS;
	return rows;
}

/* The words behind an option, in lines that fit 80 columns. */
static void put_wrapped(FILE *file, const char *text)
{
	const size_t room = 80 - INDENT;

	while (strlen(text) > room) {
		size_t n = room;

		while (n && text[n] != ' ')
			n--;
		fprintf(file, "%.*s\n%*s", (int)n, text, INDENT, "");
		text += n + 1;
	}
	fprintf(file, "%s\n", text);
}

void options_print_help(FILE *file)
{
	fputs("usage: regentd [-c FILE] [--apply OBJECTS.yaml] [--check]\n"
	      "       regentd farewell [-c FILE] [--after S]\n"
	      "       regentd anew [-c FILE]\n"
	      "       regentd --tables | --sizes | --version | --help\n\n"
	      "farewell takes back what a killed regentd may have left at upstreams, without\n"
	      "starting the switch; it prints the report and ends, as a stop does.\n"
	      "anew makes an empty regent.db or ledger.db where one of them is lost, so that a\n"
	      "start can go on without it.\n\n",
	    file);
	for (size_t i = 0; i < ROWS; i++) {
		char words[INDENT];
		char letter[8] = "    ";

		if (rows[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
		snprintf(words, sizeof(words), "  %s--%s%s%s", letter, rows[i].name,
		    rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		fprintf(file, "%-*s", INDENT, words);
		put_wrapped(file, rows[i].meaning);
	}
	fputs("\n"
	      "SIGTERM or SIGINT takes every registration back and then ends; a second one ends\n"
	      "at once. Exit status: 0 nothing is owed to an upstream, 3 something is; 2, and 66\n"
	      "to 78, each say why the start failed.\n",
	    file);
}

static int read_after(unsigned *after_s_r)
{
	uint64_t seconds;

	if (slice_number(slice_of(optarg), AFTER_MAX_S, &seconds) < 0 || seconds == 0) {
		fprintf(stderr, "regentd: --after %s: 1 to %d seconds would be right\n", optarg,
		    AFTER_MAX_S);
		return ERR_SYNTAX;
	}
	*after_s_r = (unsigned)seconds;
	return 0;
}

/* Options that do not belong to what was asked for. */
static int check(const struct options *options)
{
	bool is_farewell = options->action == OPTIONS_FAREWELL;

	if (options->after_s && !is_farewell)
		fputs("regentd: --after belongs to farewell\n", stderr);
	else if (options->objects && is_farewell)
		fputs("regentd: farewell applies nothing: --apply does not belong to it\n", stderr);
	else if (options->objects && options->action == OPTIONS_ANEW)
		fputs("regentd: anew applies nothing: --apply belongs to the start after it\n",
		    stderr);
	else
		return 0;
	return ERR_SYNTAX;
}

static int set(struct options *options, int key)
{
	if (key == 'c')
		options->config = optarg;
	else if (key == KEY_APPLY)
		options->objects = optarg;
	else if (key == KEY_AFTER && read_after(&options->after_s) < 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].key != key)
			continue;
		if (rows[i].action)
			options->action = rows[i].action;
		return 0;
	}
	return ERR_SYNTAX;
}

static enum options_action read_verb(const char *word)
{
	if (strcmp(word, "farewell") == 0)
		return OPTIONS_FAREWELL;
	return strcmp(word, "anew") == 0 ? OPTIONS_ANEW : OPTIONS_RUN;
}

static void fill(struct option *options)
{
	for (size_t i = 0; i < ROWS; i++)
		options[i] = (struct option){rows[i].name,
		    rows[i].argument ? required_argument : no_argument, NULL, rows[i].key};
}

int options_read(int argc, char **argv, struct options *options_r)
{
	struct option long_options[ROWS + 1] = {0};
	int key;

	fill(long_options);
	*options_r = (struct options){.action = OPTIONS_RUN, .config = OPTIONS_CONFIG_DEFAULT};
	optind = 0;
	while ((key = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1)
		if (set(options_r, key) < 0) {
			fputs("regentd --help lists what there is\n", stderr);
			return ERR_SYNTAX;
		}
	if (optind == argc)
		return check(options_r);
	if (optind + 1 == argc && options_r->action == OPTIONS_RUN) {
		options_r->action = read_verb(argv[optind]);
		if (options_r->action != OPTIONS_RUN)
			return check(options_r);
	}
	fprintf(stderr, "regentd: unexpected '%s' (regentd --help lists what there is)\n",
	    argv[optind]);
	return ERR_SYNTAX;
}
