// SPDX-License-Identifier: Apache-2.0
/*
 * Buffers for the messages that transactions keep, in two sizes: most messages are
 * short, so there are fewer long buffers. Memory is allocated at first use, up to
 * the caps, and freed by buffers_free() alone.
 */
#pragma once

#include "base/attr.h"
#include "base/pool.h"

#include <stdbool.h>

struct buffers {
	struct pool *pools[2]; /* short ones, long ones */
};

/* Sizes are in bytes, counts are the most buffers in use at once. False without memory. */
MUST_CHECK bool buffers_init(struct buffers *buffers, size_t short_size, uint32_t short_count,
    size_t long_size, uint32_t long_count);
void buffers_free(struct buffers *buffers);

/* A buffer of that size, not cleared; NULL at the cap. */
char *buffers_take(struct buffers *buffers, bool is_long);

/* Returns a buffer of buffers_take(); does nothing if `text` is NULL. */
void buffers_give(struct buffers *buffers, char *text, bool is_long);

/* True if buffers_take() has one of that size. */
static inline bool buffers_have_room(const struct buffers *buffers, bool is_long)
{
	return pool_count(buffers->pools[is_long]) < pool_cap(buffers->pools[is_long]);
}
