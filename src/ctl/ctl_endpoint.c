// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl endpoint list, show`: which phones are registered.
 */
#include "ctl/listing.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/show.h"
#include "ctl/when.h"

static const char *state_of(const json_t *item)
{
	if (!json_is_true(json_object_get(item, "enabled")))
		return "disabled";
	return json_is_true(json_object_get(item, "online")) ? "online" : "offline";
}

static const char *seen(const json_t *item, int64_t now_ms, char text[ROW_TEXT])
{
	char duration[WHEN_MAX];
	int64_t ms;

	if (!when_parse(json_object_get(item, "last_seen"), &ms))
		return NULL;
	snprintf(text, ROW_TEXT, "%s ago", when_duration(now_ms - ms, duration));
	return text;
}

static void add(struct table *table, const json_t *item, int64_t now_ms)
{
	char devices[ROW_TEXT], last[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "name"), state_of(item), devices, seen(item, now_ms, last)};

	snprintf(devices, sizeof(devices), "%lld/%lld",
	    (long long)json_integer_value(json_object_get(item, "contacts")),
	    (long long)json_integer_value(json_object_get(item, "max_contacts")));
	table_add(table, cells);
}

enum ctl_exit ctl_endpoint_list(const struct ctl *ctl)
{
	static const struct table_column columns[] = {
	    {"NAME", 16, 0},
	    {"STATE", 0, 0},
	    {"DEVICES", 0, 1},
	    {"LAST SEEN", 0, 2},
	};
	char path[NAME_PATH_MAX];
	const struct listing listing = {
	    .path = name_all(ctl, "", path),
	    .columns = columns,
	    .column_count = sizeof(columns) / sizeof(*columns),
	    .add = add,
	    .none = "no endpoints; add them with regentctl endpoint add or regentctl apply FILE",
	};

	return listing_print(ctl, &listing);
}

static const struct show_field fields[] = {
    {"name", "Name", ""},
    {"enabled", "Enabled", ""},
    {"online", "Online", ""},
    {"contacts", "Devices", ""},
    {"max_contacts", "Devices at most", ""},
    {"last_seen", "Last seen", ""},
    {"calls", "Calls", ""},
};

enum ctl_exit ctl_endpoint_show(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;
	char path[NAME_PATH_MAX];

	http_ask(ctl, "GET", name_path(ctl, ctl->argv[0], "", path), &reply);
	code = name_complain(ctl, &reply, ctl->argv[0]);
	if (!code && ctl->json) {
		http_print_body(&reply);
	} else if (!code) {
		show_fields(reply.json, fields, sizeof(fields) / sizeof(*fields));
		show_config(reply.json, "username");
	}
	http_release(&reply);
	return code;
}
