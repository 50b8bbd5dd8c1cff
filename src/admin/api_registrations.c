// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/registrations, a page at a time, and /registrations/NAME: what the
 * core shows of each, in the words of docs/api.md.
 */
#include "admin/api.h"
#include "admin/api_json.h"

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

	if (!api_query_limit(http, &command.list.limit) ||
	    !query_order(http, &command.list.by_name) || !query_states(http, &command.list.states))
		return;
	if (command.kind == COMMAND_DEBTS)
		command.list.by_name = false;
	if (command.list.by_name)
		command.list.after = slice_of(cursor);
	else if (!api_query_slot(http, &command.list.from))
		return;
	http_request_ask(http, &command);
}

static json_t *listed_view_json(const struct answer *said)
{
	return view_json(&said->view.view);
}

static json_t *listed_debt_json(const struct answer *said)
{
	const struct debt_view *debt = &said->debt;
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
	api_page_reply(http, answer, is_of_debts(http) ? listed_debt_json : listed_view_json);
}

void api_registrations_show(struct http_request *http)
{
	struct command command = {.kind = COMMAND_SHOW, .name = slice_of(http_request_name(http))};

	if (api_check_name(http))
		http_request_ask(http, &command);
}

void api_registrations_shown(struct http_request *http, const struct pending_answer *answer)
{
	const struct answer_view *v;
	json_t *json;

	if (answer->view_count == 0 || !answer->end->view_end.found) {
		api_no_such(http);
		return;
	}
	v = &answer->views[0]->view;
	json = view_json(&v->view);
	if (json && v->config)
		json_object_set_new(json, "config",
		    api_config_json(OBJECT_REGISTRATION, v->config, v->has_password));
	http_request_reply(http, MHD_HTTP_OK, json);
}
