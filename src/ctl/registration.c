// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration list` and `show`.
 */
#include "ctl/pages.h"
#include "ctl/row.h"
#include "ctl/suggest.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/when.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_PATH "/api/v1/registrations"

/* Names looked at for a suggestion: enough for most switches, and soon done. */
#define SUGGEST_FROM 20000

struct selection {
	const char *state; /* NULL: all */
	json_t *items;
};

static bool select_item(void *context, json_t *item)
{
	struct selection *selection = context;
	const char *state = row_text(item, "state");

	if (!selection->state || (state && !strcmp(state, selection->state)))
		json_array_append(selection->items, item);
	return true;
}

static void complain_of_state(const char *state, json_t *states)
{
	char names[256] = "";
	size_t used = 0;
	const char *key;
	json_t *count;

	json_object_foreach(states, key, count) if (used < sizeof(names)) used +=
	    (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", key);
	ctl_error("there is no state '%s'; there are %s", state, names);
}

/* A state is what the daemon's own status counts, so that the words stay in one place. */
static enum ctl_exit check_state(const struct ctl *ctl)
{
	struct http_reply reply;
	struct suggest suggest;
	enum ctl_exit code;
	const char *key, *best;
	json_t *states, *count;

	if (!ctl->state)
		return CTL_DONE;
	http_ask(ctl, "GET", "/api/v1/status", &reply);
	code = http_complain(&reply);
	states = json_object_get(reply.json, "states");
	if (!code && states && !json_object_get(states, ctl->state)) {
		suggest_init(&suggest, ctl->state);
		json_object_foreach(states, key, count) suggest_offer(&suggest, key);
		best = suggest_best(&suggest);
		if (best)
			ctl_error("there is no state '%s'; did you mean '%s'?", ctl->state, best);
		else
			complain_of_state(ctl->state, states);
		code = CTL_USAGE;
	}
	http_release(&reply);
	return code;
}

static int by_name(const void *a, const void *b)
{
	const char *x = row_text(*(json_t *const *)a, "name");
	const char *y = row_text(*(json_t *const *)b, "name");

	return strcmp(x ? x : "", y ? y : "");
}

static void add_row(struct table *table, const json_t *item, int64_t now_ms)
{
	char since[ROW_TEXT], expires[ROW_TEXT], next[ROW_TEXT], last[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "name"),
	    row_text(item, "state"),
	    row_since(item, now_ms, since),
	    row_expires(item, now_ms, expires),
	    row_next(item, now_ms, next),
	    row_text(item, "target"),
	    row_answer(item, "last_status", "last_reason", last),
	};

	table_add(table, cells);
}

static void print_items(const json_t *items)
{
	static const struct table_column columns[] = {
	    {"NAME", 12, 0},
	    {"STATE", 0, 0},
	    {"SINCE", 0, 4},
	    {"EXPIRES", 0, 2},
	    {"NEXT", 0, 3},
	    {"TARGET", 12, 5},
	    {"LAST", 10, 1},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	size_t n = json_array_size(items);
	json_t **sorted = calloc(n ? n : 1, sizeof(*sorted));
	int64_t now_ms = when_now_ms();

	if (!sorted)
		abort();
	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(items, i);
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		add_row(table, sorted[i], now_ms);
	table_print(table, stdout, table_width_of(stdout));
	table_free(&table);
	free(sorted);
}

static void print_json(json_t *items)
{
	json_t *page = json_pack("{s:O,s:n}", "items", items, "next");
	char *text = page ? json_dumps(page, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

	if (!text)
		abort();
	puts(text);
	free(text);
	json_decref(page);
}

enum ctl_exit ctl_registration_list(const struct ctl *ctl)
{
	struct selection selection = {ctl->state, json_array()};
	enum ctl_exit code = check_state(ctl);

	if (!code)
		code = pages_walk(ctl, LIST_PATH, select_item, &selection);
	if (!code && ctl->json)
		print_json(selection.items);
	else if (!code && json_array_size(selection.items))
		print_items(selection.items);
	else if (!code && ctl->state)
		fprintf(stderr, "no registrations in state %s\n", ctl->state);
	else if (!code)
		fputs("no registrations; regentd --apply FILE adds them\n", stderr);
	json_decref(selection.items);
	return code;
}

struct names {
	struct suggest suggest;
	size_t seen;
};

static bool offer_name(void *context, json_t *item)
{
	struct names *names = context;
	const char *name = row_text(item, "name");

	if (name)
		suggest_offer(&names->suggest, name);
	return ++names->seen < SUGGEST_FROM;
}

static void complain_of_name(const struct ctl *ctl, const char *name)
{
	struct names names = {.seen = 0};
	const char *best = NULL;

	suggest_init(&names.suggest, name);
	if (!pages_walk(ctl, LIST_PATH, offer_name, &names))
		best = suggest_best(&names.suggest);
	if (best)
		ctl_error("there is no registration '%s'; did you mean '%s'?", name, best);
	else
		ctl_error("there is no registration '%s'; see regentctl registration list", name);
}

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
    {"asked_s", "Asked", " s"},
    {"stale_window_s", "Stale window", " s"},
    {"upstream", "Upstream", ""},
    {"target", "Target", ""},
    {"contact", "Contact", ""},
    {"call_id", "Call-ID", ""},
    {"cseq", "CSeq", ""},
    {"rtt_ms", "Round trip", " ms"},
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
	printf("%-18s", label);
	if (json_is_string(value))
		print_text(value);
	else if (json_is_integer(value))
		printf("%lld%s", (long long)json_integer_value(value), unit);
	else if (json_is_real(value))
		printf("%.1f%s", json_real_value(value), unit);
	else
		putchar('-');
	putchar('\n');
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(fields[i].key, key))
			return true;
	return false;
}

/* A field that a newer daemon has is shown under its own name, behind those we know. */
static void print_item(json_t *item)
{
	const char *key;
	json_t *value;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		print_field(fields[i].label, json_object_get(item, fields[i].key), fields[i].unit);
	json_object_foreach(item, key, value) if (!is_known(key)) print_field(key, value, "");
}

enum ctl_exit ctl_registration_show(const struct ctl *ctl)
{
	char *name = curl_easy_escape(NULL, ctl->argv[0], 0);
	struct http_reply reply;
	enum ctl_exit code = CTL_DONE;
	char path[512];

	if (!name)
		abort();
	snprintf(path, sizeof(path), LIST_PATH "/%s", name);
	curl_free(name);
	http_ask(ctl, "GET", path, &reply);
	if (reply.outcome == HTTP_REFUSED && reply.status == 404) {
		complain_of_name(ctl, ctl->argv[0]);
		code = CTL_REFUSED;
	} else {
		code = http_complain(&reply);
	}
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		print_item(reply.json);
	http_release(&reply);
	return code;
}
