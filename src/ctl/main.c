// SPDX-License-Identifier: Apache-2.0
/*
 * regentctl: options, help, and the way from words to a command. Options may
 * stand anywhere; what they mean is the same everywhere.
 */
#include "ctl/ctl.h"

#include "ctl/suggest.h"

#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "regentctl [--socket PATH | --url URL] [--json] NOUN [VERB] [ARGS]"

enum option_key { OPTION_SOCKET = 256, OPTION_URL, OPTION_JSON, OPTION_STATE, OPTION_VERSION };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"url", required_argument, NULL, OPTION_URL},
    {"json", no_argument, NULL, OPTION_JSON},
    {"state", required_argument, NULL, OPTION_STATE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_command(const struct ctl_command *c)
{
	char words[64];

	snprintf(words, sizeof(words), "%s%s%s%s%s", c->noun, c->verb ? " " : "",
	    c->verb ? c->verb : "", *c->args ? " " : "", c->args);
	printf("  %-24s %s\n", words, c->summary);
}

static void help_all(void)
{
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);

	puts("usage: " USAGE "\n");
	for (size_t i = 0; i < n; i++)
		print_command(&c[i]);
	puts("\n"
	     "  --socket PATH   admin socket of regentd ($REGENT_SOCKET, else " CTL_SOCKET ")\n"
	     "  --url URL       the API elsewhere, http://HOST:PORT\n"
	     "  --json          the JSON of the API instead of text for people\n"
	     "  --help          of the program, or of the command it follows\n"
	     "\n"
	     "Exit codes: 0 done, 1 refused by regentd, 2 usage, 3 finished with something\n"
	     "unsettled, 4 no regentd there.\n"
	     "\n"
	     "  regentctl status\n"
	     "  regentctl registration list --state rejected\n"
	     "  regentctl stop");
}

static void help_command(const struct ctl_command *c)
{
	printf("usage: regentctl %s%s%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
	    *c->args ? " " : "", c->args);
	if (c->state_arg)
		printf(" [--state %s]", c->state_arg);
	printf(" [--json]\n\n%s.\n%s", c->summary, c->help);
}

/* Help for what was typed so far: the commands of a noun, one command, or everything. */
static enum ctl_exit help(char **words, int count)
{
	size_t n, found = 0;
	const struct ctl_command *c = ctl_commands(&n);

	for (size_t i = 0; i < n && count; i++) {
		if (strcmp(words[0], c[i].noun) ||
		    (count > 1 && c[i].verb && strcmp(words[1], c[i].verb)))
			continue;
		if (found++)
			putchar('\n');
		help_command(&c[i]);
	}
	if (!found)
		help_all();
	return CTL_DONE;
}

static enum ctl_exit unknown(const char *what, const char *word, const struct suggest *suggest)
{
	const char *best = suggest_best(suggest);

	if (best)
		ctl_error("there is no %s '%s'; did you mean '%s'?", what, word, best);
	else
		ctl_error("there is no %s '%s'; see regentctl --help", what, word);
	return CTL_USAGE;
}

static enum ctl_exit unknown_noun(const char *word)
{
	struct suggest suggest;
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);

	suggest_init(&suggest, word);
	for (size_t i = 0; i < n; i++)
		suggest_offer(&suggest, c[i].noun);
	return unknown("command", word, &suggest);
}

static enum ctl_exit unknown_verb(const char *noun, const char *word)
{
	struct suggest suggest;
	char verbs[128] = "";
	size_t n, used = 0;
	const struct ctl_command *c = ctl_commands(&n);

	suggest_init(&suggest, word ? word : "");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(c[i].noun, noun) || used >= sizeof(verbs))
			continue;
		suggest_offer(&suggest, c[i].verb);
		used += (size_t)snprintf(
		    verbs + used, sizeof(verbs) - used, "%s%s", used ? ", " : "", c[i].verb);
	}
	if (word && suggest_best(&suggest))
		ctl_error("%s has no '%s'; did you mean '%s'?", noun, word, suggest_best(&suggest));
	else
		ctl_error("%s takes one of: %s", noun, verbs);
	return CTL_USAGE;
}

static enum ctl_exit unknown_option(const char *word)
{
	struct suggest suggest;
	char dashed[32];

	suggest_init(&suggest, word);
	for (const struct option *o = options; o->name; o++) {
		snprintf(dashed, sizeof(dashed), "--%s", o->name);
		suggest_offer(&suggest, dashed);
	}
	return unknown("option", word, &suggest);
}

static enum ctl_exit run(const struct ctl_command *c, struct ctl *ctl, char **args, int count)
{
	if (count != c->arg_count) {
		ctl_error("usage: regentctl %s%s%s%s%s", c->noun, c->verb ? " " : "",
		    c->verb ? c->verb : "", *c->args ? " " : "", c->args);
		return CTL_USAGE;
	}
	if (ctl->state && !c->state_arg) {
		ctl_error("%s does not take --state", c->noun);
		return CTL_USAGE;
	}
	ctl->argc = count;
	ctl->argv = args;
	return c->run(ctl);
}

static enum ctl_exit dispatch(struct ctl *ctl, char **words, int count)
{
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);
	bool noun_known = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[0], c[i].noun))
			continue;
		noun_known = true;
		if (!c[i].verb)
			return run(&c[i], ctl, words + 1, count - 1);
		if (count > 1 && !strcmp(words[1], c[i].verb))
			return run(&c[i], ctl, words + 2, count - 2);
	}
	return noun_known ? unknown_verb(words[0], count > 1 ? words[1] : NULL)
	                  : unknown_noun(words[0]);
}

/* Reads the options; -1 to go on, else what to exit with. `help_r`: --help was among them. */
static int read_options(int argc, char **argv, struct ctl *ctl, bool *help_r)
{
	int key;

	opterr = 0;
	while ((key = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (key) {
		case OPTION_SOCKET:
			ctl->socket = optarg;
			break;
		case OPTION_URL:
			ctl->url = optarg;
			break;
		case OPTION_JSON:
			ctl->json = true;
			break;
		case OPTION_STATE:
			ctl->state = optarg;
			break;
		case 'h':
			*help_r = true;
			break;
		case OPTION_VERSION:
			puts("regentctl " REGENT_VERSION);
			return CTL_DONE;
		case ':':
			ctl_error("%s needs a value", argv[optind - 1]);
			return CTL_USAGE;
		default:
			return unknown_option(argv[optind - 1]);
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	const char *socket = getenv("REGENT_SOCKET");
	struct ctl ctl = {.socket = socket && *socket ? socket : CTL_SOCKET};
	bool wants_help = false;
	int code = read_options(argc, argv, &ctl, &wants_help);

	if (code >= 0)
		return code;
	if (wants_help || (optind < argc && !strcmp(argv[optind], "help")))
		return (int)help(argv + optind, argc - optind);
	if (optind == argc) {
		ctl_error("usage: " USAGE "; see regentctl --help");
		return CTL_USAGE;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
	code = (int)dispatch(&ctl, argv + optind, argc - optind);
	curl_global_cleanup();
	if (fflush(stdout) || ferror(stdout)) {
		ctl_error("the output could not be written");
		return code ? code : CTL_REFUSED;
	}
	return code;
}
