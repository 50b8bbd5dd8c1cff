// SPDX-License-Identifier: Apache-2.0
/*
 * regentctl: options, and the way from words to a command. Options may stand
 * anywhere; what they mean is the same everywhere.
 */
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/secret.h"

#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_OF(option) (256 + (int)(option)) /* beyond every letter */

static enum ctl_exit wrong_options(const struct ctl_command *c, const struct ctl *ctl)
{
	const struct ctl_option_row *rows = ctl_option_rows();

	for (unsigned i = 0; i < CTL_OPTIONS; i++) {
		if (!ctl->option[i] || rows[i].is_common || c->options & 1u << i)
			continue;
		ctl_error("%s%s%s does not take --%s", c->noun, c->verb ? " " : "",
		    c->verb ? c->verb : "", rows[i].name);
		return CTL_USAGE;
	}
	return CTL_DONE;
}

static enum ctl_exit run(const struct ctl_command *c, struct ctl *ctl, char **args, int count)
{
	char usage[HELP_USAGE_MAX];

	if (count < c->args_min || (c->args_max >= 0 && count > c->args_max)) {
		ctl_error("usage: regentctl %s", help_usage(c, usage));
		return CTL_USAGE;
	}
	if (wrong_options(c, ctl))
		return CTL_USAGE;
	ctl->command = c;
	ctl->argc = count;
	ctl->argv = args;
	return c->run(ctl);
}

static enum ctl_exit dispatch(struct ctl *ctl, char **words, int count)
{
	size_t n;
	const struct ctl_command *c = ctl_commands(&n), *alone = NULL;
	bool has_verbs = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[0], c[i].noun))
			continue;
		if (!c[i].verb)
			alone = &c[i];
		else if (count > 1 && !strcmp(words[1], c[i].verb))
			return run(&c[i], ctl, words + 2, count - 2);
		else
			has_verbs = true;
	}
	/* What follows a noun that has verbs is meant to be one. */
	if (alone && (count == 1 || !has_verbs))
		return run(alone, ctl, words + 1, count - 1);
	return has_verbs ? help_unknown_verb(words[0], count > 1 ? words[1] : NULL)
	                 : help_unknown_noun(words[0]);
}

/* Both forms of each option for getopt_long(). */
static void fill(struct option *options, char *letters)
{
	const struct ctl_option_row *rows = ctl_option_rows();

	*letters++ = ':';
	for (int i = 0; i < CTL_OPTIONS; i++) {
		options[i] = (struct option){rows[i].name,
		    rows[i].argument ? required_argument : no_argument, NULL, KEY_OF(i)};
		if (rows[i].letter)
			*letters++ = rows[i].letter;
	}
	*letters = 0;
}

static int option_of(int key)
{
	const struct ctl_option_row *rows = ctl_option_rows();

	if (key >= KEY_OF(0))
		return key - KEY_OF(0);
	for (int i = 0; i < CTL_OPTIONS; i++)
		if (rows[i].letter == key)
			return i;
	return -1;
}

static enum ctl_exit read_options(int argc, char **argv, struct ctl *ctl)
{
	struct option options[CTL_OPTIONS + 1] = {0};
	char letters[CTL_OPTIONS + 2];
	int key;

	fill(options, letters);
	opterr = 0;
	while ((key = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		int option = key == '?' || key == ':' ? -1 : option_of(key);

		if (key == ':') {
			ctl_error("%s needs a value", argv[optind - 1]);
			return CTL_USAGE;
		}
		if (option < 0)
			return help_unknown_option(argv[optind - 1]);
		ctl->option[option] = optarg ? optarg : "";
	}
	return CTL_DONE;
}

/* What stands behind the options that every command has. */
static enum ctl_exit settle(struct ctl *ctl)
{
	const char *socket = getenv("REGENT_SOCKET");

	ctl->socket = socket && *socket ? socket : CTL_SOCKET;
	if (ctl->option[CTL_OPTION_SOCKET])
		ctl->socket = ctl->option[CTL_OPTION_SOCKET];
	ctl->url = ctl->option[CTL_OPTION_URL];
	ctl->json = ctl->option[CTL_OPTION_JSON];
	return secret_token(ctl->option[CTL_OPTION_TOKEN_FILE], &ctl->token);
}

static enum ctl_exit act(struct ctl *ctl, char **words, int count)
{
	if (ctl->option[CTL_OPTION_VERSION]) {
		puts("regentctl " REGENT_VERSION);
		return CTL_DONE;
	}
	if (ctl->option[CTL_OPTION_TABLES])
		return help_print_tables();
	if (count && !strcmp(words[0], "help"))
		return help_print(words + 1, count - 1);
	if (ctl->option[CTL_OPTION_HELP])
		return help_print(words, count);
	if (!count) {
		ctl_error("usage: " HELP_USAGE "; see regentctl --help");
		return CTL_USAGE;
	}
	return settle(ctl) ? CTL_USAGE : dispatch(ctl, words, count);
}

int main(int argc, char **argv)
{
	struct ctl ctl = {0};
	enum ctl_exit code = read_options(argc, argv, &ctl);

	if (code)
		return (int)code;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
	code = act(&ctl, argv + optind, argc - optind);
	curl_global_cleanup();
	if (fflush(stdout) || ferror(stdout)) {
		ctl_error("the output could not be written");
		return code ? (int)code : CTL_REFUSED;
	}
	return (int)code;
}
