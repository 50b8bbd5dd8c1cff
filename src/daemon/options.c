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
        .meaning = "add and change the parameters and registrations of this file at the start, and "
                   "again at SIGHUP",
    },
    {
        .name = "check",
        .key = KEY_CHECK,
        .action = OPTIONS_CHECK,
        .meaning = "read both files, print their errors, and exit",
    },
    {
        .name = "after",
        .key = KEY_AFTER,
        .argument = "S",
        .meaning = "for farewell: first wait S seconds (1 to 3600); if a regentd starts meanwhile, "
                   "cancel nothing",
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
        .meaning = "print how many bytes of memory each object takes, and exit",
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
        .meaning = "print this help, and exit",
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
	      "Without farewell or anew, regentd starts the switch and stays in the foreground.\n"
	      "farewell cancels the bindings that a killed regentd may have left at upstreams,\n"
	      "without starting the switch. Then it prints the report of a stop, and ends.\n"
	      "anew makes an empty regent.db or ledger.db if one of them is lost, because a\n"
	      "start refuses to run without it.\n\n",
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
	      "SIGTERM or SIGINT unregisters everything and then ends regentd; a second signal\n"
	      "ends it at once. Exit status: 0: no cancel is owed to an upstream; 3: one is\n"
	      "owed; 2, and 66 to 78: the start failed, and the message says why.\n",
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
