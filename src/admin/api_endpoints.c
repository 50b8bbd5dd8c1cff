// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/endpoints, a page at a time and by name, and /endpoints/NAME.
 */
#include "admin/api.h"
#include "admin/api_json.h"

static json_t *view_json(const struct answer *said)
{
	const struct endpoint_view *v = &said->endpoint.view;

	/* This version routes no calls. */
	return json_pack("{s:o,s:b,s:b,s:I,s:I,s:o,s:i}", "name", api_json_text(v->username),
	    "enabled", v->enabled, "online", v->contacts > 0, "contacts", (json_int_t)v->contacts,
	    "max_contacts", (json_int_t)v->max_contacts, "last_seen",
	    api_json_time(v->last_seen_ms), "calls", 0);
}

void api_endpoints_list(struct http_request *http)
{
	struct command command = {.kind = COMMAND_ENDPOINTS};

	if (!api_query_limit(http, &command.list.limit))
		return;
	command.list.after = slice_of(http_request_query(http, "cursor"));
	http_request_ask(http, &command);
}

void api_endpoints_listed(struct http_request *http, const struct pending_answer *answer)
{
	api_page_reply(http, answer, view_json);
}

void api_endpoints_show(struct http_request *http)
{
	struct command command = {
	    .kind = COMMAND_ENDPOINT, .name = slice_of(http_request_name(http))};

	if (api_check_name(http))
		http_request_ask(http, &command);
}

void api_endpoints_shown(struct http_request *http, const struct pending_answer *answer)
{
	const struct answer *said;
	json_t *json;

	if (answer->view_count == 0 || !answer->end->view_end.found) {
		api_no_such(http);
		return;
	}
	said = answer->views[0];
	json = view_json(said);
	/* The core keeps no password; no endpoint is without one. */
	if (json && said->endpoint.config)
		json_object_set_new(
		    json, "config", api_config_json(OBJECT_ENDPOINT, said->endpoint.config, true));
	http_request_reply(http, MHD_HTTP_OK, json);
}
