// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration list`: registrations, or debts.
 */
#include "ctl/listing.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/suggest.h"

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

/* The sixth column is another one for debts. */
static void add_cells(struct table *table, const json_t *item, int64_t now_ms, const char *sixth)
{
	char since[ROW_TEXT], expires[ROW_TEXT], next[ROW_TEXT], last[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "name"),
	    row_text(item, "state"),
	    row_since(item, now_ms, since),
	    row_expires(item, now_ms, expires),
	    row_next(item, now_ms, next),
	    row_text(item, sixth),
	    row_answer(item, "last_status", "last_reason", last),
	};

	table_add(table, cells);
}

static void add_registration(struct table *table, const json_t *item, int64_t now_ms)
{
	add_cells(table, item, now_ms, "target");
}

static void add_debt(struct table *table, const json_t *item, int64_t now_ms)
{
	add_cells(table, item, now_ms, "contact");
}

static const char *query_of(const struct ctl *ctl, char *text, size_t size)
{
	const char *state = ctl->option[CTL_OPTION_STATE];

	if (ctl->option[CTL_OPTION_DEBTS])
		return "?debts=1";
	snprintf(text, size, "?order=name%s%s", state ? "&state=" : "", state ? state : "");
	return text;
}

static const char *none_of(const struct ctl *ctl, char *text, size_t size)
{
	const char *state = ctl->option[CTL_OPTION_STATE];

	if (ctl->option[CTL_OPTION_DEBTS])
		return "no debts: no upstream holds a binding that is no longer wanted";
	if (!state)
		return "no registrations; add them with regentctl registration add or regentctl "
		       "apply FILE";
	snprintf(text, size, "no registrations in state %s", state);
	return text;
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
	char query[128], path[NAME_PATH_MAX], none[128];
	struct listing listing = {
	    .path = name_all(ctl, query_of(ctl, query, sizeof(query)), path),
	    .columns = columns,
	    .column_count = sizeof(columns) / sizeof(*columns),
	    .add = debts ? add_debt : add_registration,
	    .none = none_of(ctl, none, sizeof(none)),
	};
	enum ctl_exit code = CTL_USAGE;

	if (debts && ctl->option[CTL_OPTION_STATE])
		ctl_error("--debts and --state cannot be combined");
	else
		code = check_state(ctl, ctl->option[CTL_OPTION_STATE]);
	return code ? code : listing_print(ctl, &listing);
}
