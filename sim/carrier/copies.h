// SPDX-License-Identifier: Apache-2.0
/*
 * The last few transactions, by a hash, for a judge who must tell the copy of a
 * request from another one that bears its numbers. A server transaction ends
 * 32 s after its answer (RFC 3261 17.2.2), and a copy that was sent just
 * before the client gave up may arrive later than that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define COPIES 32 /* an end for each Contact that is still owed, and repetitions of them */

struct copies {
	uint32_t keys[COPIES];
	uint32_t next;
};

/* True where this one was here before; else it is remembered in the place of the oldest. */
static inline bool copies_seen(struct copies *copies, uint64_t key)
{
	for (int i = 0; i < COPIES; i++)
		if (copies->keys[i] == (uint32_t)key)
			return true;
	copies->keys[copies->next++ % COPIES] = (uint32_t)key;
	return false;
}
