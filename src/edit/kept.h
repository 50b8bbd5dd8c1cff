// SPDX-License-Identifier: Apache-2.0
/*
 * What an apply has written, kept for the core until it is committed: up to a
 * bound, beyond which none of it is, and it is read back from the database instead.
 */
#pragma once

#include "model/registration_config.h"

struct kept {
	struct registration_config **configs;
	uint32_t count, size;
	size_t bytes;
	bool is_over; /* there were more, or no memory for them */
};

/* Keeps a copy, unless it is over. */
void kept_add(struct kept *kept, const struct registration_config *config);

/* Overwrites the passwords and frees all. */
void kept_clear(struct kept *kept);
