// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl param list, get, set, reset`. Which names and values there are is
 * the daemon's to say, aliases included.
 */
#include "ctl/http.h"
#include "ctl/row.h"
#include "ctl/suggest.h"
#include "ctl/table.h"
#include "ctl/text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH          "/api/v1/parameters"
#define PATH_MAX_SIZE 512
#define LABEL         10 /* columns of the names on the left */

static const char *path_of(const char *name, char path[PATH_MAX_SIZE])
{
	char *escaped = ctl_must(curl_easy_escape(NULL, name, 0));

	snprintf(path, PATH_MAX_SIZE, PATH "/%s", escaped);
	curl_free(escaped);
	return path;
}

/* A value or default as text: the API may write a number. */
static const char *value_text(const json_t *item, const char *key, char text[ROW_TEXT])
{
	const json_t *value = json_object_get(item, key);
	const char *unit = row_text(item, "unit");

	if (json_is_integer(value))
		snprintf(text, ROW_TEXT, "%lld%s%s", (long long)json_integer_value(value),
		    unit ? " " : "", unit ? unit : "");
	else if (json_is_boolean(value))
		snprintf(text, ROW_TEXT, "%s", json_is_true(value) ? "On" : "Off");
	else if (json_is_string(value))
		snprintf(text, ROW_TEXT, "%s", json_string_value(value));
	else
		return NULL;
	return text;
}

static const char *with_mark(const json_t *item, char text[ROW_TEXT])
{
	size_t n;

	if (!value_text(item, "value", text))
		return NULL;
	n = strlen(text);
	if (json_is_false(json_object_get(item, "is_default")))
		snprintf(text + n, ROW_TEXT - n, " *");
	return text;
}

static void print_table(const json_t *items)
{
	static const struct table_column columns[] = {
	    {"NAME", 0, 0},
	    {"VALUE", 12, 0},
	    {"DEFAULT", 0, 2},
	    {"VALUES", 16, 1},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		char value[ROW_TEXT], initial[ROW_TEXT];
		const char *cells[] = {
		    row_text(item, "name"),
		    with_mark(item, value),
		    value_text(item, "default", initial),
		    row_text(item, "values"),
		};

		table_add(table, cells);
	}
	table_print(table, stdout, table_width_of(stdout));
	table_free(&table);
}

enum ctl_exit ctl_param_list(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;

	http_ask(ctl, "GET", PATH, &reply);
	code = http_complain(&reply);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		print_table(json_object_get(reply.json, "items"));
	http_release(&reply);
	return code;
}

/* As http_complain(), and with the nearest name where there is none of this and nothing said so. */
static enum ctl_exit complain(
    const struct ctl *ctl, const struct http_reply *reply, const char *name)
{
	struct suggest suggest;
	struct http_reply all;
	const json_t *item;
	size_t i;

	if (reply->outcome != HTTP_REFUSED || reply->status != 404 ||
	    strstr(reply->error, "did you mean"))
		return http_complain(reply);
	suggest_init(&suggest, name);
	http_ask(ctl, "GET", PATH, &all);
	json_array_foreach(json_object_get(all.json, "items"), i, item)
	{
		if (row_text(item, "name"))
			suggest_offer(&suggest, row_text(item, "name"));
	}
	http_release(&all);
	if (suggest_best(&suggest))
		ctl_error(
		    "there is no parameter '%s'; did you mean '%s'?", name, suggest_best(&suggest));
	else
		ctl_error("there is no parameter '%s'; see regentctl param list", name);
	return CTL_REFUSED;
}

static void put_line(const char *label, const char *text)
{
	char *clean = text_clean(text ? text : "-");

	printf("%-*s", LABEL, label);
	text_put_wrapped(stdout, LABEL, LABEL, table_width_of(stdout), clean);
	free(clean);
}

static void print_item(const json_t *item)
{
	char text[ROW_TEXT];

	put_line("Name", row_text(item, "name"));
	put_line("Value", value_text(item, "value", text));
	put_line("Default", value_text(item, "default", text));
	put_line("Values", row_text(item, "values"));
	put_line("Meaning", row_text(item, "meaning"));
}

static enum ctl_exit ask(
    const struct ctl *ctl, const char *method, const json_t *body, struct http_reply *reply_r)
{
	char path[PATH_MAX_SIZE];
	struct http_request request = {
	    .method = method, .path = path_of(ctl->argv[0], path), .json = body};

	http_send(ctl, &request, reply_r);
	return complain(ctl, reply_r, ctl->argv[0]);
}

enum ctl_exit ctl_param_get(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code = ask(ctl, "GET", NULL, &reply);

	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		print_item(reply.json);
	http_release(&reply);
	return code;
}

/* The value that holds now is the daemon's: it may have been written otherwise. */
static enum ctl_exit edit(const struct ctl *ctl, const char *method, const json_t *body)
{
	struct http_reply reply;
	enum ctl_exit code = ask(ctl, method, body, &reply);
	char text[ROW_TEXT];
	const char *value = value_text(reply.json, "value", text);
	const char *name = row_text(reply.json, "name");

	if (!code && ctl->json && reply.size)
		http_print_body(&reply);
	else if (!code && !ctl->json)
		ctl_say("%s is %s from the next request on", name ? name : ctl->argv[0],
		    value  ? value
		    : body ? ctl->argv[1]
		           : "its default");
	http_release(&reply);
	return code;
}

enum ctl_exit ctl_param_set(const struct ctl *ctl)
{
	json_t *body = json_pack("{s:s}", "value", ctl->argv[1]);
	enum ctl_exit code;

	if (!body) {
		ctl_error("the value is not UTF-8");
		return CTL_USAGE;
	}
	code = edit(ctl, "PUT", body);
	json_decref(body);
	return code;
}

enum ctl_exit ctl_param_reset(const struct ctl *ctl)
{
	return edit(ctl, "DELETE", NULL);
}
