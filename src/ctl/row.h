// SPDX-License-Identifier: Apache-2.0
/*
 * A registration's JSON as the cells of a table. Each function writes into
 * `text` of ROW_TEXT bytes and gives it, or NULL where there is nothing to show.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define ROW_TEXT 256

/* How long the registration has been in its state. */
const char *row_since(const json_t *item, int64_t now_ms, char text[ROW_TEXT]);

/* How long upstream holds the binding at most; "maybe 31s" where no answer has confirmed it. */
const char *row_expires(const json_t *item, int64_t now_ms, char text[ROW_TEXT]);

/* "refresh in 41m00s". */
const char *row_next(const json_t *item, int64_t now_ms, char text[ROW_TEXT]);

/* "403 Forbidden", "no answer". The keys are "last_status" and "last_reason", or others. */
const char *row_answer(
    const json_t *item, const char *status_key, const char *reason_key, char text[ROW_TEXT]);

/* A text field as it is. */
const char *row_text(const json_t *item, const char *key);

/* True for a state that somebody should look at. */
bool row_is_trouble(const json_t *item);
bool row_state_is_trouble(const char *state);
