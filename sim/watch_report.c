// SPDX-License-Identifier: Apache-2.0
/*
 * What was broken, as it is printed.
 */
#include "sim/watch_state.h"

#define LADDER 40

static bool counts(const struct world *world, enum carrier_offence offence)
{
	if (offence == CARRIER_SOURCE_CHANGED && world->watch->excuse.sources)
		return false;
	return offence != CARRIER_CALL_ID_CHANGED || !world->watch->excuse.epochs;
}

uint64_t watch_faults(const struct world *world)
{
	uint64_t faults = world->watch->violations;

	for (uint32_t i = 0; i < world->upstream_count; i++)
		for (enum carrier_offence o = 0; o < CARRIER_OFFENCES; o++)
			if (counts(world, o))
				faults += carrier_offence(world->upstreams[i].upstream, o);
	return faults;
}

/* True where it drew somebody's ladder. */
static bool report_offences(const struct world *world, const struct carrier *upstream, FILE *file)
{
	struct facts facts = {0};

	for (enum carrier_offence o = 0; o < CARRIER_OFFENCES; o++) {
		struct slice message;

		if (!counts(world, o) || carrier_offence(upstream, o) == 0)
			continue;
		message = carrier_offence_message(upstream, o);
		facts_read(message, &facts);
		fprintf(file, "offence %s, %llu times, last:\n%.*s\n", carrier_offence_name(o),
		    (unsigned long long)carrier_offence(upstream, o), SLICE_ARG(message));
	}
	if (facts.user.n == 0)
		return false;
	ladder_draw(world->ladder, file, facts.user, LADDER);
	return true;
}

void watch_report(const struct world *world, FILE *file)
{
	const struct watch *watch = world->watch;
	uint32_t kept = watch->violations < WATCH_KEPT_MAX ? watch->violations : WATCH_KEPT_MAX;
	bool drew = false;

	for (uint32_t i = 0; i < kept; i++)
		fprintf(file, "%13.3f  VIOLATION %s: %s\n", (double)watch->kept[i].at_us / US_PER_S,
		    watch->kept[i].name, watch->kept[i].text);
	for (uint32_t i = 0; i < world->upstream_count; i++)
		drew |= report_offences(world, world->upstreams[i].upstream, file);
	if (kept > 0 && !drew) {
		fprintf(file, "the ladder of %s:\n", watch->kept[0].name);
		ladder_draw(world->ladder, file, slice_of(watch->kept[0].user), LADDER);
	}
}
