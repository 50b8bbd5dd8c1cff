// SPDX-License-Identifier: Apache-2.0
/*
 * Values of one size that many objects have alike, as an address is: each is kept
 * once, and counted. Whoever holds one has a pointer instead of a copy.
 */
#pragma once

#include "base/map.h"

struct shared;

/* NULL without memory. */
struct shared *shared_new(size_t size, struct hash_key key);

/* With all values, however many hold them. */
void shared_free(struct shared **shared);

/*
 * Lets `*held` (NULL: none yet) be the value with those bytes. False without memory:
 * then nothing has changed.
 */
MUST_CHECK bool shared_set(struct shared *shared, const void *bytes, const void **held);

/* One less holds it; nothing happens where it is NULL, which it is then. */
void shared_drop(struct shared *shared, const void **held);

uint32_t shared_count(const struct shared *shared);
