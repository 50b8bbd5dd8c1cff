// SPDX-License-Identifier: Apache-2.0
/*
 * A page says where the next begins, until it says null. The cursor is handed
 * back as it came; one that does not move would be a walk without end.
 */
#include "ctl/pages.h"

#include <stdio.h>
#include <string.h>

#define CURSOR_MAX 64

static bool visit_all(const json_t *page, pages_visit_fn visit, void *context)
{
	json_t *item;
	size_t i;

	json_array_foreach(
	    json_object_get(page, "items"), i, item) if (!visit(context, item)) return false;
	return true;
}

/* The next cursor into `cursor`; false at the end. */
static bool advance(const json_t *page, char cursor[CURSOR_MAX])
{
	const char *next = json_string_value(json_object_get(page, "next"));

	if (!next || strlen(next) >= CURSOR_MAX || !strcmp(next, cursor))
		return false;
	strcpy(cursor, next);
	return true;
}

enum ctl_exit pages_walk(
    const struct ctl *ctl, const char *path, pages_visit_fn visit, void *context)
{
	char cursor[CURSOR_MAX] = "", url[256];
	bool more = true;

	while (more) {
		struct http_reply reply;
		enum ctl_exit code;

		snprintf(url, sizeof(url), "%s%s%s", path, *cursor ? "?cursor=" : "", cursor);
		http_ask(ctl, "GET", url, &reply);
		code = http_complain(&reply);
		if (code) {
			http_release(&reply);
			return code;
		}
		more = visit_all(reply.json, visit, context) && advance(reply.json, cursor);
		http_release(&reply);
	}
	return CTL_DONE;
}
