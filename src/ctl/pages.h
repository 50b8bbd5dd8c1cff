// SPDX-License-Identifier: Apache-2.0
/*
 * Walks the pages of a list of the API, one at a time in memory.
 */
#pragma once

#include "ctl/http.h"

/* What a walk does; each gives false to end it. Items live for the call. */
struct pages_visitor {
	bool (*item)(void *context, json_t *item);
	bool (*page_end)(void *context); /* behind the items of each page; NULL without */
	void *context;
};

/*
 * `path` without cursor, and with its other arguments behind "?" where there are
 * any. CTL_DONE, or the exit code of what went wrong, which is already told.
 */
enum ctl_exit pages_walk(
    const struct ctl *ctl, const char *path, const struct pages_visitor *visitor);
