// SPDX-License-Identifier: Apache-2.0
/*
 * A page says where the next begins, until it says null. The cursor is handed
 * back as it came; one that does not move would be a walk without end.
 */
#include "ctl/pages.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define CURSOR_MAX 512

static bool visit(const json_t *page, const struct pages_visitor *visitor)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(page, "items"), i, item)
	{
		if (!visitor->item(visitor->context, item))
			return false;
	}
	return !visitor->page_end || visitor->page_end(visitor->context);
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

static void put_url(char *url, size_t size, const char *path, const char *cursor)
{
	char *escaped = ctl_must(curl_easy_escape(NULL, cursor, 0));

	snprintf(url, size, "%s%s%s%s", path, strchr(path, '?') ? "&" : "?",
	    *cursor ? "cursor=" : "", escaped);
	if (!*cursor)
		url[strlen(path)] = 0;
	curl_free(escaped);
}

enum ctl_exit pages_walk(
    const struct ctl *ctl, const char *path, const struct pages_visitor *visitor)
{
	char cursor[CURSOR_MAX] = "", url[3 * CURSOR_MAX + 256];
	bool more = true;

	while (more) {
		struct http_reply reply;
		enum ctl_exit code;

		put_url(url, sizeof(url), path, cursor);
		http_ask(ctl, "GET", url, &reply);
		code = http_complain(&reply);
		if (code) {
			http_release(&reply);
			return code;
		}
		more = visit(reply.json, visitor) && advance(reply.json, cursor);
		http_release(&reply);
	}
	return CTL_DONE;
}
