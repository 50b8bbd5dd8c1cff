// SPDX-License-Identifier: Apache-2.0
/*
 * Cells for the tables of `status` and `registration list`.
 */
#include "ctl/row.h"

#include "ctl/when.h"

#include <stdio.h>
#include <string.h>

const char *row_text(const json_t *item, const char *key)
{
	return json_string_value(json_object_get(item, key));
}

const char *row_since(const json_t *item, int64_t now_ms, char text[ROW_TEXT])
{
	char duration[WHEN_MAX];
	int64_t ms;

	if (!when_parse(json_object_get(item, "since"), &ms))
		return NULL;
	snprintf(text, ROW_TEXT, "%s", when_duration(now_ms - ms, duration));
	return text;
}

/* False where a REGISTER may have been taken, and no 200 says so. */
static bool is_bound(const json_t *item)
{
	const char *state = row_text(item, "state");

	return json_integer_value(json_object_get(item, "granted_s")) > 0 &&
	       !(state && !strcmp(state, "unconfirmed"));
}

/* Known from the ledger alone after a start, it may be over sooner. */
static const char *bound_prefix(const json_t *item)
{
	if (!is_bound(item))
		return "maybe ";
	return json_is_true(json_object_get(item, "bound_at_most")) ? "at most " : "";
}

const char *row_expires(const json_t *item, int64_t now_ms, char text[ROW_TEXT])
{
	char duration[WHEN_MAX];
	int64_t ms;

	if (!when_parse(json_object_get(item, "bound_until"), &ms) || ms <= now_ms)
		return NULL;
	snprintf(text, ROW_TEXT, "%s%s", bound_prefix(item), when_duration(ms - now_ms, duration));
	return text;
}

const char *row_next(const json_t *item, int64_t now_ms, char text[ROW_TEXT])
{
	const char *action = row_text(item, "next_action");
	char duration[WHEN_MAX];
	int64_t ms;

	if (!action || !strcmp(action, "none"))
		return NULL;
	if (!when_parse(json_object_get(item, "next_at"), &ms))
		snprintf(text, ROW_TEXT, "%s", action);
	else if (ms <= now_ms)
		snprintf(text, ROW_TEXT, "%s now", action);
	else
		snprintf(text, ROW_TEXT, "%s in %s", action, when_duration(ms - now_ms, duration));
	return text;
}

const char *row_answer(
    const json_t *item, const char *status_key, const char *reason_key, char text[ROW_TEXT])
{
	json_int_t status = json_integer_value(json_object_get(item, status_key));
	const char *reason = row_text(item, reason_key);

	if (status && reason)
		snprintf(text, ROW_TEXT, "%d %s", (int)status, reason);
	else if (status)
		snprintf(text, ROW_TEXT, "%d", (int)status);
	else if (reason)
		snprintf(text, ROW_TEXT, "%s", reason);
	else
		return NULL;
	return text;
}

bool row_state_is_trouble(const char *state)
{
	static const char *const trouble[] = {
	    "waiting", "rejected", "unconfirmed", "refused", "displaced"};

	for (size_t i = 0; i < sizeof(trouble) / sizeof(*trouble); i++)
		if (!strcmp(state, trouble[i]))
			return true;
	return false;
}

bool row_is_trouble(const json_t *item)
{
	const char *state = row_text(item, "state");

	return state && row_state_is_trouble(state);
}
