// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/registrations, a page at a time, and /registrations/NAME: what the
 * core shows of each, in the words of docs/interface.md.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_MAX_SIZE 64

static json_t *rtt_json(uint32_t rtt_us)
{
	return rtt_us ? json_real(rtt_us / 1000.0) : json_null();
}

static json_t *view_json(const struct registration_view *v)
{
	return json_pack("{s:o,s:s,s:o,s:o,s:I,s:I,s:s,s:o,s:o,s:o,s:I,"
	                 "s:o,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:I,s:I,s:I}",
	    "name", api_json_text(v->name), "state", registration_state_name(v->state), "since",
	    api_json_time(v->since_ms), "bound_until", api_json_time(v->bound_until_ms),
	    "granted_s", (json_int_t)v->granted_s, "asked_s", (json_int_t)v->asked_s, "next_action",
	    next_action_name(v->next_action), "next_at", api_json_time(v->next_at_ms),
	    "last_status", api_json_number(v->last_status), "last_reason",
	    api_json_text(v->last_reason), "attempts", (json_int_t)v->attempts, "upstream",
	    api_json_text(v->upstream), "target", api_json_text(v->target), "contact",
	    api_json_text(v->contact), "call_id", api_json_text(v->call_id), "cseq",
	    (json_int_t)v->cseq, "rtt_ms", rtt_json(v->rtt_us), "stale_window_s",
	    (json_int_t)v->stale_window_s, "ghosts_removed", (json_int_t)v->ghosts_removed,
	    "ghost_bindings", (json_int_t)v->ghost_bindings, "lookalike_bindings",
	    (json_int_t)v->lookalike_bindings, "foreign_bindings", (json_int_t)v->foreign_bindings);
}

/* A query argument in [minimum, maximum]; `missing` where it was not given. False: replied 400. */
static bool query_number(struct exchange *exchange, const char *key, uint64_t minimum,
    uint64_t maximum, uint32_t missing, uint32_t *number_r)
{
	const char *text = exchange_query(exchange, key);
	uint64_t number = missing;

	if (text && (slice_number(slice_of(text), maximum, &number) || number < minimum)) {
		exchange_fail(exchange, MHD_HTTP_BAD_REQUEST,
		    "%s=%s: a number from %" PRIu64 " to %" PRIu64 " would be right", key, text,
		    minimum, maximum);
		return false;
	}
	*number_r = (uint32_t)number;
	return true;
}

void api_registrations_list(struct exchange *exchange)
{
	struct command command = {.kind = COMMAND_LIST};

	if (query_number(exchange, "cursor", 0, UINT32_MAX, 0, &command.list.from) &&
	    query_number(
	        exchange, "limit", 1, COMMAND_PAGE_MAX, COMMAND_PAGE_MAX, &command.list.limit))
		exchange_ask(exchange, &command);
}

/* The cursor is a text so that clients hand it back as it is and make nothing of it. */
static json_t *cursor_json(uint32_t next)
{
	return next ? json_sprintf("%" PRIu32, next) : json_null();
}

void api_registrations_listed(struct exchange *exchange, const struct answer *answer)
{
	json_t *items = json_array();
	const struct answer_view *v;

	for (v = answer->views; v && items; v = v->next) {
		if (json_array_append_new(items, view_json(&v->view))) {
			json_decref(items);
			items = NULL;
			break;
		}
	}
	exchange_reply(exchange, MHD_HTTP_OK,
	    json_pack("{s:o,s:o}", "items", items, "next", cursor_json(answer->end.next)));
}

static bool name_is_valid(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= NAME_MAX_SIZE &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
	           n;
}

void api_registrations_show(struct exchange *exchange)
{
	const char *name = exchange_name(exchange);
	struct command command = {.kind = COMMAND_SHOW, .name = slice_of(name)};

	if (name_is_valid(name))
		exchange_ask(exchange, &command);
	else
		exchange_fail(exchange, MHD_HTTP_BAD_REQUEST,
		    "a registration's name has 1 to 64 of A-Z a-z 0-9 . _ -");
}

void api_registrations_shown(struct exchange *exchange, const struct answer *answer)
{
	if (answer->views && answer->end.found)
		exchange_reply(exchange, MHD_HTTP_OK, view_json(&answer->views->view));
	else
		exchange_fail(
		    exchange, MHD_HTTP_NOT_FOUND, "there is no registration of this name");
}
