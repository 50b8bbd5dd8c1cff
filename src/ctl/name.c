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

const char *name_path(const char *name, const char *what, char path[NAME_PATH_MAX])
{
	char *escaped = ctl_must(curl_easy_escape(NULL, name, 0));

	snprintf(path, NAME_PATH_MAX, NAME_PATH "/%s%s", escaped, what);
	curl_free(escaped);
	return path;
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
	const char *best = NULL;

	if (reply->outcome != HTTP_REFUSED || reply->status != 404)
		return http_complain(reply);
	suggest_init(&names.suggest, name);
	if (!pages_walk(ctl, NAME_PATH, &visitor))
		best = suggest_best(&names.suggest);
	if (best)
		ctl_error("there is no registration '%s'; did you mean '%s'?", name, best);
	else
		ctl_error("there is no registration '%s'; see regentctl registration list", name);
	return CTL_REFUSED;
}
