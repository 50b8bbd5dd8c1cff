// SPDX-License-Identifier: Apache-2.0
/*
 * A suggestion looks at so many names: enough for most switches, and soon done.
 */
#include "ctl/name.h"

#include "ctl/pages.h"
#include "ctl/row.h"
#include "ctl/suggest.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define SUGGEST_FROM 20000

#define API "/api/v1/"

static const char *plural_of(const struct ctl *ctl)
{
	return object_table(ctl->command->kind)->plural;
}

const char *name_all(const struct ctl *ctl, const char *query, char path[NAME_PATH_MAX])
{
	snprintf(path, NAME_PATH_MAX, API "%s%s", plural_of(ctl), query);
	return path;
}

const char *name_under(
    const char *plural, const char *name, const char *what, char path[NAME_PATH_MAX])
{
	char *escaped = ctl_must(curl_easy_escape(NULL, name, 0));

	snprintf(path, NAME_PATH_MAX, API "%s/%s%s", plural, escaped, what);
	curl_free(escaped);
	return path;
}

const char *name_path(
    const struct ctl *ctl, const char *name, const char *what, char path[NAME_PATH_MAX])
{
	return name_under(plural_of(ctl), name, what, path);
}

struct names {
	struct suggest suggest;
	size_t seen;
};

static bool offer_name(void *context, json_t *item)
{
	struct names *names = context;
	const char *name = row_text(item, "name");

	if (name)
		suggest_offer(&names->suggest, name);
	return ++names->seen < SUGGEST_FROM;
}

enum ctl_exit name_complain(const struct ctl *ctl, const struct http_reply *reply, const char *name)
{
	struct names names = {.seen = 0};
	struct pages_visitor visitor = {.item = offer_name, .context = &names};
	const char *noun = object_kind_name(ctl->command->kind), *best = NULL;
	char path[NAME_PATH_MAX];

	if (reply->outcome != HTTP_REFUSED || reply->status != 404)
		return http_complain(reply);
	suggest_init(&names.suggest, name);
	if (!pages_walk(ctl, name_all(ctl, "", path), &visitor))
		best = suggest_best(&names.suggest);
	if (best)
		ctl_error("there is no %s '%s'; did you mean '%s'?", noun, name, best);
	else
		ctl_error("there is no %s '%s'; see regentctl %s list", noun, name, noun);
	return CTL_REFUSED;
}
