// SPDX-License-Identifier: Apache-2.0
/*
 * Times of the API for people: how long ago, how long still.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_MAX 24

/* Unix time in ms now. */
int64_t when_now_ms(void);

/* Reads "2024-02-29T23:59:59.007Z" from the JSON value; false for null and all else. */
bool when_parse(const json_t *value, int64_t *wall_ms_r);

/* "41s", "4m12s", "1h06m", "3d04h": at most WHEN_MAX bytes. Negative durations count as 0. */
const char *when_duration(int64_t ms, char text[WHEN_MAX]);
