// SPDX-License-Identifier: Apache-2.0
/*
 * What is ordered of one registration and changes no object: refresh it now,
 * take its binding back now, list what upstream holds beside it, remove that.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#define REMOVALS_MAX 32 /* Contacts that one request may name */

static void order(struct exchange *exchange, enum command_kind kind)
{
	struct command command = {.kind = kind, .name = slice_of(exchange_name(exchange))};

	if (api_check_name(exchange))
		exchange_ask(exchange, &command);
}

void api_registrations_refresh(struct exchange *exchange)
{
	order(exchange, COMMAND_REFRESH);
}

void api_registrations_cancel(struct exchange *exchange)
{
	order(exchange, COMMAND_CANCEL);
}

void api_registrations_ordered(struct exchange *exchange, const struct answer *answer)
{
	(void)answer;
	exchange_reply(
	    exchange, MHD_HTTP_ACCEPTED, json_pack("{s:s}", "name", exchange_name(exchange)));
}

void api_ghosts_list(struct exchange *exchange)
{
	order(exchange, COMMAND_GHOSTS);
}

static json_t *listed_json(const struct listed_view *listed)
{
	return json_pack("{s:o,s:s,s:I,s:o}", "contact", api_json_text(listed->contact), "kind",
	    listed_kind_name(listed->kind), "expires_s", (json_int_t)listed->expires_s, "seen_at",
	    api_json_time(listed->seen_ms));
}

void api_ghosts_listed(struct exchange *exchange, const struct answer *answer)
{
	json_t *items = json_array();

	if (!answer->end.found) {
		exchange_fail(
		    exchange, MHD_HTTP_NOT_FOUND, "there is no registration of this name");
		json_decref(items);
		return;
	}
	for (const struct answer_view *v = answer->views; v && items; v = v->next)
		json_array_append_new(items, listed_json(&v->listed));
	exchange_reply(exchange, MHD_HTTP_OK,
	    json_pack("{s:o,s:I}", "items", items, "left_out", (json_int_t)answer->end.left_out));
}

/* {"remove": true}: all of ours; {"remove": ["CONTACT", …]}: these, one question each. */
static void remove_next(struct exchange *exchange)
{
	struct command command = {.kind = COMMAND_GHOSTS_REMOVE};
	struct exchange_tally *tally = exchange_tally(exchange);
	struct slice body = exchange_body(exchange);
	json_t *json = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
	json_t *wanted = json_object_get(json, "remove");
	json_t *contact = json_array_get(wanted, tally->asked);

	command.ghosts.name = slice_of(exchange_name(exchange));
	if (json_is_true(wanted) ? tally->asked == 1 : tally->asked == json_array_size(wanted)) {
		exchange_reply(exchange, MHD_HTTP_ACCEPTED,
		    json_pack("{s:I}", "removing", (json_int_t)tally->sum));
	} else if (!json_is_true(wanted) &&
	           (json_array_size(wanted) > REMOVALS_MAX || !json_string_length(contact))) {
		exchange_fail(exchange, MHD_HTTP_BAD_REQUEST,
		    "{\"remove\": true} for all that are ours, or {\"remove\": [\"CONTACT\", …]} "
		    "for at most %d would be right",
		    REMOVALS_MAX);
	} else {
		if (contact)
			command.ghosts.contact = slice_of(json_string_value(contact));
		tally->asked++;
		exchange_ask(exchange, &command);
	}
	json_decref(json);
}

void api_ghosts_remove(struct exchange *exchange)
{
	struct slice body = exchange_body(exchange);
	json_t *json = json_loadb(body.p ? body.p : "", body.n, 0, NULL);

	if (json_object_get(json, "remove") && api_check_name(exchange))
		remove_next(exchange);
	else if (!json_object_get(json, "remove"))
		exchange_fail(exchange, MHD_HTTP_BAD_REQUEST,
		    "{\"remove\": true} for all that are ours would be right");
	json_decref(json);
}

void api_ghosts_removed(struct exchange *exchange, const struct answer *answer)
{
	exchange_tally(exchange)->sum += answer->count;
	remove_next(exchange);
}
