// SPDX-License-Identifier: Apache-2.0
/*
 * The resources of the API under /api/v1, one file each; which path is whose
 * stands in routes.c.
 */
#pragma once

#include "admin/exchange.h"

/* The resource of a method and path; NULL where there is none. `name_r`: what follows its path. */
const struct exchange_route *api_route(const char *method, const char *path, const char **name_r);

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
