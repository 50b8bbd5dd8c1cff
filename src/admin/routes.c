// SPDX-License-Identifier: Apache-2.0
/*
 * The table of the API: method, path, and the functions that serve them.
 */
#include "admin/api.h"

#include <stdio.h>
#include <string.h>

static const struct exchange_route routes[] = {
    {"GET", "/api/v1/registrations", api_registrations_list, api_registrations_listed},
    {"GET", "/api/v1/registrations/", api_registrations_show, api_registrations_shown},
    {"GET", "/api/v1/status", api_status_get, api_status_got},
    {"GET", "/api/v1/trace/", api_trace_get, api_trace_begun},
    {"POST", "/api/v1/stop", api_stop_post, api_stop_begun},
    {"GET", "/api/v1/last-stop", api_last_stop_get, api_last_stop_written},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* What follows the route's path, "" where it takes no name; NULL where it is another's path. */
static const char *match(const struct exchange_route *route, const char *path)
{
	size_t n = strlen(route->path);

	if (strncmp(path, route->path, n))
		return NULL;
	if (route->path[n - 1] == '/')
		return path[n] ? path + n : NULL;
	return path[n] ? NULL : path + n;
}

const struct exchange_route *api_route(const char *method, const char *path, const char **name_r)
{
	const char *wanted = strcmp(method, "HEAD") ? method : "GET";

	for (size_t i = 0; i < ROUTES; i++) {
		const char *name = match(&routes[i], path);

		if (name && !strcmp(routes[i].method, wanted)) {
			*name_r = name;
			return &routes[i];
		}
	}
	return NULL;
}

bool api_allows(const char *path, char *allow_r, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < ROUTES && n < size; i++)
		if (match(&routes[i], path))
			n += (size_t)snprintf(allow_r + n, size - n, "%s%s", n ? ", " : "",
			    strcmp(routes[i].method, "GET") ? routes[i].method : "GET, HEAD");
	return n;
}
