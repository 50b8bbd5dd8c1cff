// SPDX-License-Identifier: Apache-2.0
/*
 * What an apply has written, kept for the core until it is committed: up to a
 * bound, beyond which none of it is, and it is read back from the database instead.
 */
#pragma once

#include "model/object.h"

struct kept_object {
	enum object_kind kind;
	void *object;
};

struct kept {
	struct kept_object *objects;
	uint32_t count, size;
	size_t bytes;
	bool is_over; /* there were more, or no memory for them */
};

/* Keeps a copy, unless it is over. */
void kept_add(struct kept *kept, enum object_kind kind, const void *object);

/* Overwrites the secrets and frees all. */
void kept_clear(struct kept *kept);
