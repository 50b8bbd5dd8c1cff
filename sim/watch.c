// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that was ever asked for is remembered by its (AOR, Contact), so
 * that a binding found later has an owner.
 */
#include "sim/watch_state.h"

#include "sim/meter.h"
#include "sim/trail.h"

#include <assert.h>
#include <stdlib.h>

#define ASKED_MAX (1u << 24)

struct watch *watch_new(void)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->asked_keys = map_new(ASKED_MAX);
	watch->trails = trails_new();
	watch->meters = meters_new();
	watch->calls = calls_new();
	if (!watch->trails || !watch->meters || !watch->asked_keys || !watch->calls)
		watch_free(&watch);
	return watch;
}

void watch_free(struct watch **watch)
{
	struct watch *gone = *watch;

	*watch = NULL;
	if (!gone)
		return;
	for (uint32_t i = 0; i < gone->asked_count; i++) {
		free(gone->asked[i].user);
		free(gone->asked[i].host);
		free(gone->asked[i].contact);
		free(gone->asked[i].name);
	}
	free(gone->asked);
	map_free(&gone->asked_keys);
	trails_free(&gone->trails);
	meters_free(&gone->meters);
	calls_free(&gone->calls);
	free(gone);
}

struct trails *watch_trails(struct world *world)
{
	return world->watch->trails;
}

struct meters *watch_meters(struct world *world)
{
	return world->watch->meters;
}

struct watch_excuse *watch_excuse(struct world *world)
{
	return &world->watch->excuse;
}

void watch_complain(struct world *world, struct slice name, struct slice user, const char *text)
{
	struct watch *watch = world->watch;
	struct violation *kept;

	if (watch->violations++ >= WATCH_KEPT_MAX)
		return;
	kept = &watch->kept[watch->violations - 1];
	kept->at_us = world->now_us;
	snprintf(kept->name, sizeof(kept->name), "%.*s", SLICE_ARG(name));
	snprintf(kept->user, sizeof(kept->user), "%.*s", SLICE_ARG(user));
	snprintf(kept->text, sizeof(kept->text), "%s", text);
	world_note(world, "violation");
}

void watch_violation(struct world *world, const char *name, const char *text)
{
	watch_complain(world, slice_of(name), slice_of(name), text);
}

uint32_t watch_violations(const struct world *world)
{
	return world->watch->violations;
}

/* ---- what was asked for ---- */

void watch_asked(const struct world *world, const char *user, struct calls_asked *asked_r)
{
	calls_asked(world->watch->calls, user, asked_r);
}

static char *keep(struct slice text)
{
	char *copy = calloc(1, text.n + 1);

	assert(copy);
	memcpy(copy, text.p, text.n);
	return copy;
}

static uint64_t key_of(struct slice user, struct slice contact)
{
	return facts_hash(user) * 31 + facts_hash(contact);
}

struct asked *watch_find_asked(
    const struct watch *watch, struct slice user, struct slice host, struct slice contact)
{
	uint32_t cursor = 0;
	uint64_t place;

	while (map_next(watch->asked_keys, key_of(user, contact), &cursor, &place)) {
		struct asked *asked = &watch->asked[place];

		if (slice_equal(slice_of(asked->user), user) &&
		    slice_equal(slice_of(asked->host), host) &&
		    slice_equal(slice_of(asked->contact), contact))
			return asked;
	}
	return NULL;
}

static void remember_asked(
    struct watch *watch, struct process *process, const struct ledger_identity *identity)
{
	if (watch_find_asked(watch, identity->username, identity->host, identity->contact))
		return;
	if (watch->asked_count == watch->asked_size) {
		watch->asked_size = watch->asked_size ? 2 * watch->asked_size : 64;
		watch->asked = realloc(watch->asked, watch->asked_size * sizeof(watch->asked[0]));
		assert(watch->asked);
	}
	watch->asked[watch->asked_count] = (struct asked){
	    .process = process,
	    .user = keep(identity->username),
	    .host = keep(identity->host),
	    .contact = keep(identity->contact),
	    .name = keep(identity->name),
	};
	if (map_put(watch->asked_keys, key_of(identity->username, identity->contact),
	        watch->asked_count++) < 0)
		abort();
}

/* What the ledger cannot name leaves no trail: it is a violation already, or a cancel too many. */
static void follow(struct world *world, struct process *process, const struct netaddr *peer,
    const struct ledger_identity *identity, const struct facts *facts)
{
	const char *wrong =
	    trail_sent(world->watch->trails, process, world->watch->excuse.homes ? peer : NULL,
	        identity->name, facts, process_is_leaving(process));

	remember_asked(world->watch, process, identity);
	if (wrong)
		watch_complain(world, identity->name, facts->user, wrong);
}

static bool is_named(const struct world *world, const struct netaddr *address)
{
	for (uint32_t i = 0; i < world->name_count; i++)
		for (uint32_t j = 0; j < world->names[i].count; j++)
			if (netaddr_equal_ip(&world->names[i].addresses[j], address))
				return true;
	return false;
}

void watch_sent(struct world *world, struct process *process, const struct netaddr *peer,
    const struct facts *facts)
{
	const struct ledger_identity *identity;
	const char *complaint;

	if (facts->is_keepalive)
		return;
	if (!facts->is_sip) {
		watch_violation(world, "", "what was sent is no SIP message");
		return;
	}
	if (!facts->is_request)
		return;
	complaint = meter_sent(
	    world->watch->meters, process, world->now_us, peer, facts->user, is_named(world, peer));
	if (complaint)
		watch_complain(world, facts->user, facts->user, complaint);
	complaint = calls_sent(world->watch->calls, world->now_us, facts);
	if (complaint)
		watch_complain(world, facts->user, facts->user, complaint);
	identity = disk_covers(process_disk(process), facts->user, facts->host, facts->contact);
	if (identity)
		follow(world, process, peer, identity, facts);
	else if (facts->expires_s > 0)
		watch_complain(world, facts->user, facts->user, "REGISTER without a durable row");
}
