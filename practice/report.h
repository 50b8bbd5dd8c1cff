// SPDX-License-Identifier: Apache-2.0
/*
 * What the upstream knows, as JSON.
 */
#pragma once

#include "sim/carrier.h"

#include <jansson.h>

/* Each is a new reference, owned by the caller; NULL without memory. */
json_t *report_table(const struct carrier *carrier, uint64_t now_us);
json_t *report_counters(const struct carrier *carrier);
json_t *report_accounts(const struct carrier *carrier);
json_t *report_offences(const struct carrier *carrier); /* with the last message of each */

/* Writes {"table": ..., "counters": ...} to a file. ERR_IO. */
MUST_CHECK int report_write(const struct carrier *carrier, uint64_t now_us, const char *path);
