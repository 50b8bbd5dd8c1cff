// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration show`: how it fares, what to do about it, and how it
 * is provisioned.
 */
#include "ctl/advice.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/when.h"

#include <stdlib.h>
#include <string.h>

#define LABEL 18 /* columns of the names on the left */

struct field {
	const char *key, *label, *unit;
};

static const struct field fields[] = {
    {"name", "Name", ""},
    {"state", "State", ""},
    {"since", "Since", ""},
    {"last_status", "Last status", ""},
    {"last_reason", "Last reason", ""},
    {"attempts", "Failed attempts", ""},
    {"next_action", "Next", ""},
    {"next_at", "Next at", ""},
    {"bound_until", "Bound until", ""},
    {"granted_s", "Granted", " s"},
    {"asked_s", "Asked for", " s"},
    {"stale_window_s", "Stale window", " s"},
    {"upstream", "Upstream", ""},
    {"target", "Target", ""},
    {"contact", "Contact", ""},
    {"call_id", "Call-ID", ""},
    {"cseq", "CSeq", ""},
    {"rtt_ms", "Round trip", " ms"},
    {"ghost_bindings", "Ghosts", ""},
    {"lookalike_bindings", "Lookalikes", ""},
    {"ghosts_removed", "Ghosts removed", ""},
    {"foreign_bindings", "Foreign bindings", ""},
};

static void print_text(const json_t *value)
{
	char *clean = text_clean(json_string_value(value));
	char duration[WHEN_MAX];
	int64_t ms, now_ms = when_now_ms();

	fputs(clean, stdout);
	free(clean);
	if (!when_parse(value, &ms))
		return;
	if (ms > now_ms)
		printf("  (in %s)", when_duration(ms - now_ms, duration));
	else
		printf("  (%s ago)", when_duration(now_ms - ms, duration));
}

static void print_field(const char *label, const json_t *value, const char *unit)
{
	printf("%-*s ", LABEL - 1, label);
	if (json_is_string(value))
		print_text(value);
	else if (json_is_integer(value))
		printf("%lld%s", (long long)json_integer_value(value), unit);
	else if (json_is_real(value))
		printf("%.1f%s", json_real_value(value), unit);
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "on" : "off", stdout);
	else
		putchar('-');
	putchar('\n');
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(fields[i].key, key))
			return true;
	return !strcmp(key, "config") || !strcmp(key, "bound_at_most");
}

/* As it was provisioned; what was left to its default says nothing. */
static void print_config(json_t *config)
{
	const char *key;
	json_t *value;

	if (!json_is_object(config))
		return;
	puts("\nConfiguration:");
	json_object_foreach(config, key, value)
	{
		if (!json_is_null(value) && strcmp(key, "name"))
			print_field(key, value, "");
	}
}

static void print_words(const char *label, const char *words)
{
	printf("%-*s", LABEL, label);
	text_put_wrapped(stdout, LABEL, LABEL, table_width_of(stdout), words);
}

/* Known from the ledger alone after a start, it may be over sooner. */
static const char *label_of(const struct field *field, const json_t *item)
{
	bool is_at_most = json_is_true(json_object_get(item, "bound_at_most"));

	return is_at_most && !strcmp(field->key, "bound_until") ? "At most until" : field->label;
}

/* A field that a newer daemon has is shown under its own name, behind those we know. */
static void print_item(json_t *item)
{
	const struct advice_row *advice = advice_for(item);
	char text[ADVICE_MAX];
	const char *key;
	json_t *value;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		print_field(label_of(&fields[i], item), json_object_get(item, fields[i].key),
		    fields[i].unit);
	json_object_foreach(item, key, value)
	{
		if (!is_known(key))
			print_field(key, value, "");
	}
	if (advice) {
		putchar('\n');
		print_words("That means", advice->meaning);
		print_words("What to do", advice_text(advice, item, row_text(item, "name"), text));
	}
	print_config(json_object_get(item, "config"));
}

enum ctl_exit ctl_registration_show(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;
	char path[NAME_PATH_MAX];

	http_ask(ctl, "GET", name_path(ctl->argv[0], "", path), &reply);
	code = name_complain(ctl, &reply, ctl->argv[0]);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		print_item(reply.json);
	http_release(&reply);
	return code;
}
