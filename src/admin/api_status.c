// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/status: the whole switch in a few numbers, and the progress of a
 * stop while one is under way.
 */
#include "admin/api.h"
#include "admin/api_json.h"

static void ask(struct http_request *http, uint32_t from)
{
	struct command command = {
	    .kind = COMMAND_STATUS, .status = {.from = from, .limit = COMMAND_PAGE_MAX}};

	http_request_ask(http, &command);
}

void api_status_get(struct http_request *http)
{
	ask(http, 0);
}

static json_t *states_json(const uint32_t counts[STATE_COUNT])
{
	json_t *states = json_object();

	for (int i = 0; i < STATE_COUNT && states; i++) {
		if (json_object_set_new(
		        states, registration_state_name(i), json_integer(counts[i]))) {
			json_decref(states);
			return NULL;
		}
	}
	return states;
}

static json_t *stop_json(const struct answer_status *s)
{
	if (!s->stopping)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:o}", "total", (json_int_t)s->stop_total, "settled",
	    (json_int_t)s->stop_settled, "left", (json_int_t)s->stop_left, "deadline",
	    api_json_time(s->stop_deadline_ms));
}

static json_t *traffic_json(const struct traffic_counters *t)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "requests",
	    (json_int_t)t->requests, "repetitions", (json_int_t)t->repetitions, "timeouts",
	    (json_int_t)t->timeouts, "responses", (json_int_t)t->responses, "late",
	    (json_int_t)t->late, "stray", (json_int_t)t->stray, "forged", (json_int_t)t->forged,
	    "malformed", (json_int_t)t->malformed, "skipped_lines", (json_int_t)t->skipped_lines,
	    "elsewhere", (json_int_t)t->elsewhere, "mismatched", (json_int_t)t->mismatched,
	    "unreadable", (json_int_t)t->unreadable);
}

void api_status_got(struct http_request *http, const struct pending_answer *answer)
{
	const struct http_server *server = http_request_server_of(http);
	const struct answer_status *s = &answer->end->status;
	struct registration_tally *tally = &http_request_tally(http)->registrations;

	registration_tally_add(tally, &s->tally);
	if (s->next) {
		ask(http, s->next);
		return;
	}
	http_request_reply(http, MHD_HTTP_OK,
	    json_pack(
	        "{s:o,s:o,s:o,s:b,s:b,s:b,s:I,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:b,s:o}",
	        "node", api_json_text(slice_of(server->node)), "version",
	        api_json_text(slice_of(server->version)), "started",
	        api_json_time(server->started_ms), "held", server->is_held, "ledger_failing",
	        s->is_ledger_failing, "bindings_failing", s->is_binding_failing, "registrations",
	        (json_int_t)s->registrations, "states", states_json(tally->states), "debts",
	        (json_int_t)s->debts, "ghosts", (json_int_t)tally->ghosts, "lookalikes",
	        (json_int_t)tally->lookalikes, "foreign", (json_int_t)tally->foreign,
	        "stale_windows", (json_int_t)tally->stale_windows, "stale_window_s",
	        (json_int_t)tally->stale_window_s, "endpoints", (json_int_t)s->endpoints,
	        "bindings", (json_int_t)s->bindings, "traffic", traffic_json(&s->traffic),
	        "stopping", s->stopping, "stop", stop_json(s)));
}
