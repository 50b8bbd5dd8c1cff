// SPDX-License-Identifier: Apache-2.0
/*
 * Buffers for messages that transactions keep, in two sizes: most messages are
 * short, and of long buffers there are fewer. Memory is taken as they are used,
 * up to the caps, and never given back before buffers_free().
 */
#pragma once

#include "base/attr.h"
#include "base/pool.h"

#include <stdbool.h>

struct buffers {
	struct pool *pools[2]; /* short ones, long ones */
};

/* Of these bytes each, at most so many at once. False without memory. */
MUST_CHECK bool buffers_init(struct buffers *buffers, size_t short_size, uint32_t short_count,
    size_t long_size, uint32_t long_count);
void buffers_free(struct buffers *buffers);

/* Bytes of that size, with what their last user left in them; NULL at the cap. */
char *buffers_take(struct buffers *buffers, bool is_long);

/* Gives back what buffers_take() gave; nothing happens where it is NULL. */
void buffers_give(struct buffers *buffers, char *text, bool is_long);

static inline bool buffers_have_room(const struct buffers *buffers, bool is_long)
{
	return pool_count(buffers->pools[is_long]) < pool_cap(buffers->pools[is_long]);
}
