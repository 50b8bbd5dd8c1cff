// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/registrations, a page at a time, and /registrations/NAME: what the
 * core shows of each, in the words of docs/api.md.
 */
#include "admin/api.h"
#include "admin/api_json.h"
#include "config/object_text.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *rtt_json(uint32_t rtt_us)
{
	return rtt_us ? json_real(rtt_us / 1000.0) : json_null();
}

static json_t *view_json(const struct registration_view *v)
{
	return json_pack("{s:o,s:s,s:o,s:o,s:b,s:I,s:I,s:s,s:o,s:o,s:o,s:I,"
	                 "s:o,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:I,s:I,s:I}",
	    "name", api_json_text(v->name), "state", registration_state_name(v->state), "since",
	    api_json_time(v->since_ms), "bound_until", api_json_time(v->bound_until_ms),
	    "bound_at_most", v->is_bound_at_most, "granted_s", (json_int_t)v->granted_s, "asked_s",
	    (json_int_t)v->asked_s, "next_action", next_action_name(v->next_action), "next_at",
	    api_json_time(v->next_at_ms), "last_status", api_json_number(v->last_status),
	    "last_reason", api_json_text(v->last_reason), "attempts", (json_int_t)v->attempts,
	    "upstream", api_json_text(v->upstream), "target", api_json_text(v->target), "contact",
	    api_json_text(v->contact), "call_id", api_json_text(v->call_id), "cseq",
	    (json_int_t)v->cseq, "rtt_ms", rtt_json(v->rtt_us), "stale_window_s",
	    (json_int_t)v->stale_window_s, "ghosts_removed", (json_int_t)v->ghosts_removed,
	    "ghost_bindings", (json_int_t)v->ghost_bindings, "lookalike_bindings",
	    (json_int_t)v->lookalike_bindings, "foreign_bindings", (json_int_t)v->foreign_bindings);
}

/* A query argument in [minimum, maximum]; `missing` where it was not given. False: replied 400. */
static bool query_number(struct http_request *http, const char *key, uint64_t minimum,
    uint64_t maximum, uint32_t missing, uint32_t *number_r)
{
	const char *text = http_request_query(http, key);
	uint64_t number = missing;

	if (text && (slice_number(slice_of(text), maximum, &number) || number < minimum)) {
		http_request_fail(http, MHD_HTTP_BAD_REQUEST,
		    "%s=%s: a number from %" PRIu64 " to %" PRIu64 " would be right", key, text,
		    minimum, maximum);
		return false;
	}
	*number_r = (uint32_t)number;
	return true;
}

/* The states asked for as bits; 0: all. False: replied 400. */
static bool query_states(struct http_request *http, uint32_t *states_r)
{
	const char *text = http_request_query(http, "state");

	*states_r = 0;
	if (!text)
		return true;
	for (enum registration_state s = 0; s < STATE_COUNT; s++)
		if (!strcmp(text, registration_state_name(s)))
			*states_r = UINT32_C(1) << s;
	if (*states_r == 0)
		http_request_fail(
		    http, MHD_HTTP_BAD_REQUEST, "state=%s: there is no such state", text);
	return *states_r != 0;
}

static bool query_order(struct http_request *http, bool *by_name_r)
{
	const char *text = http_request_query(http, "order");

	*by_name_r = text && !strcmp(text, "name");
	if (!text || *by_name_r)
		return true;
	http_request_fail(http, MHD_HTTP_BAD_REQUEST,
	    "order=%s: name would be right; states and times change from page to page", text);
	return false;
}

static bool is_of_debts(const struct http_request *http)
{
	const char *text = http_request_query(http, "debts");

	return text && strcmp(text, "0") != 0;
}

