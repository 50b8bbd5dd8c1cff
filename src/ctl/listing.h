// SPDX-License-Identifier: Apache-2.0
/*
 * A list of the API, page by page, as a table or as one JSON document, so that a
 * million items take no memory.
 */
#pragma once

#include "ctl/http.h"
#include "ctl/table.h"

struct listing {
	const char *path; /* of the API, with its arguments */
	const struct table_column *columns;
	size_t column_count;
	/* Adds a row for an item. */
	void (*add)(struct table *table, const json_t *item, int64_t now_ms);
	const char *none; /* said if there are no items */
};

enum ctl_exit listing_print(const struct ctl *ctl, const struct listing *listing);
