// SPDX-License-Identifier: Apache-2.0
/*
 * /bindings: where endpoints are registered from, and /suspensions: who guessed
 * at passwords too often.
 */
#include "admin/api.h"
#include "admin/api_json.h"

/* Whether it can be reached: nothing checks that yet. */
static json_t *binding_json(const struct answer *said)
{
	const struct binding_view *v = &said->binding;

	return json_pack("{s:o,s:o,s:o,s:I,s:o,s:I,s:f,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:n}", "aor",
	    api_json_text(v->aor), "contact", api_json_text(v->contact), "call_id",
	    api_json_text(v->call_id), "cseq", (json_int_t)v->cseq, "expires_at",
	    api_json_time(v->expires_at_ms), "granted_s", (json_int_t)v->granted_s, "q",
	    v->q_milli / 1000.0, "path", api_json_text(v->path), "received",
	    api_json_text(v->received), "flow", api_json_text(v->flow), "transport",
	    api_json_text(slice_of(v->transport)), "user_agent", api_json_text(v->user_agent),
	    "instance", api_json_text(v->instance), "reg_id", api_json_number(v->reg_id),
	    "reachable");
}

void api_bindings_list(struct http_request *http)
{
	struct command command = {.kind = COMMAND_BINDINGS};

	command.bindings.name = slice_of(http_request_query(http, "endpoint"));
	if (api_query_limit(http, &command.bindings.limit) &&
	    api_query_slot(http, &command.bindings.from))
		http_request_ask(http, &command);
}

/* Of an endpoint that was asked for by name, it must exist. */
void api_bindings_listed(struct http_request *http, const struct pending_answer *answer)
{
	if (answer->end->view_end.found)
		api_page_reply(http, answer, binding_json);
	else
		api_no_such(http);
}

void api_bindings_remove(struct http_request *http)
{
	struct command command = {.kind = COMMAND_BINDINGS_REMOVE};

	command.bindings.name = slice_of(http_request_name(http));
	command.bindings.contact = slice_of(http_request_query(http, "contact"));
	if (api_check_name(http))
		http_request_ask(http, &command);
}

void api_bindings_removed(struct http_request *http, const struct pending_answer *answer)
{
	http_request_reply(
	    http, MHD_HTTP_OK, json_pack("{s:I}", "removed", (json_int_t)answer->end->reply.count));
}

static json_t *source_json(const struct netaddr *source)
{
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	netaddr_put_ip(&b, source);
	return api_json_text(buf_slice(&b));
}

static json_t *suspension_json(const struct answer *said)
{
	const struct suspension_view *v = &said->suspension;

	return json_pack("{s:o,s:o,s:o,s:I}", "name", api_json_text(v->name), "source",
	    source_json(&v->source), "until", api_json_time(v->until_ms), "failures",
	    (json_int_t)v->failures);
}

void api_suspensions_list(struct http_request *http)
{
	struct command command = {.kind = COMMAND_SUSPENSIONS};

	if (api_query_limit(http, &command.bindings.limit) &&
	    api_query_slot(http, &command.bindings.from))
		http_request_ask(http, &command);
}

void api_suspensions_listed(struct http_request *http, const struct pending_answer *answer)
{
	api_page_reply(http, answer, suspension_json);
}

void api_suspensions_lift(struct http_request *http)
{
	struct command command = {.kind = COMMAND_SUSPENSION_LIFT};
	const char *source = http_request_name(http);

	command.suspension.name = slice_of(http_request_query(http, "name"));
	if (netaddr_parse_ip(slice_of(source), &command.suspension.source) == 0)
		http_request_ask(http, &command);
	else
		http_request_fail(
		    http, MHD_HTTP_BAD_REQUEST, "%s: an IP address would be right", source);
}

void api_suspensions_lifted(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	http_request_reply(
	    http, MHD_HTTP_OK, json_pack("{s:s}", "source", http_request_name(http)));
}
