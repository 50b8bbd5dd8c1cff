// SPDX-License-Identifier: Apache-2.0
/*
 * The resources of the API under /api/v1, one file each; which path is whose
 * stands in api_routes.c.
 */
#pragma once

#include "admin/http_request.h"

/* The table of all of them. */
const struct http_routes *api_routes(void);

void api_registrations_list(struct http_request *http);
void api_registrations_listed(struct http_request *http, const struct pending_answer *answer);
void api_registrations_show(struct http_request *http);
void api_registrations_shown(struct http_request *http, const struct pending_answer *answer);

void api_endpoints_list(struct http_request *http);
void api_endpoints_listed(struct http_request *http, const struct pending_answer *answer);
void api_endpoints_show(struct http_request *http);
void api_endpoints_shown(struct http_request *http, const struct pending_answer *answer);

void api_bindings_list(struct http_request *http);
void api_bindings_listed(struct http_request *http, const struct pending_answer *answer);
void api_bindings_remove(struct http_request *http);
void api_bindings_removed(struct http_request *http, const struct pending_answer *answer);

void api_suspensions_list(struct http_request *http);
void api_suspensions_listed(struct http_request *http, const struct pending_answer *answer);
void api_suspensions_lift(struct http_request *http);
void api_suspensions_lifted(struct http_request *http, const struct pending_answer *answer);

void api_trace_get(struct http_request *http);
void api_trace_begun(struct http_request *http, const struct pending_answer *answer);

void api_status_get(struct http_request *http);
void api_status_got(struct http_request *http, const struct pending_answer *answer);

void api_stop_post(struct http_request *http);
void api_stop_begun(struct http_request *http, const struct pending_answer *answer);

void api_last_stop_get(struct http_request *http);
void api_last_stop_written(struct http_request *http, const struct pending_answer *answer);

void api_object_add(struct http_request *http);
void api_object_put(struct http_request *http);
void api_object_patch(struct http_request *http);
void api_object_remove(struct http_request *http);
void api_object_edited(struct http_request *http, const struct pending_answer *answer);

void api_registrations_refresh(struct http_request *http);
void api_registrations_cancel(struct http_request *http);
void api_registrations_ordered(struct http_request *http, const struct pending_answer *answer);
void api_ghosts_list(struct http_request *http);
void api_ghosts_listed(struct http_request *http, const struct pending_answer *answer);
void api_ghosts_remove(struct http_request *http);
void api_ghosts_removed(struct http_request *http, const struct pending_answer *answer);

void api_parameters_list(struct http_request *http);
void api_parameters_show(struct http_request *http);
void api_parameters_put(struct http_request *http);
void api_parameters_reset(struct http_request *http);
void api_parameters_edited(struct http_request *http, const struct pending_answer *answer);

void api_apply_post(struct http_request *http);
void api_apply_done(struct http_request *http, const struct pending_answer *answer);
void api_apply_get(struct http_request *http);

void api_export_get(struct http_request *http);
void api_export_got(struct http_request *http, const struct pending_answer *answer);

void api_restart_post(struct http_request *http);
void api_node_get(struct http_request *http);
void api_node_decide(struct http_request *http);
void api_node_adopted(struct http_request *http, const struct pending_answer *answer);
void api_node_renewed(struct http_request *http, const struct pending_answer *answer);

/* True if the route's kind can have the name in the path; else 400 is replied. */
bool api_check_name(struct http_request *http);

/* Replies 404: the route's kind has no object of the name in the path. */
void api_no_such(struct http_request *http);

/* A query argument within limits, both included; `missing` stands for one that is not given. */
struct api_range {
	uint32_t minimum, maximum, missing;
};

/* False: the number is wrong, and 400 is replied. */
bool api_query_number(
    struct http_request *http, const char *key, const struct api_range *range, uint32_t *number_r);

/* limit=, of a page, and cursor=, where a page begins if the order is that of slots. */
bool api_query_limit(struct http_request *http, uint32_t *limit_r);
bool api_query_slot(struct http_request *http, uint32_t *slot_r);

/* Replies {"items", "next"}: an item for each view of the answer. */
void api_page_reply(struct http_request *http, const struct pending_answer *answer,
    json_t *(*item)(const struct answer *said));

/* Every field as it is provisioned; of a secret, whether there is one. */
json_t *api_config_json(enum object_kind kind, const void *config, bool has_secret);

/* {"kind", "name", "action", "fields"} of what an edit did. */
json_t *api_item_json(const struct edit_item *item);
