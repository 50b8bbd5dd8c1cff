// SPDX-License-Identifier: Apache-2.0
/*
 * POST, PUT, PATCH and DELETE of an object, /registrations/NAME: judged, committed and handed to
 * the core by the editing thread. Only then it is answered.
 */
#include "admin/api.h"
#include "admin/api_json.h"

static const char *action_name(enum objects_action action)
{
	switch (action) {
	case OBJECTS_ADDED:
		return "added";
	case OBJECTS_CHANGED:
		return "changed";
	case OBJECTS_REMOVED:
		return "removed";
	case OBJECTS_UNCHANGED:
		break;
	}
	return "unchanged";
}

static json_t *fields_json(const struct edit_item *item)
{
	const struct object_table *table;
	json_t *fields = json_array();

	if (item->kind == OBJECT_PARAMETER) {
		json_array_append_new(fields, json_string("value"));
		return fields;
	}
	table = object_table(item->kind);
	for (size_t i = 0; i < table->count && fields; i++)
		if (item->fields >> i & 1)
			json_array_append_new(fields, json_string(table->rows[i].name));
	return fields;
}

json_t *api_item_json(const struct edit_item *item)
{
	return json_pack("{s:s,s:o,s:s,s:o}", "kind", object_kind_name(item->kind), "name",
	    api_json_text(slice_of(item->name)), "action", action_name(item->action), "fields",
	    fields_json(item));
}

void api_object_add(struct http_request *http)
{
	http_request_edit(http, EDIT_ADD);
}

void api_object_put(struct http_request *http)
{
	if (api_check_name(http))
		http_request_edit(http, EDIT_PUT);
}

void api_object_patch(struct http_request *http)
{
	if (api_check_name(http))
		http_request_edit(http, EDIT_PATCH);
}

void api_object_remove(struct http_request *http)
{
	if (api_check_name(http))
		http_request_edit(http, EDIT_REMOVE);
}

void api_object_edited(struct http_request *http, const struct pending_answer *answer)
{
	const struct edit_job *job = answer->edit;
	struct edit_item unchanged = {.kind = job->kind, .action = OBJECTS_UNCHANGED};
	const struct edit_item *item = job->item_count > 0 ? job->items : &unchanged;

	snprintf(unchanged.name, sizeof(unchanged.name), "%s", http_request_name(http));
	http_request_reply(http, item->action == OBJECTS_ADDED ? MHD_HTTP_CREATED : MHD_HTTP_OK,
	    api_item_json(item));
}
