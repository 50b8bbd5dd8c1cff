// SPDX-License-Identifier: Apache-2.0
/*
 * What the lists of the API share, and the objects that are shown one by one.
 */
#include "admin/api.h"
#include "admin/api_json.h"
#include "config/object_text.h"

#include <inttypes.h>

bool api_query_number(
    struct http_request *http, const char *key, const struct api_range *range, uint32_t *number_r)
{
	const char *text = http_request_query(http, key);
	uint64_t number = range->missing;

	if (text &&
	    (slice_number(slice_of(text), range->maximum, &number) || number < range->minimum)) {
		http_request_fail(http, MHD_HTTP_BAD_REQUEST,
		    "%s=%s: a number from %" PRIu32 " to %" PRIu32 " would be right", key, text,
		    range->minimum, range->maximum);
		return false;
	}
	*number_r = (uint32_t)number;
	return true;
}

bool api_query_limit(struct http_request *http, uint32_t *limit_r)
{
	const struct api_range range = {1, COMMAND_PAGE_MAX, COMMAND_PAGE_MAX};

	return api_query_number(http, "limit", &range, limit_r);
}

bool api_query_slot(struct http_request *http, uint32_t *slot_r)
{
	const struct api_range range = {0, UINT32_MAX, 0};

	return api_query_number(http, "cursor", &range, slot_r);
}

/* The cursor is a text, so that clients return it unchanged and read nothing into it. */
static json_t *cursor_json(const struct pending_answer *answer)
{
	const struct answer_view_end *end = &answer->end->view_end;

	if (end->next_name.n > 0)
		return api_json_text(end->next_name);
	return end->next ? json_sprintf("%" PRIu32, end->next) : json_null();
}

void api_page_reply(struct http_request *http, const struct pending_answer *answer,
    json_t *(*item)(const struct answer *said))
{
	json_t *items = json_array();

	for (uint32_t i = 0; i < answer->view_count && items; i++) {
		if (json_array_append_new(items, item(answer->views[i])) == 0)
			continue;
		json_decref(items);
		items = NULL;
	}
	http_request_reply(
	    http, MHD_HTTP_OK, json_pack("{s:o,s:o}", "items", items, "next", cursor_json(answer)));
}

bool api_check_name(struct http_request *http)
{
	const struct object_table *table = object_table(http_request_kind(http));
	char unused[256];
	struct buf why = buf_over(unused, sizeof(unused));

	if (table->rows[0].check(slice_of(http_request_name(http)), &why) == 0)
		return true;
	http_request_fail(http, MHD_HTTP_BAD_REQUEST, "%s: the %s has %s", table->name,
	    table->rows[0].name, table->rows[0].values);
	return false;
}

void api_no_such(struct http_request *http)
{
	http_request_fail(http, MHD_HTTP_NOT_FOUND, "there is no %s of this name",
	    object_kind_name(http_request_kind(http)));
}

static json_t *field_json(const struct field_row *row, const void *config, bool has_secret)
{
	char text[OBJECT_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (row->type == FIELD_SECRET)
		return has_secret ? json_string("set") : json_null();
	object_text_put(&b, row, config);
	return json_loadb(b.p, b.n, JSON_DECODE_ANY, NULL);
}

json_t *api_config_json(enum object_kind kind, const void *config, bool has_secret)
{
	const struct object_table *table = object_table(kind);
	json_t *json = json_object();

	for (size_t i = 0; i < table->count && json; i++)
		if (field_is_kept(&table->rows[i]))
			json_object_set_new(json, table->rows[i].name,
			    field_json(&table->rows[i], config, has_secret));
	return json;
}
