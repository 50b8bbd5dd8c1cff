// SPDX-License-Identifier: Apache-2.0
/*
 * What is ordered of one registration and changes no object: refresh it now,
 * take its binding back now, list what upstream holds beside it, remove that.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#define REMOVALS_MAX 32 /* Contacts that one request may name */

static void order(struct http_request *http, enum command_kind kind)
{
	struct command command = {.kind = kind, .name = slice_of(http_request_name(http))};

	if (api_check_name(http))
		http_request_ask(http, &command);
}

void api_registrations_refresh(struct http_request *http)
{
	order(http, COMMAND_REFRESH);
}

void api_registrations_cancel(struct http_request *http)
{
	order(http, COMMAND_CANCEL);
}

void api_registrations_ordered(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	http_request_reply(
	    http, MHD_HTTP_ACCEPTED, json_pack("{s:s}", "name", http_request_name(http)));
}

void api_ghosts_list(struct http_request *http)
{
	order(http, COMMAND_GHOSTS);
}

static json_t *listed_json(const struct listed_view *listed)
{
	return json_pack("{s:o,s:s,s:I,s:o}", "contact", api_json_text(listed->contact), "kind",
	    listed_kind_name(listed->kind), "expires_s", (json_int_t)listed->expires_s, "seen_at",
	    api_json_time(listed->seen_ms));
}

void api_ghosts_listed(struct http_request *http, const struct pending_answer *answer)
{
	const struct answer_view_end *end = &answer->end->view_end;
	json_t *items = json_array();

	if (!end->found) {
		api_no_such(http);
		json_decref(items);
		return;
	}
	for (uint32_t i = 0; i < answer->view_count && items; i++)
		json_array_append_new(items, listed_json(&answer->views[i]->listed));
	http_request_reply(http, MHD_HTTP_OK,
	    json_pack("{s:o,s:I}", "items", items, "left_out", (json_int_t)end->left_out));
}

/* {"remove": true}: all of ours; {"remove": ["CONTACT", …]}: these, one question each. */
static void remove_next(struct http_request *http)
{
	struct command command = {.kind = COMMAND_GHOSTS_REMOVE};
	struct http_tally *tally = http_request_tally(http);
	struct slice body = http_request_body(http);
	json_t *json = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
	json_t *wanted = json_object_get(json, "remove");
	json_t *contact = json_array_get(wanted, tally->asked);

	command.ghosts.name = slice_of(http_request_name(http));
	if (json_is_true(wanted) ? tally->asked == 1 : tally->asked == json_array_size(wanted)) {
		http_request_reply(http, MHD_HTTP_ACCEPTED,
		    json_pack("{s:I}", "removing", (json_int_t)tally->sum));
	} else if (!json_is_true(wanted) &&
	           (json_array_size(wanted) > REMOVALS_MAX || !json_string_length(contact))) {
		http_request_fail(http, MHD_HTTP_BAD_REQUEST,
		    "{\"remove\": true} for all that are ours, or {\"remove\": [\"CONTACT\", …]} "
		    "for at most %d would be right",
		    REMOVALS_MAX);
	} else {
		if (contact)
			command.ghosts.contact = slice_of(json_string_value(contact));
		tally->asked++;
		http_request_ask(http, &command);
	}
	json_decref(json);
}

void api_ghosts_remove(struct http_request *http)
{
	struct slice body = http_request_body(http);
	json_t *json = json_loadb(body.p ? body.p : "", body.n, 0, NULL);

	if (json_object_get(json, "remove") && api_check_name(http))
		remove_next(http);
	else if (!json_object_get(json, "remove"))
		http_request_fail(http, MHD_HTTP_BAD_REQUEST,
		    "{\"remove\": true} for all that are ours would be right");
	json_decref(json);
}

void api_ghosts_removed(struct http_request *http, const struct pending_answer *answer)
{
	http_request_tally(http)->sum += answer->end->reply.count;
	remove_next(http);
}
