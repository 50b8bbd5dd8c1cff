// SPDX-License-Identifier: Apache-2.0
/*
 * Windows of nc. A value in the table is the highest nc and, above it, one bit for each of the 32
 * numbers up to it, itself the lowest.
 */
#include "guard/replay.h"

#define WINDOW  32
#define ALL_NCS (UINT64_MAX) /* every nc counts as used */

static uint64_t begin(enum sip_digest_qop qop, uint32_t nc)
{
	return qop == SIP_QOP_NONE ? ALL_NCS : UINT64_C(1) << 32 | nc;
}

/* Marks `nc`; false where it is marked, or too far behind. */
static bool mark(uint64_t *value, uint32_t nc)
{
	uint32_t highest = (uint32_t)*value, bits = (uint32_t)(*value >> 32);

	if (nc > highest) {
		bits = nc - highest < WINDOW ? bits << (nc - highest) : 0;
		highest = nc;
	}
	if (highest - nc >= WINDOW || bits >> (highest - nc) & 1)
		return false;
	bits |= UINT32_C(1) << (highest - nc);
	*value = (uint64_t)bits << 32 | highest;
	return true;
}

bool replay_note(struct recent *used, uint64_t id, uint64_t made_us, enum sip_digest_qop qop,
    uint32_t nc, uint64_t now_us, bool *is_first_r)
{
	uint64_t value;

	*is_first_r = !recent_find(used, id, &value);
	if (!*is_first_r) {
		if (qop == SIP_QOP_NONE || !mark(&value, nc))
			return false;
	} else if (made_us < used->forgotten_us) {
		return false;
	} else {
		value = begin(qop, nc);
	}
	recent_put(used, id, value, now_us);
	return true;
}
