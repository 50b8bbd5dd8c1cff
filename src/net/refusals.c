// SPDX-License-Identifier: Apache-2.0
/*
 * A place becomes free for another when it has been quiet for as long as its own
 * line would have waited.
 */
#include "net/refusals.h"

static bool is_rested(const struct refusal *place, uint64_t now_us)
{
	return place->error == 0 || now_us - place->told_us >= REFUSALS_QUIET_US;
}

/* That of the peer and reason, else one that may be taken; NULL where all are in use. */
static struct refusal *place_for(
    struct refusals *refusals, const struct netaddr *peer, int error, uint64_t now_us)
{
	struct refusal *rested = NULL;

	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		struct refusal *place = &refusals->places[i];

		if (place->error == error && netaddr_equal(&place->peer, peer))
			return place;
		if (!rested && is_rested(place, now_us))
			rested = place;
	}
	if (rested)
		*rested = (struct refusal){.peer = *peer};
	return rested;
}

bool refusals_note(struct refusals *refusals, const struct netaddr *peer, int error,
    uint64_t now_us, uint32_t *count_r)
{
	struct refusal *place = place_for(refusals, peer, error, now_us);

	if (!place)
		return false;
	place->count++;
	if (!is_rested(place, now_us))
		return false;
	*count_r = place->count;
	place->error = error;
	place->count = 0;
	place->told_us = now_us;
	return true;
}
