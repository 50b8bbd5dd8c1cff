// SPDX-License-Identifier: Apache-2.0
/*
 * /parameters: what they are, as committed, and their edits.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <stdlib.h>

/* Numbers as numbers, words as texts. */
static json_t *value_json(const struct param_row *row, const struct params *params)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));
	uint64_t number;

	params_put(&b, row, params);
	if (slice_number(buf_slice(&b), UINT32_MAX, &number) == 0)
		return json_integer((json_int_t)number);
	return json_string(buf_text(&b));
}

static json_t *parameter_json(const struct param_row *row, const struct params *params)
{
	struct params defaults;
	char text[128];
	struct buf values = buf_over(text, sizeof(text));
	json_t *value, *otherwise;

	params_defaults(&defaults);
	params_put_values(&values, row);
	value = value_json(row, params);
	otherwise = value_json(row, &defaults);
	return json_pack("{s:s,s:b,s:o,s:o,s:s,s:o,s:s}", "name", row->name, "is_default",
	    json_equal(value, otherwise), "value", value, "default", otherwise, "values",
	    buf_text(&values), "unit", api_json_text(slice_of(row->unit)), "meaning", row->meaning);
}

void api_parameters_list(struct http_request *http)
{
	struct params params = edit_params(http_request_server_of(http)->edit);
	json_t *items = json_array();
	size_t count;
	const struct param_row *rows = params_rows(&count);

	for (size_t i = 0; i < count && items; i++)
		json_array_append_new(items, parameter_json(&rows[i], &params));
	http_request_reply(http, MHD_HTTP_OK, json_pack("{s:o,s:n}", "items", items, "next"));
}

static void reply(struct http_request *http)
{
	struct params params = edit_params(http_request_server_of(http)->edit);
	struct slice name = slice_of(http_request_name(http));
	const struct param_row *row = params_find(name);
	char text[512];
	struct buf message = buf_over(text, sizeof(text));

	if (row) {
		http_request_reply(http, MHD_HTTP_OK, parameter_json(row, &params));
		return;
	}
	(void)!params_refuse_name(name, &message);
	http_request_fail(http, MHD_HTTP_NOT_FOUND, "%s", buf_text(&message));
}

void api_parameters_show(struct http_request *http)
{
	reply(http);
}

void api_parameters_put(struct http_request *http)
{
	http_request_edit(http, EDIT_PUT);
}

void api_parameters_reset(struct http_request *http)
{
	http_request_edit(http, EDIT_REMOVE);
}

void api_parameters_edited(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	reply(http);
}
