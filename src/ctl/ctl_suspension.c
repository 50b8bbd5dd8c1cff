// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl suspension list, lift`: who guessed at passwords too often.
 */
#include "ctl/listing.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/when.h"

#include <curl/curl.h>

#define SUSPENSIONS "suspensions"

static void add(struct table *table, const json_t *item, int64_t now_ms)
{
	char ends[ROW_TEXT], failures[32], duration[WHEN_MAX];
	const char *name = row_text(item, "name");
	const char *cells[] = {name ? name : "(all)", row_text(item, "source"), ends, failures};
	int64_t ms;

	if (!when_parse(json_object_get(item, "until"), &ms) || ms < now_ms)
		ms = now_ms;
	snprintf(ends, sizeof(ends), "in %s", when_duration(ms - now_ms, duration));
	snprintf(failures, sizeof(failures), "%lld",
	    (long long)json_integer_value(json_object_get(item, "failures")));
	table_add(table, cells);
}

enum ctl_exit ctl_suspension_list(const struct ctl *ctl)
{
	static const struct table_column columns[] = {
	    {"NAME", 16, 0},
	    {"SOURCE", 0, 0},
	    {"ENDS", 0, 1},
	    {"FAILURES", 0, 2},
	};
	const struct listing listing = {
	    .path = "/api/v1/" SUSPENSIONS,
	    .columns = columns,
	    .column_count = sizeof(columns) / sizeof(*columns),
	    .add = add,
	    .none = "no suspensions",
	};

	return listing_print(ctl, &listing);
}

enum ctl_exit ctl_suspension_lift(const struct ctl *ctl)
{
	const char *source = ctl->argv[0], *name = ctl->argc > 1 ? ctl->argv[1] : "";
	char *escaped = ctl_must(curl_easy_escape(NULL, name, 0));
	char query[256], path[NAME_PATH_MAX];
	struct http_reply reply;
	enum ctl_exit code;

	snprintf(query, sizeof(query), "?name=%s", escaped);
	curl_free(escaped);
	http_ask(ctl, "DELETE", name_under(SUSPENSIONS, source, query, path), &reply);
	code = http_complain(&reply);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		ctl_say("%s: the suspension of %s is lifted", source, *name ? name : "(all)");
	http_release(&reply);
	return code;
}
