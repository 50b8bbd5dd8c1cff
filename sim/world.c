// SPDX-License-Identifier: Apache-2.0
/*
 * The loop of the simulator: it sets the time to the next event and runs it. In the
 * same microsecond, datagrams come before timers.
 */
#include "sim/world.h"

#include "sim/trail.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct world *world_new(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return NULL;
	world->seed = seed;
	world->now_us = BEGIN_US;
	world->wall_offset_ms = WORLD_WALL_MS - (int64_t)(BEGIN_US / US_PER_MS);
	world->flow_delay_us = 100;
	world->name_delay_us = 2 * US_PER_MS;
	world->network = network_new(seed * 3 + 1);
	world->watch = watch_new();
	world->ladder = ladder_new();
	if (!world->network || !world->watch || !world->ladder)
		world_free(&world);
	return world;
}

void world_free(struct world **world)
{
	struct world *gone = *world;

	*world = NULL;
	if (!gone)
		return;
	for (uint32_t i = 0; i < gone->process_count; i++)
		process_free(&gone->processes[i]);
	for (uint32_t i = 0; i < gone->upstream_count; i++)
		carrier_free(&gone->upstreams[i].upstream);
	tally_free(&gone->tally);
	network_free(&gone->network);
	watch_free(&gone->watch);
	ladder_free(&gone->ladder);
	free(gone);
}

void world_carrier_config(struct carrier_config *config_r)
{
	carrier_config_default(config_r);
	snprintf(config_r->any_password, sizeof(config_r->any_password), "%s", WORLD_PASSWORD);
}

struct carrier *world_add_upstream(
    struct world *world, const char *address, const struct carrier_config *config)
{
	struct world_upstream *place = &world->upstreams[world->upstream_count];
	struct carrier_config plain;

	assert(world->upstream_count < WORLD_UPSTREAMS_MAX);
	world_carrier_config(&plain);
	place->upstream =
	    carrier_new(config ? config : &plain, world->seed * 7 + world->upstream_count);
	place->address = world_address(address);
	if (!place->upstream)
		abort();
	world->upstream_count++;
	return place->upstream;
}

struct process *world_add_process(
    struct world *world, const char *address, uint32_t registrations_max)
{
	struct netaddr at = world_address(address);
	struct process *process =
	    process_new(world, &at, world->seed * 13 + world->process_count, registrations_max);

	assert(process && world->process_count < WORLD_PROCESSES_MAX);
	world->processes[world->process_count++] = process;
	return process;
}

void world_step_clock(struct world *world, int64_t step_ms)
{
	world->wall_offset_ms += step_ms;
	world_note(world, "clock step");
	for (uint32_t i = 0; i < world->process_count; i++)
		process_clock_stepped(world->processes[i], step_ms);
}

/* Gives to the network what the upstream sends, with the delay that it chose. */
static void drain_upstream(struct world *world, struct world_upstream *place)
{
	struct carrier_send send;
	struct facts facts;

	while (carrier_next_send(place->upstream, &send)) {
		uint64_t at_us = world->now_us + send.delay_us, arrives_us;

		facts_read(send.bytes, &facts);
		arrives_us =
		    network_send(world->network, at_us, &send.local, &send.to, send.bytes, &facts);
		ladder_add(world->ladder, at_us, arrives_us, &send.local, &send.to, &facts);
	}
}

/* The upstream has received a message with these facts: if a binding was made, the watch checks. */
static void check_upstream(
    struct world *world, struct world_upstream *place, const struct facts *facts)
{
	uint64_t bound = carrier_counter(place->upstream, CARRIER_BOUND);

	drain_upstream(world, place);
	if (bound == place->bound_seen)
		return;
	place->bound_seen = bound;
	watch_bound(world, place->upstream, facts);
}

/* Delivers; judges whether a response to an old request was taken for one to a newer request. */
static void deliver_to(
    struct world *world, struct process *process, const struct datagram *datagram)
{
	struct shown before, after;
	const char *wrong;
	char name[65];

	snprintf(name, sizeof(name), "%s",
	    trail_of_old_answer(watch_trails(world), process, &datagram->facts));
	if (name[0] == '\0') {
		process_receive(process, &datagram->from, &datagram->to, datagram->bytes);
		return;
	}
	process_show(process, slice_of(name), &before);
	process_receive(process, &datagram->from, &datagram->to, datagram->bytes);
	process_show(process, slice_of(name), &after);
	wrong = trail_judge_answer(&before, &after);
	if (wrong)
		watch_violation(world, name, wrong);
}

static void deliver(struct world *world, const struct datagram *datagram)
{
	for (uint32_t i = 0; i < world->upstream_count; i++) {
		struct world_upstream *place = &world->upstreams[i];

		if (!netaddr_equal(&place->address, &datagram->to) &&
		    !netaddr_equal(&place->second, &datagram->to))
			continue;
		carrier_receive(place->upstream, world->now_us, &datagram->from, &datagram->to,
		    datagram->bytes);
		check_upstream(world, place, &datagram->facts);
		return;
	}
	for (uint32_t i = 0; i < world->process_count; i++) {
		struct process *process = world->processes[i];

		if (netaddr_equal_ip(process_address(process), &datagram->to))
			deliver_to(world, process, datagram);
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_us(const struct world *world)
{
	uint64_t next = network_next(world->network);

	for (uint32_t i = 0; i < world->upstream_count; i++)
		next = earlier(next, carrier_next_deadline(world->upstreams[i].upstream));
	for (uint32_t i = 0; i < world->process_count; i++)
		next = earlier(next, process_next(world->processes[i]));
	return next;
}

/* Runs all events of the earliest moment; false if there are none up to `until_us`. */
static bool step(struct world *world, uint64_t until_us)
{
	uint64_t next = next_us(world);
	struct datagram datagram;

	if (next > until_us) {
		world->now_us = until_us;
		return false;
	}
	if (next > world->now_us)
		world->now_us = next;
	world->steps++;
	while (network_take(world->network, world->now_us, &datagram))
		deliver(world, &datagram);
	for (uint32_t i = 0; i < world->upstream_count; i++) {
		struct world_upstream *place = &world->upstreams[i];

		if (carrier_next_deadline(place->upstream) <= world->now_us) {
			carrier_advance(place->upstream, world->now_us);
			drain_upstream(world, place);
		}
	}
	for (uint32_t i = 0; i < world->process_count; i++) {
		if (process_next(world->processes[i]) <= world->now_us)
			process_advance(world->processes[i]);
	}
	return true;
}

void world_run_until_us(struct world *world, uint64_t until_us)
{
	while (step(world, until_us))
		;
}

void world_run_for(struct world *world, uint64_t us)
{
	world_run_until_us(world, world->now_us + us);
}

void world_run_s(struct world *world, uint64_t seconds)
{
	world_run_for(world, seconds * US_PER_S);
}

bool world_run_until(
    struct world *world, world_predicate_fn predicate, void *context, uint64_t limit_us)
{
	uint64_t until_us = world->now_us + limit_us;

	while (!predicate(world, context))
		if (!step(world, until_us))
			return predicate(world, context);
	return true;
}
