// SPDX-License-Identifier: Apache-2.0
/*
 * Text in 80 columns from the tables. The tables as JSON feed the manual and
 * completion.
 */
#include "ctl/help.h"

#include "ctl/advice.h"
#include "ctl/suggest.h"
#include "ctl/text.h"
#include "model/object.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 80

const char *help_usage(const struct ctl_command *c, char text[HELP_USAGE_MAX])
{
	const struct ctl_option_row *rows = ctl_option_rows();
	size_t used;

	snprintf(
	    text, HELP_USAGE_MAX, "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
	used = strlen(text);
	for (unsigned i = 0; i < CTL_OPTIONS && used < HELP_USAGE_MAX; i++) {
		if (!(c->options & 1u << i))
			continue;
		if (rows[i].letter)
			snprintf(text + used, HELP_USAGE_MAX - used, " [-%c]", rows[i].letter);
		else
			snprintf(text + used, HELP_USAGE_MAX - used, " [--%s%s%s]", rows[i].name,
			    rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		used += strlen(text + used);
	}
	if (*c->args && used < HELP_USAGE_MAX)
		snprintf(text + used, HELP_USAGE_MAX - used, " %s", c->args);
	return text;
}

static void put_two(const char *left, size_t indent, const char *right)
{
	size_t n = strlen(left);

	if (n + 2 > indent)
		printf("%s\n%*s", left, (int)indent, "");
	else
		printf("%-*s", (int)indent, left);
	text_put_wrapped(stdout, indent, indent, COLUMNS, right);
}

static void print_option(const struct ctl_option_row *row)
{
	char words[48], letter[8] = "";

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(words, sizeof(words), "  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
	    row->argument ? row->argument : "");
	put_two(words, 22, row->meaning);
}

static void help_all(void)
{
	const struct ctl_option_row *rows = ctl_option_rows();
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);

	puts("usage: " HELP_USAGE "\n");
	for (size_t i = 0; i < n; i++) {
		char words[96];

		snprintf(words, sizeof(words), "  %s%s%s%s%s", c[i].noun, c[i].verb ? " " : "",
		    c[i].verb ? c[i].verb : "", *c[i].args ? " " : "", c[i].args);
		put_two(words, 34, c[i].summary);
	}
	putchar('\n');
	for (unsigned i = 0; i < CTL_OPTIONS; i++)
		if (rows[i].is_common || i == CTL_OPTION_VERSION)
			print_option(&rows[i]);
	puts("\nExit codes:");
	for (int i = 0; i < CTL_EXITS; i++)
		printf("  %d  %s\n", i, ctl_exit_meaning((enum ctl_exit)i));
	puts("\nEach command has a help of its own:\n"
	     "  regentctl registration add --help");
}

static void print_field(const struct field_row *row)
{
	char words[32], text[512];
	struct buf b = buf_over(text, sizeof(text));

	snprintf(words, sizeof(words), "  %s", row->name);
	buf_puts(&b, row->meaning);
	buf_puts(&b, " (");
	field_put_values(&b, row);
	buf_puts(&b, strcmp(row->otherwise, "required") != 0 ? "; default: " : "; ");
	buf_puts(&b, row->otherwise);
	buf_puts(&b, ")");
	put_two(words, 20, buf_text(&b));
}

/* Those but the name, which is an argument of its own. */
static void print_fields(enum object_kind kind)
{
	const struct object_table *table = object_table(kind);

	puts("\nFields:");
	for (size_t i = 1; i < table->count; i++)
		if (field_is_read(&table->rows[i]))
			print_field(&table->rows[i]);
}

static void help_command(const struct ctl_command *c)
{
	const struct ctl_option_row *rows = ctl_option_rows();
	char usage[HELP_USAGE_MAX];

	printf("usage: regentctl %s\n\n%c%s.\n", help_usage(c, usage),
	    toupper((unsigned char)c->summary[0]), c->summary + 1);
	if (c->help)
		text_put_wrapped(stdout, 0, 0, COLUMNS, c->help);
	if (c->options)
		putchar('\n');
	for (unsigned i = 0; i < CTL_OPTIONS; i++)
		if (c->options & 1u << i)
			print_option(&rows[i]);
	if (c->takes_fields)
		print_fields(c->kind);
	puts("\nExamples:");
	for (int i = 0; i < CTL_EXAMPLES_MAX && c->examples[i]; i++)
		printf("  regentctl %s\n", c->examples[i]);
}

enum ctl_exit help_print(char **words, int count)
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
	if (found || !count) {
		if (!count)
			help_all();
		return CTL_DONE;
	}
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[0], c[i].noun))
			return help_unknown_verb(words[0], words[1]);
	return help_unknown_noun(words[0]);
}

