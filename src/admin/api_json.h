// SPDX-License-Identifier: Apache-2.0
/*
 * How the API writes what has no form of its own in JSON: times, texts that came
 * from a peer, and numbers that may be absent. The document itself is jansson's.
 */
#pragma once

#include "base/slice.h"

#include <jansson.h>

#define API_JSON_TIME_MAX 40

/* RFC 3339 in UTC with milliseconds, "2024-02-29T23:59:59.007Z"; `text` has API_JSON_TIME_MAX
 * bytes. */
void api_json_time_text(int64_t wall_ms, char *text);

/* The time as a string; null where it is 0. */
json_t *api_json_time(int64_t wall_ms);

/*
 * The text as a string; null where it is empty. Bytes that are no UTF-8, and
 * NUL, become U+FFFD: a peer's reason phrase may hold anything.
 */
json_t *api_json_text(struct slice text);

/* The number; null where it is 0. */
json_t *api_json_number(uint64_t number);
