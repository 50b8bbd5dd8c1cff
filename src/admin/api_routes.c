// SPDX-License-Identifier: Apache-2.0
/*
 * The table of the API: method, path, and the functions that serve them.
 */
#include "admin/api.h"

#include <stdio.h>
#include <string.h>

#define API           "/api/v1/"
#define REGISTRATIONS API "registrations"
#define ENDPOINTS     API "endpoints"
#define BINDINGS      API "bindings"
#define SUSPENSIONS   API "suspensions"
#define PARAMETERS    API "parameters"
#define NO_KIND       OBJECT_KINDS

static const struct http_route routes[] = {
    {"GET", REGISTRATIONS, NULL, BODY_NONE, api_registrations_list, api_registrations_listed,
        OBJECT_REGISTRATION},
    {"POST", REGISTRATIONS, NULL, BODY_TEXT, api_object_add, api_object_edited,
        OBJECT_REGISTRATION},
    {"GET", REGISTRATIONS "/", NULL, BODY_NONE, api_registrations_show, api_registrations_shown,
        OBJECT_REGISTRATION},
    {"PUT", REGISTRATIONS "/", NULL, BODY_TEXT, api_object_put, api_object_edited,
        OBJECT_REGISTRATION},
    {"PATCH", REGISTRATIONS "/", NULL, BODY_TEXT, api_object_patch, api_object_edited,
        OBJECT_REGISTRATION},
    {"DELETE", REGISTRATIONS "/", NULL, BODY_NONE, api_object_remove, api_object_edited,
        OBJECT_REGISTRATION},
    {"POST", REGISTRATIONS "/", "/refresh", BODY_NONE, api_registrations_refresh,
        api_registrations_ordered, OBJECT_REGISTRATION},
    {"POST", REGISTRATIONS "/", "/cancel", BODY_NONE, api_registrations_cancel,
        api_registrations_ordered, OBJECT_REGISTRATION},
    {"GET", REGISTRATIONS "/", "/ghosts", BODY_NONE, api_ghosts_list, api_ghosts_listed,
        OBJECT_REGISTRATION},
    {"POST", REGISTRATIONS "/", "/ghosts", BODY_TEXT, api_ghosts_remove, api_ghosts_removed,
        OBJECT_REGISTRATION},
    {"GET", ENDPOINTS, NULL, BODY_NONE, api_endpoints_list, api_endpoints_listed, OBJECT_ENDPOINT},
    {"POST", ENDPOINTS, NULL, BODY_TEXT, api_object_add, api_object_edited, OBJECT_ENDPOINT},
    {"GET", ENDPOINTS "/", NULL, BODY_NONE, api_endpoints_show, api_endpoints_shown,
        OBJECT_ENDPOINT},
    {"PUT", ENDPOINTS "/", NULL, BODY_TEXT, api_object_put, api_object_edited, OBJECT_ENDPOINT},
    {"PATCH", ENDPOINTS "/", NULL, BODY_TEXT, api_object_patch, api_object_edited, OBJECT_ENDPOINT},
    {"DELETE", ENDPOINTS "/", NULL, BODY_NONE, api_object_remove, api_object_edited,
        OBJECT_ENDPOINT},
    {"GET", BINDINGS, NULL, BODY_NONE, api_bindings_list, api_bindings_listed, OBJECT_ENDPOINT},
    {"DELETE", BINDINGS "/", NULL, BODY_NONE, api_bindings_remove, api_bindings_removed,
        OBJECT_ENDPOINT},
    {"GET", SUSPENSIONS, NULL, BODY_NONE, api_suspensions_list, api_suspensions_listed, NO_KIND},
    {"DELETE", SUSPENSIONS "/", NULL, BODY_NONE, api_suspensions_lift, api_suspensions_lifted,
        NO_KIND},
    {"GET", PARAMETERS, NULL, BODY_NONE, api_parameters_list, NULL, OBJECT_PARAMETER},
    {"GET", PARAMETERS "/", NULL, BODY_NONE, api_parameters_show, NULL, OBJECT_PARAMETER},
    {"PUT", PARAMETERS "/", NULL, BODY_TEXT, api_parameters_put, api_parameters_edited,
        OBJECT_PARAMETER},
    {"DELETE", PARAMETERS "/", NULL, BODY_NONE, api_parameters_reset, api_parameters_edited,
        OBJECT_PARAMETER},
    {"POST", API "apply", NULL, BODY_FILE, api_apply_post, api_apply_done, NO_KIND},
    {"GET", API "apply", NULL, BODY_NONE, api_apply_get, NULL, NO_KIND},
    {"GET", API "export", NULL, BODY_NONE, api_export_get, api_export_got, NO_KIND},
    {"GET", API "status", NULL, BODY_NONE, api_status_get, api_status_got, NO_KIND},
    {"GET", API "node", NULL, BODY_NONE, api_node_get, NULL, NO_KIND},
    {"POST", API "node/adopt", NULL, BODY_NONE, api_node_decide, api_node_adopted, NO_KIND},
    {"POST", API "node/renew", NULL, BODY_NONE, api_node_decide, api_node_renewed, NO_KIND},
    {"GET", API "trace/", NULL, BODY_NONE, api_trace_get, api_trace_begun, NO_KIND},
    {"POST", API "stop", NULL, BODY_NONE, api_stop_post, api_stop_begun, NO_KIND},
    {"POST", API "restart", NULL, BODY_NONE, api_restart_post, api_stop_begun, NO_KIND},
    {"GET", API "last-stop", NULL, BODY_NONE, api_last_stop_get, api_last_stop_written, NO_KIND},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* The name in the path, empty where it takes none; false where it is another's path. */
static bool match(const struct http_route *route, const char *path, struct slice *name_r)
{
	size_t n = strlen(route->path), verb_n = route->verb ? strlen(route->verb) : 0;
	struct slice rest = slice_of(path);

	if (!slice_starts(rest, slice_of(route->path)))
		return false;
	rest = slice_skip(rest, n);
	*name_r = rest;
	if (route->path[n - 1] != '/')
		return rest.n == 0;
	if (rest.n <= verb_n ||
	    memcmp(rest.p + rest.n - verb_n, route->verb ? route->verb : "", verb_n))
		return false;
	name_r->n -= verb_n;
	return slice_find(*name_r, '/') < 0;
}

static const struct http_route *find(
    const char *method, const char *path, char *name_r, size_t size)
{
	const char *wanted = strcmp(method, "HEAD") ? method : "GET";

	for (size_t i = 0; i < ROUTES; i++) {
		struct slice name;

		if (match(&routes[i], path, &name) && !strcmp(routes[i].method, wanted)) {
			snprintf(name_r, size, "%.*s", SLICE_ARG(name));
			return &routes[i];
		}
	}
	return NULL;
}

static bool allows(const char *path, char *allow_r, size_t size)
{
	struct slice name;
	size_t n = 0;

	for (size_t i = 0; i < ROUTES && n < size; i++)
		if (match(&routes[i], path, &name))
			n += (size_t)snprintf(allow_r + n, size - n, "%s%s", n ? ", " : "",
			    strcmp(routes[i].method, "GET") ? routes[i].method : "GET, HEAD");
	return n;
}

const struct http_routes *api_routes(void)
{
	static const struct http_routes table = {.find = find, .allows = allows};

	return &table;
}
