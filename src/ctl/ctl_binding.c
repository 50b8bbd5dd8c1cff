// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl binding list, show, remove`: from where endpoints are registered.
 */
#include "ctl/listing.h"
#include "ctl/name.h"
#include "ctl/pages.h"
#include "ctl/row.h"
#include "ctl/show.h"
#include "ctl/when.h"

#include <curl/curl.h>

#define BINDINGS "bindings"

static const char *left(const json_t *item, int64_t now_ms, char text[ROW_TEXT])
{
	char duration[WHEN_MAX];
	int64_t ms;

	if (!when_parse(json_object_get(item, "expires_at"), &ms) || ms <= now_ms)
		return NULL;
	snprintf(text, ROW_TEXT, "%s", when_duration(ms - now_ms, duration));
	return text;
}

static void add(struct table *table, const json_t *item, int64_t now_ms)
{
	char expires[ROW_TEXT];
	const char *cells[] = {
	    row_text(item, "aor"),
	    row_text(item, "contact"),
	    left(item, now_ms, expires),
	    row_text(item, "received"),
	    row_text(item, "user_agent"),
	};

	table_add(table, cells);
}

/* "/api/v1/bindings", of one endpoint if one is named. */
static const char *list_path(const char *name, char path[NAME_PATH_MAX])
{
	char *escaped = name ? ctl_must(curl_easy_escape(NULL, name, 0)) : NULL;

	snprintf(path, NAME_PATH_MAX, "/api/v1/" BINDINGS "%s%s", name ? "?endpoint=" : "",
	    name ? escaped : "");
	curl_free(escaped);
	return path;
}

/* True if the endpoint that is named exists; else that is told. */
static enum ctl_exit check_endpoint(const struct ctl *ctl, const char *name)
{
	struct http_reply reply;
	enum ctl_exit code;
	char path[NAME_PATH_MAX];

	if (!name)
		return CTL_DONE;
	http_ask(ctl, "GET", name_path(ctl, name, "", path), &reply);
	code = name_complain(ctl, &reply, name);
	http_release(&reply);
	return code;
}

enum ctl_exit ctl_binding_list(const struct ctl *ctl)
{
	static const struct table_column columns[] = {
	    {"ENDPOINT", 16, 0},
	    {"CONTACT", 24, 0},
	    {"EXPIRES", 0, 1},
	    {"RECEIVED", 0, 2},
	    {"USER AGENT", 10, 3},
	};
	const char *name = ctl->argc ? ctl->argv[0] : NULL;
	enum ctl_exit code = check_endpoint(ctl, name);
	char path[NAME_PATH_MAX], none[256];
	const struct listing listing = {
	    .path = list_path(name, path),
	    .columns = columns,
	    .column_count = sizeof(columns) / sizeof(*columns),
	    .add = add,
	    .none = none,
	};

	snprintf(none, sizeof(none), "%s%s",
	    name ? "no device is registered as "
	         : "no device is "
	           "registered",
	    name ? name : "");
	return code ? code : listing_print(ctl, &listing);
}

static const struct show_field fields[] = {
    {"aor", "Endpoint", ""},
    {"contact", "Contact", ""},
    {"expires_at", "Expires", ""},
    {"granted_s", "Granted", " s"},
    {"received", "Received from", ""},
    {"flow", "Received at", ""},
    {"transport", "Transport", ""},
    {"user_agent", "User agent", ""},
    {"call_id", "Call-ID", ""},
    {"cseq", "CSeq", ""},
    {"q", "q", ""},
    {"path", "Path", ""},
    {"instance", "Instance", ""},
    {"reg_id", "reg-id", ""},
    {"reachable", "Reachable", ""},
};

static bool show(void *context, json_t *item)
{
	bool *is_first = context;

	if (!*is_first)
		putchar('\n');
	*is_first = false;
	show_fields(item, fields, sizeof(fields) / sizeof(*fields));
	return !ferror(stdout);
}

/* As JSON it is the list of this endpoint. */
enum ctl_exit ctl_binding_show(const struct ctl *ctl)
{
	const char *name = ctl->argv[0];
	bool is_first = true;
	struct pages_visitor visitor = {.item = show, .context = &is_first};
	char path[NAME_PATH_MAX];
	enum ctl_exit code;

	if (ctl->json)
		return ctl_binding_list(ctl);
	code = check_endpoint(ctl, name);
	if (!code)
		code = pages_walk(ctl, list_path(name, path), &visitor);
	if (!code && is_first)
		ctl_say("no device is registered as %s", name);
	return code;
}

/* With a Contact, as "?contact=": that binding alone. */
static const char *removal_path(const char *name, const char *contact, char *path, size_t size)
{
	char own[NAME_PATH_MAX];
	char *escaped = contact ? ctl_must(curl_easy_escape(NULL, contact, 0)) : NULL;

	snprintf(path, size, "%s%s%s", name_under(BINDINGS, name, "", own),
	    contact ? "?contact=" : "", contact ? escaped : "");
	curl_free(escaped);
	return path;
}

static enum ctl_exit remove_one(const struct ctl *ctl, const char *contact)
{
	char path[4 * NAME_PATH_MAX];
	struct http_reply reply;
	enum ctl_exit code;

	http_ask(ctl, "DELETE", removal_path(ctl->argv[0], contact, path, sizeof(path)), &reply);
	code = http_complain(&reply);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		ctl_say("%s: %lld removed", contact ? contact : ctl->argv[0],
		    (long long)json_integer_value(json_object_get(reply.json, "removed")));
	http_release(&reply);
	return code;
}

enum ctl_exit ctl_binding_remove(const struct ctl *ctl)
{
	enum ctl_exit worst = check_endpoint(ctl, ctl->argv[0]);

	if (worst || ctl->argc == 1)
		return worst ? worst : remove_one(ctl, NULL);
	for (int i = 1; i < ctl->argc && worst != CTL_NO_DAEMON; i++) {
		enum ctl_exit code = remove_one(ctl, ctl->argv[i]);

		if (code > worst)
			worst = code;
	}
	return worst;
}
