// SPDX-License-Identifier: Apache-2.0
/*
 * Values of one size, such as addresses, that are the same in many objects. Each
 * value is kept once, with a reference count; an object holds a pointer to it.
 */
#pragma once

#include "base/map.h"

struct shared;

/* A table of values of `size` bytes each. NULL without memory. */
struct shared *shared_new(size_t size, struct hash_key key);

/* Frees the table and all its values, even those that are still held. */
void shared_free(struct shared **shared);

/*
 * Sets `*held`, which may be NULL, to the value with those bytes and drops the value
 * before. Values are compared by their bytes, so padding must be zeroed. False without
 * memory: then nothing has changed.
 */
MUST_CHECK bool shared_set(struct shared *shared, const void *bytes, const void **held);

/* Drops the value and sets `*held` to NULL; does nothing if it is NULL. */
void shared_drop(struct shared *shared, const void **held);

/* The number of different values. */
uint32_t shared_count(const struct shared *shared);
