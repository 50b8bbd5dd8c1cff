// SPDX-License-Identifier: Apache-2.0
/*
 * Walks all pages of a list of the API.
 */
#pragma once

#include "ctl/http.h"

/* Called with each item, in the API's order; false ends the walk. Keeps one by json_incref(). */
typedef bool (*pages_visit_fn)(void *context, json_t *item);

/* CTL_DONE, or the exit code of what went wrong, which is already told. */
enum ctl_exit pages_walk(
    const struct ctl *ctl, const char *path, pages_visit_fn visit, void *context);
