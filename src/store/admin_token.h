// SPDX-License-Identifier: Apache-2.0
/*
 * STATE/admin-token: what a request to the API over TCP has to bear. A line of
 * text, so that a script reads it with cat; made at random where it is missing.
 */
#pragma once

#include "store/state_dir.h"

#define ADMIN_TOKEN_MAX 256 /* bytes of a token, NUL included */

/* Reads it, or makes a new one. An empty or longer one is STORE_DAMAGED. */
MUST_CHECK int admin_token_load(
    const struct state_dir *dir, char token_r[ADMIN_TOKEN_MAX], struct store_error *error);
