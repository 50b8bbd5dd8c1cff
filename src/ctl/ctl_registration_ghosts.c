// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration ghosts`: what the last 200 listed, and removal by hand.
 */
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/table.h"
#include "ctl/when.h"

#include <stdio.h>

static void print_items(const json_t *items)
{
	static const struct table_column columns[] = {
	    {"CONTACT", 24, 0},
	    {"KIND", 0, 0},
	    {"EXPIRES", 0, 1},
	    {"SEEN", 0, 2},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		const json_t *expires = json_object_get(item, "expires_s");
		char left[WHEN_MAX], seen[WHEN_MAX + 8] = "";
		int64_t ms;

		when_duration(json_integer_value(expires) * 1000, left);
		if (when_parse(json_object_get(item, "seen_at"), &ms)) {
			char ago[WHEN_MAX];

			snprintf(
			    seen, sizeof(seen), "%s ago", when_duration(when_now_ms() - ms, ago));
		}
		table_add(table, (const char *[]){row_text(item, "contact"), row_text(item, "kind"),
		                     json_is_integer(expires) ? left : NULL, *seen ? seen : NULL});
	}
	table_print(table, stdout, table_width_of(stdout));
	table_free(&table);
}

static enum ctl_exit list(const struct ctl *ctl, const char *path)
{
	const json_t *items;
	struct http_reply reply;
	enum ctl_exit code;

	http_ask(ctl, "GET", path, &reply);
	code = name_complain(ctl, &reply, ctl->argv[0]);
	items = json_object_get(reply.json, "items");
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code && json_array_size(items))
		print_items(items);
	else if (!code)
		ctl_say("no Contacts: no 200 from this upstream has listed one yet");
	http_release(&reply);
	return code;
}

static json_t *wanted(const struct ctl *ctl)
{
	json_t *list = json_array();

	if (ctl->argc == 1) {
		json_decref(list);
		return json_true();
	}
	for (int i = 1; i < ctl->argc; i++)
		json_array_append_new(list, json_string(ctl->argv[i]));
	return list;
}

static enum ctl_exit remove_them(const struct ctl *ctl, const char *path)
{
	json_t *body = ctl_must(json_pack("{s:o}", "remove", wanted(ctl)));
	struct http_request request = {.method = "POST", .path = path, .json = body};
	struct http_reply reply;
	enum ctl_exit code;

	http_send(ctl, &request, &reply);
	code = name_complain(ctl, &reply, ctl->argv[0]);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		ctl_say("%s: removing %lld; to see what is left: regentctl registration ghosts %s",
		    ctl->argv[0],
		    (long long)json_integer_value(json_object_get(reply.json, "removing")),
		    ctl->argv[0]);
	http_release(&reply);
	json_decref(body);
	return code;
}

enum ctl_exit ctl_registration_ghosts(const struct ctl *ctl)
{
	char path[NAME_PATH_MAX];

	name_path(ctl, ctl->argv[0], "/ghosts", path);
	if (ctl->option[CTL_OPTION_REMOVE])
		return remove_them(ctl, path);
	if (ctl->argc == 1)
		return list(ctl, path);
	ctl_error("a CONTACT is only for --remove");
	return CTL_USAGE;
}
