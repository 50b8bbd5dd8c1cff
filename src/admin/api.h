// SPDX-License-Identifier: Apache-2.0
/*
 * The resources of the API under /api/v1, one file each; which path is whose
 * stands in routes.c.
 */
#pragma once

#include "admin/exchange.h"

/*
 * The resource of a method and path; NULL where there is none. `name_r`: the name
 * in the path, cut where it is longer than its room.
 */
const struct exchange_route *api_route(
    const char *method, const char *path, char *name_r, size_t size);

/* True where the path has a resource for some method; `allow_r` then lists them. */
bool api_allows(const char *path, char *allow_r, size_t size);

void api_registrations_list(struct exchange *exchange);
void api_registrations_listed(struct exchange *exchange, const struct answer *answer);
void api_registrations_show(struct exchange *exchange);
void api_registrations_shown(struct exchange *exchange, const struct answer *answer);

void api_trace_get(struct exchange *exchange);
void api_trace_begun(struct exchange *exchange, const struct answer *answer);

void api_status_get(struct exchange *exchange);
void api_status_got(struct exchange *exchange, const struct answer *answer);

void api_stop_post(struct exchange *exchange);
void api_stop_begun(struct exchange *exchange, const struct answer *answer);

void api_last_stop_get(struct exchange *exchange);
void api_last_stop_written(struct exchange *exchange, const struct answer *answer);

void api_registrations_add(struct exchange *exchange);
void api_registrations_put(struct exchange *exchange);
void api_registrations_patch(struct exchange *exchange);
void api_registrations_remove(struct exchange *exchange);
void api_registrations_edited(struct exchange *exchange, const struct answer *answer);

void api_registrations_refresh(struct exchange *exchange);
void api_registrations_cancel(struct exchange *exchange);
void api_registrations_ordered(struct exchange *exchange, const struct answer *answer);
void api_ghosts_list(struct exchange *exchange);
void api_ghosts_listed(struct exchange *exchange, const struct answer *answer);
void api_ghosts_remove(struct exchange *exchange);
void api_ghosts_removed(struct exchange *exchange, const struct answer *answer);

void api_parameters_list(struct exchange *exchange);
void api_parameters_show(struct exchange *exchange);
void api_parameters_put(struct exchange *exchange);
void api_parameters_reset(struct exchange *exchange);
void api_parameters_edited(struct exchange *exchange, const struct answer *answer);

void api_apply_post(struct exchange *exchange);
void api_apply_done(struct exchange *exchange, const struct answer *answer);
void api_apply_get(struct exchange *exchange);

void api_export_get(struct exchange *exchange);
void api_export_got(struct exchange *exchange, const struct answer *answer);

void api_restart_post(struct exchange *exchange);
void api_node_get(struct exchange *exchange);
void api_node_decide(struct exchange *exchange);
void api_node_adopted(struct exchange *exchange, const struct answer *answer);
void api_node_renewed(struct exchange *exchange, const struct answer *answer);

/* True where it may be one; else it is answered as not found. */
bool api_check_name(struct exchange *exchange);

/* {"kind", "name", "action", "fields"} of what an edit did. */
json_t *api_item_json(const struct edit_item *item);