static json_t *option_names(unsigned options)
{
	const struct ctl_option_row *rows = ctl_option_rows();
	json_t *list = json_array();

	for (unsigned i = 0; i < CTL_OPTIONS; i++)
		if (options & 1u << i)
			json_array_append_new(list, json_string(rows[i].name));
	return list;
}

static json_t *command_json(const struct ctl_command *c)
{
	json_t *examples = json_array();
	char usage[HELP_USAGE_MAX];

	for (int i = 0; i < CTL_EXAMPLES_MAX && c->examples[i]; i++)
		json_array_append_new(examples, json_sprintf("regentctl %s", c->examples[i]));
	return json_pack("{s:s, s:s*, s:s, s:s, s:s, s:s*, s:o, s:o, s:b}", "noun", c->noun, "verb",
	    c->verb, "args", c->args, "usage", help_usage(c, usage), "summary", c->summary, "help",
	    c->help, "options", option_names(c->options), "examples", examples, "takes_fields",
	    c->takes_fields);
}

static json_t *option_json(const struct ctl_option_row *row)
{
	char letter[2] = {row->letter};

	return json_pack("{s:s, s:s*, s:s*, s:b, s:s}", "name", row->name, "letter",
	    row->letter ? letter : NULL, "argument", row->argument, "common", row->is_common,
	    "meaning", row->meaning);
}

enum ctl_exit help_print_tables(void)
{
	json_t *commands = json_array(), *options = json_array(), *exits = json_array(), *root;
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(commands, command_json(&c[i]));
	for (int i = 0; i < CTL_OPTIONS; i++)
		json_array_append_new(options, option_json(&ctl_option_rows()[i]));
	for (int i = 0; i < CTL_EXITS; i++)
		json_array_append_new(exits, json_pack("{s:i, s:s}", "code", i, "meaning",
		                                 ctl_exit_meaning((enum ctl_exit)i)));
	root =
	    ctl_must(json_pack("{s:s, s:o, s:o, s:o, s:o}", "version", REGENT_VERSION, "commands",
	        commands, "options", options, "exit_codes", exits, "advice", advice_tables()));
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
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

enum ctl_exit help_unknown_noun(const char *word)
{
	struct suggest suggest;
	size_t n;
	const struct ctl_command *c = ctl_commands(&n);

	suggest_init(&suggest, word);
	for (size_t i = 0; i < n; i++)
		suggest_offer(&suggest, c[i].noun);
	return unknown("command", word, &suggest);
}

enum ctl_exit help_unknown_verb(const char *noun, const char *word)
{
	struct suggest suggest;
	char verbs[128] = "";
	size_t n, used = 0;
	const struct ctl_command *c = ctl_commands(&n);

	suggest_init(&suggest, word ? word : "");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(c[i].noun, noun) || !c[i].verb || used >= sizeof(verbs))
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

enum ctl_exit help_unknown_option(const char *word)
{
	struct suggest suggest;
	char dashed[32];

	suggest_init(&suggest, word);
	for (int i = 0; i < CTL_OPTIONS; i++) {
		snprintf(dashed, sizeof(dashed), "--%s", ctl_option_rows()[i].name);
		suggest_offer(&suggest, dashed);
	}
	return unknown("option", word, &suggest);
}
