// SPDX-License-Identifier: Apache-2.0
/*
 * Which refusals of the kernel to send are worth a line: the first of each peer
 * and reason, and no more than one a minute from then on. A bounded table; what
 * finds no place in it is counted by its owner and not told.
 */
#pragma once

#include "base/netaddr.h"

#define REFUSALS_MAX      32
#define REFUSALS_QUIET_US UINT64_C(60000000)

struct refusals {
	struct refusal {
		struct netaddr peer;
		int error;      /* errno; 0: the place is free */
		uint32_t count; /* since it was told last */
		uint64_t told_us;
	} places[REFUSALS_MAX];
};

/*
 * Notes one. True where it is to be told, with how many there were since the
 * last time, this one among them.
 */
bool refusals_note(struct refusals *refusals, const struct netaddr *peer, int error,
    uint64_t now_us, uint32_t *count_r);