void api_registrations_list(struct http_request *http)
{
	struct command command = {.kind = is_of_debts(http) ? COMMAND_DEBTS : COMMAND_LIST};
	const char *cursor = http_request_query(http, "cursor");

	if (!query_number(
	        http, "limit", 1, COMMAND_PAGE_MAX, COMMAND_PAGE_MAX, &command.list.limit) ||
	    !query_order(http, &command.list.by_name) || !query_states(http, &command.list.states))
		return;
	if (command.kind == COMMAND_DEBTS)
		command.list.by_name = false;
	if (command.list.by_name)
		command.list.after = slice_of(cursor);
	else if (!query_number(http, "cursor", 0, UINT32_MAX, 0, &command.list.from))
		return;
	http_request_ask(http, &command);
}

/* The cursor is a text so that clients hand it back as it is and make nothing of it. */
static json_t *cursor_json(const struct pending_answer *answer)
{
	const struct answer_view_end *end = &answer->end->view_end;

	if (end->next_name.n > 0)
		return api_json_text(end->next_name);
	return end->next ? json_sprintf("%" PRIu32, end->next) : json_null();
}

static json_t *debt_json(const struct debt_view *debt)
{
	json_t *json = view_json(&debt->view);

	if (!json)
		return NULL;
	json_object_set_new(json, "name", api_json_text(debt->view.name));
	json_object_set_new(json, "aor", api_json_text(debt->aor));
	json_object_set_new(json, "outcome", json_string(debt_cause_name(debt->cause)));
	json_object_set_new(json, "has_registration", json_boolean(debt->has_registration));
	json_object_set_new(json, "withheld", json_boolean(debt->is_withheld));
	json_object_set_new(json, "ghost", json_boolean(debt->is_ghost));
	return json;
}

void api_registrations_listed(struct http_request *http, const struct pending_answer *answer)
{
	bool of_debts = is_of_debts(http);
	json_t *items = json_array();

	for (uint32_t i = 0; i < answer->view_count && items; i++) {
		const struct answer *said = answer->views[i];

		if (json_array_append_new(
		        items, of_debts ? debt_json(&said->debt) : view_json(&said->view.view))) {
			json_decref(items);
			items = NULL;
			break;
		}
	}
	http_request_reply(
	    http, MHD_HTTP_OK, json_pack("{s:o,s:o}", "items", items, "next", cursor_json(answer)));
}

bool api_check_name(struct http_request *http)
{
	char unused[256];
	struct buf why = buf_over(unused, sizeof(unused));

	if (field_check_name(slice_of(http_request_name(http)), &why) == 0)
		return true;
	http_request_fail(
	    http, MHD_HTTP_BAD_REQUEST, "a registration's name has 1 to 64 of A-Z a-z 0-9 . _ -");
	return false;
}

void api_registrations_show(struct http_request *http)
{
	struct command command = {.kind = COMMAND_SHOW, .name = slice_of(http_request_name(http))};

	if (api_check_name(http))
		http_request_ask(http, &command);
}

static json_t *field_json(const struct field_row *row, const struct answer_view *v)
{
	char text[OBJECT_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (row->type == FIELD_SECRET)
		return v->has_password ? json_string("set") : json_null();
	object_text_put(&b, row, v->config);
	return json_loadb(b.p, b.n, JSON_DECODE_ANY, NULL);
}

/* Every field as it is provisioned; of the password, whether there is one. */
static json_t *config_json(const struct answer_view *v)
{
	const struct object_table *table = object_table(OBJECT_REGISTRATION);
	json_t *config = json_object();

	for (size_t i = 0; i < table->count && config; i++)
		if (field_is_kept(&table->rows[i]))
			json_object_set_new(
			    config, table->rows[i].name, field_json(&table->rows[i], v));
	return config;
}

void api_registrations_shown(struct http_request *http, const struct pending_answer *answer)
{
	const struct answer_view *v;
	json_t *json;

	if (answer->view_count == 0 || !answer->end->view_end.found) {
		http_request_fail(
		    http, MHD_HTTP_NOT_FOUND, "there is no registration of this name");
		return;
	}
	v = &answer->views[0]->view;
	json = view_json(&v->view);
	if (json && v->config)
		json_object_set_new(json, "config", config_json(v));
	http_request_reply(http, MHD_HTTP_OK, json);
}
