// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl status`: first whether all is well, then what is not.
 */
#include "ctl/pages.h"
#include "ctl/row.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 10

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Registrations in states that somebody should look at. */
static json_int_t count_trouble(json_t *states)
{
	const char *state;
	json_t *count;
	json_int_t n = 0;

	json_object_foreach(states, state, count) if (row_state_is_trouble(state)) n +=
	    json_integer_value(count);
	return n;
}

static void print_head(const json_t *status, json_int_t trouble)
{
	json_t *states = json_object_get(status, "states");
	json_int_t up = number(states, "registered") + number(states, "refreshing");
	json_int_t all = number(status, "registrations");
	const char *node = row_text(status, "node");
	const char *version = row_text(status, "version");
	char *clean = text_clean(node ? node : "regentd");
	char up_for[WHEN_MAX] = "";
	int64_t ms;

	if (when_parse(json_object_get(status, "started"), &ms))
		when_duration(when_now_ms() - ms, up_for);
	printf("%s: %lld of %lld registered", clean, (long long)up, (long long)all);
	if (trouble)
		printf(", %lld need%s attention", (long long)trouble, trouble == 1 ? "s" : "");
	printf("    (regentd %s, up %s)\n", version ? version : "?", up_for);
	free(clean);
}

static void print_stop(const json_t *stop)
{
	char left[WHEN_MAX];
	int64_t ms;

	if (!json_is_object(stop))
		return;
	printf("\nSTOPPING: %lld of %lld settled, %lld left", (long long)number(stop, "settled"),
	    (long long)number(stop, "total"), (long long)number(stop, "left"));
	if (when_parse(json_object_get(stop, "deadline"), &ms))
		printf(", ends in %s at the latest", when_duration(ms - when_now_ms(), left));
	putchar('\n');
}

static void print_ledger(const json_t *status)
{
	if (json_is_true(json_object_get(status, "ledger_failing")))
		puts("\nThe ledger cannot be written: existing bindings go on, but nothing new is "
		     "registered.\nCheck the disk of the state directory (state in regent.yaml), "
		     "and the log.");
	if (json_is_true(json_object_get(status, "bindings_failing")))
		puts(
		    "\nThe bindings of phones cannot be written: phones are served, but after a "
		    "kill those that\nregister now are not found before they register again. Check "
		    "the disk of the state\ndirectory (state in regent.yaml), and the log.");
}

static void print_states(const json_t *status)
{
	json_int_t debts = number(status, "debts");
	const char *state;
	json_t *count;

	putchar('\n');
	json_object_foreach(
	    json_object_get(status, "states"), state, count) if (json_integer_value(count))
	    printf("  %-14s %8lld\n", state, (long long)json_integer_value(count));
	if (debts)
		printf("  %-14s %8lld  bindings that are no longer wanted, but that an upstream "
		       "may still hold\n",
		    "debts", (long long)debts);
}

static void print_phones(const json_t *status)
{
	if (number(status, "endpoints"))
		printf("\n  %-14s %8lld\n  %-14s %8lld  devices that are registered here\n",
		    "endpoints", (long long)number(status, "endpoints"), "bindings",
		    (long long)number(status, "bindings"));
}

/* Answers that came and were not taken, or not whole: they are no silence. */
static void print_untaken(const json_t *traffic)
{
	static const struct {
		const char *key, *meaning;
	} rows[] = {
	    {"elsewhere", "answers from another address than the one that was asked: ignored"},
	    {"unreadable", "answers that are not valid SIP: ignored"},
	    {"mismatched", "answers with another CSeq or method than the request: ignored"},
	    {"forged", "answers with a branch that Regent never sent: ignored"},
	    {"skipped_lines", "header lines in answers that could not be read: ignored"},
	};
	bool is_first = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_int_t count = number(traffic, rows[i].key);

		if (count == 0)
			continue;
		if (is_first)
			putchar('\n');
		is_first = false;
		printf("  %-14s %8lld  %s\n", rows[i].key, (long long)count, rows[i].meaning);
	}
}

struct trouble {
	struct table *table;
	int64_t now_ms;
};

static bool show_trouble(void *context, json_t *item)
{
	struct trouble *trouble = context;
	char since[ROW_TEXT], last[ROW_TEXT], next[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "name"),
	    row_text(item, "state"),
	    row_since(item, trouble->now_ms, since),
	    row_answer(item, "last_status", "last_reason", last),
	    row_next(item, trouble->now_ms, next),
	};

	if (row_is_trouble(item))
		table_add(trouble->table, cells);
	return table_rows(trouble->table) < SHOWN_MAX;
}

static enum ctl_exit print_trouble(const struct ctl *ctl, json_int_t count)
{
	static const struct table_column columns[] = {
	    {"NAME", 12, 0},
	    {"STATE", 0, 0},
	    {"SINCE", 0, 2},
	    {"LAST", 10, 1},
	    {"NEXT", 0, 3},
	};
	struct trouble trouble = {
	    table_new(columns, sizeof(columns) / sizeof(*columns)), when_now_ms()};
	struct pages_visitor visitor = {.item = show_trouble, .context = &trouble};
	enum ctl_exit code = pages_walk(ctl, "/api/v1/registrations", &visitor);
	size_t shown = table_rows(trouble.table);

	if (!code && shown) {
		putchar('\n');
		table_print(trouble.table, stdout, table_width_of(stdout));
		if (count > (json_int_t)shown)
			printf("and %lld more: regentctl registration list --state STATE\n",
			    (long long)count - (long long)shown);
	}
	table_free(&trouble.table);
	return code;
}

static enum ctl_exit print_status(const struct ctl *ctl, const json_t *status)
{
	json_int_t trouble = count_trouble(json_object_get(status, "states"));

	print_head(status, trouble);
	if (json_is_true(json_object_get(status, "held"))) {
		ctl_say("the state directory was made on another machine, and nothing is sent; "
		        "see regentctl node --help");
		return CTL_UNSETTLED;
	}
	print_stop(json_object_get(status, "stop"));
	print_ledger(status);
	print_states(status);
	print_phones(status);
	print_untaken(json_object_get(status, "traffic"));
	if (!number(status, "registrations") && !number(status, "endpoints"))
		ctl_say("no registrations yet; to add one, see regentctl registration add --help");
	return trouble ? print_trouble(ctl, trouble) : CTL_DONE;
}

enum ctl_exit ctl_status(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;

	http_ask(ctl, "GET", "/api/v1/status", &reply);
	code = http_complain(&reply);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		code = print_status(ctl, reply.json);
	http_release(&reply);
	return code;
}
