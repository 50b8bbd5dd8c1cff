// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration list`: page by page, as a table or as one JSON
 * document, so that a million of them take no memory.
 */
#include "ctl/name.h"
#include "ctl/pages.h"
#include "ctl/row.h"
#include "ctl/suggest.h"
#include "ctl/table.h"
#include "ctl/when.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

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
static enum ctl_exit check_state(const struct ctl *ctl, const char *state)
{
	struct http_reply reply;
	struct suggest suggest;
	enum ctl_exit code;
	const char *key, *best;
	json_t *states, *count;

	if (!state)
		return CTL_DONE;
	http_ask(ctl, "GET", "/api/v1/status", &reply);
	code = http_complain(&reply);
	states = json_object_get(reply.json, "states");
	if (!code && states && !json_object_get(states, state)) {
		suggest_init(&suggest, state);
		json_object_foreach(states, key, count) suggest_offer(&suggest, key);
		best = suggest_best(&suggest);
		if (best)
			ctl_error("there is no state '%s'; did you mean '%s'?", state, best);
		else
			complain_of_state(state, states);
		code = CTL_USAGE;
	}
	http_release(&reply);
	return code;
}

struct listing {
	const char *state;   /* NULL: all */
	const char *where;   /* the field of the sixth column */
	struct table *table; /* NULL: as JSON */
	size_t count;
	int64_t now_ms;
};

static void add_row(struct listing *listing, const json_t *item)
{
	char since[ROW_TEXT], expires[ROW_TEXT], next[ROW_TEXT], last[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "name"),
	    row_text(item, "state"),
	    row_since(item, listing->now_ms, since),
	    row_expires(item, listing->now_ms, expires),
	    row_next(item, listing->now_ms, next),
	    row_text(item, listing->where),
	    row_answer(item, "last_status", "last_reason", last),
	};

	table_add(listing->table, cells);
}

static void put_json(const struct listing *listing, const json_t *item)
{
	char *text = ctl_must(json_dumps(item, JSON_COMPACT | JSON_REAL_PRECISION(9)));

	fputs(listing->count ? "," : "{\"items\":[", stdout);
	fputs(text, stdout);
	free(text);
}

static bool list_item(void *context, json_t *item)
{
	struct listing *listing = context;
	if (listing->table)
		add_row(listing, item);
	else
		put_json(listing, item);
	listing->count++;
	return !ferror(stdout);
}

static bool print_page(void *context)
{
	struct listing *listing = context;

	if (listing->table && table_rows(listing->table))
		table_print_page(listing->table, stdout, table_width_of(stdout));
	return !ferror(stdout);
}

static void say_none(const struct ctl *ctl, const struct listing *listing)
{
	if (ctl->option[CTL_OPTION_DEBTS])
		ctl_say("no debts: no upstream holds a binding that is no longer wanted");
	else if (listing->state)
		ctl_say("no registrations in state %s", listing->state);
	else
		ctl_say("no registrations; add them with regentctl registration add or regentctl "
		        "apply FILE");
}

static const char *path_of(const struct ctl *ctl, char path[NAME_PATH_MAX])
{
	const char *state = ctl->option[CTL_OPTION_STATE];

	if (ctl->option[CTL_OPTION_DEBTS])
		return NAME_PATH "?debts=1";
	snprintf(path, NAME_PATH_MAX, NAME_PATH "?order=name%s%s", state ? "&state=" : "",
	    state ? state : "");
	return path;
}

static enum ctl_exit walk(const struct ctl *ctl, struct listing *listing)
{
	struct pages_visitor visitor = {list_item, print_page, listing};
	char path[NAME_PATH_MAX];
	enum ctl_exit code = pages_walk(ctl, path_of(ctl, path), &visitor);

	/* What was cut off by an error stays visibly cut off. */
	if (!listing->table && !code)
		puts(listing->count ? "],\"next\":null}" : "{\"items\":[],\"next\":null}");
	else if (!code && !listing->count)
		say_none(ctl, listing);
	return code;
}

enum ctl_exit ctl_registration_list(const struct ctl *ctl)
{
	bool debts = ctl->option[CTL_OPTION_DEBTS];
	const struct table_column columns[] = {
	    {"NAME", 16, 0},
	    {"STATE", 0, 0},
	    {"SINCE", 0, 5},
	    {"EXPIRES", 0, 2},
	    {"NEXT", 0, 3},
	    {debts ? "CONTACT" : "TARGET", debts ? 24 : 0, 4},
	    {"LAST", 10, 1},
	};
	struct listing listing = {
	    .state = ctl->option[CTL_OPTION_STATE],
	    .where = debts ? "contact" : "target",
	    .now_ms = when_now_ms(),
	};
	enum ctl_exit code = CTL_USAGE;

	if (debts && listing.state)
		ctl_error("--debts and --state cannot be combined");
	else
		code = check_state(ctl, listing.state);
	if (code)
		return code;
	if (!ctl->json)
		listing.table = table_new(columns, sizeof(columns) / sizeof(*columns));
	code = walk(ctl, &listing);
	table_free(&listing.table);
	return code;
}
