// SPDX-License-Identifier: Apache-2.0
/*
 * What upstreams' tables hold, held against what is wanted, when nothing is under way.
 */
#include "sim/watch_state.h"

#include "sip/uri.h"

#include <stdlib.h>

static void visit_count(
    struct world *world, struct asked *asked, const struct carrier_binding *binding)
{
	(void)world;
	(void)binding;
	if (asked)
		asked->found++;
}

static uint16_t port_of(const char *contact)
{
	struct sip_uri uri;

	return sip_uri_parse(slice_of(contact), &uri, NULL) == 0 ? uri.port : 0;
}

/* Full, and held by somebody else: nothing of ours is bound there while that lasts. */
static bool is_held_by_others(struct world *world, const struct registration_config *config)
{
	struct carrier *upstream = world->upstreams[0].upstream;
	uint32_t most = carrier_config(upstream)->max_contacts, cursor = 0, planted = 0;
	struct carrier_binding binding;

	while (carrier_binding_of(upstream, config->username, config->host, &cursor, &binding))
		planted += binding.planted;
	return most > 0 && planted >= most;
}

static void check_wanted(
    struct world *world, struct process *process, const struct registration_config *config)
{
	struct shown shown;
	struct asked *asked;

	if (!config->settings.enabled || is_held_by_others(world, config))
		return;
	process_show(process, config->name, &shown);
	asked =
	    watch_find_asked(world->watch, config->username, config->host, slice_of(shown.contact));
	if (!asked || asked->found == 0) {
		watch_complain(world, config->name, config->username,
		    "wanted, but not bound when things are quiet");
		return;
	}
	if (asked->found > 1)
		watch_complain(world, config->name, config->username,
		    "bound at two upstreams when things are quiet");
	asked->found = 0;
	if (!process_needs(process, port_of(shown.contact)))
		watch_complain(world, config->name, config->username,
		    "wanted, but nobody listens where it is bound");
}

void watch_quiet(struct world *world)
{
	struct watch *watch = world->watch;
	const struct registration_config *config;

	watch_forget_found(watch);
	watch_walk(world, visit_count);
	for (uint32_t i = 0; i < world->process_count; i++) {
		if (!process_is_running(world->processes[i]))
			continue;
		for (uint32_t k = 0; (config = process_object_at(world->processes[i], k)); k++)
			check_wanted(world, world->processes[i], config);
	}
	for (uint32_t i = 0; i < watch->asked_count; i++)
		if (watch->asked[i].found > 0)
			watch_complain(world, slice_of(watch->asked[i].name),
			    slice_of(watch->asked[i].user),
			    "bound, but not wanted when things are quiet");
}

static void check_lapse(
    struct world *world, struct process *process, const struct registration_config *config)
{
	struct shown shown;
	struct asked *asked;

	if (!config->settings.enabled || is_held_by_others(world, config))
		return;
	process_show(process, config->name, &shown);
	asked =
	    watch_find_asked(world->watch, config->username, config->host, slice_of(shown.contact));
	if (!asked || asked->found == 0)
		watch_complain(
		    world, config->name, config->username, "wanted, and has lapsed in peace");
}

void watch_lapses(struct world *world)
{
	const struct registration_config *config;

	watch_forget_found(world->watch);
	watch_walk(world, visit_count);
	for (uint32_t i = 0; i < world->process_count; i++)
		for (uint32_t k = 0; process_is_running(world->processes[i]) &&
		                     (config = process_object_at(world->processes[i], k));
		     k++)
			check_lapse(world, world->processes[i], config);
}

void watch_plant(struct world *world, uint32_t upstream, const char *aor, const char *contact)
{
	if (carrier_plant(world->upstreams[upstream].upstream, world->now_us, aor, contact,
	        UINT32_C(100) * 24 * 3600) < 0)
		abort();
	world->watch->planted++;
}

void watch_foreign(struct world *world)
{
	struct carrier_binding binding;
	uint64_t found = 0;

	for (uint32_t i = 0; i < world->upstream_count; i++) {
		uint32_t cursor = 0;

		while (carrier_binding_next(world->upstreams[i].upstream, &cursor, &binding))
			found += binding.planted;
	}
	if (found != world->watch->planted)
		watch_violation(world, "", "somebody else's binding is gone");
}
