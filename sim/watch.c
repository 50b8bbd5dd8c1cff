// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that was ever asked for is remembered by its (AOR, Contact), so
 * that a binding found later has an owner.
 */
#include "sim/watch.h"

#include "base/map.h"
#include "sim/meter.h"
#include "sim/trail.h"
#include "sim/world.h"

#include <assert.h>
#include <stdlib.h>

#define KEPT_MAX  12
#define ASKED_MAX (1u << 24)
#define LADDER    40
#define SLACK_US  (2 * US_PER_S)

struct violation {
	uint64_t at_us;
	char name[65], user[65], text[160];
};

/* A binding that was asked for at least once. */
struct asked {
	struct process *process;
	char *user, *host, *contact, *name;
	uint32_t found; /* of a walk over the tables */
	bool was_reported;
};

struct watch {
	struct watch_excuse excuse;
	struct violation kept[KEPT_MAX];
	uint32_t violations;
	struct asked *asked;
	uint32_t asked_count, asked_size;
	struct map *asked_keys;
	struct calls *calls;
	struct trails *trails;
	struct meters *meters;
	uint64_t planted;
};

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

static void complain(struct world *world, struct slice name, struct slice user, const char *text)
{
	struct watch *watch = world->watch;
	struct violation *kept;

	if (watch->violations++ >= KEPT_MAX)
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
	complain(world, slice_of(name), slice_of(name), text);
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

static struct asked *find_asked(
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
	if (find_asked(watch, identity->username, identity->host, identity->contact))
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
		complain(world, identity->name, facts->user, wrong);
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
		complain(world, facts->user, facts->user, complaint);
	complaint = calls_sent(world->watch->calls, world->now_us, facts);
	if (complaint)
		complain(world, facts->user, facts->user, complaint);
	identity = disk_covers(process_disk(process), facts->user, facts->host, facts->contact);
	if (identity)
		follow(world, process, peer, identity, facts);
	else if (facts->expires_s > 0)
		complain(world, facts->user, facts->user, "REGISTER without a durable row");
}

/* ---- the tables ---- */

static struct slice user_of(struct slice aor)
{
	struct slice rest = slice_skip(aor, 4);
	ptrdiff_t at = slice_find(rest, '@');

	return at < 0 ? rest : slice_make(rest.p, (size_t)at);
}

static struct slice host_of(struct slice aor)
{
	ptrdiff_t at = slice_find(aor, '@');

	return at < 0 ? slice_skip(aor, aor.n) : slice_skip(aor, (size_t)at + 1);
}

typedef void (*visit_fn)(
    struct world *world, struct asked *asked, const struct carrier_binding *binding);

static void look_at(struct world *world, visit_fn visit, const struct carrier_binding *binding)
{
	if (binding->planted || binding->returned || binding->expires_us <= world->now_us)
		return;
	visit(world,
	    find_asked(
	        world->watch, user_of(binding->aor), host_of(binding->aor), binding->contact),
	    binding);
}

static void walk_tables(struct world *world, visit_fn visit)
{
	struct carrier_binding binding;

	for (uint32_t i = 0; i < world->carrier_count; i++) {
		uint32_t cursor = 0;

		while (carrier_binding_next(world->upstreams[i].upstream, &cursor, &binding))
			look_at(world, visit, &binding);
	}
}

/* Held for longer than was asked for, and than any answer has told. */
static bool is_surplus(const struct world *world, const struct carrier_binding *binding)
{
	return binding->expires_us <= world->now_us + world->watch->excuse.surplus_s * US_PER_S;
}

static void visit_row(
    struct world *world, struct asked *asked, const struct carrier_binding *binding)
{
	struct slice user = user_of(binding->aor);

	if (is_surplus(world, binding))
		return;
	if (asked && (asked->was_reported || disk_covers(process_disk(asked->process), user,
	                                         host_of(binding->aor), binding->contact)))
		return;
	if (asked)
		asked->was_reported = true;
	complain(world, asked ? slice_of(asked->name) : user, user,
	    asked ? "a binding stands that no row of the ledger names"
	          : "a binding stands that nobody asked for");
}

void watch_tables(struct world *world)
{
	if (!world->watch->excuse.tables)
		walk_tables(world, visit_row);
}

void watch_bound(struct world *world, const struct carrier *upstream, const struct facts *facts)
{
	struct carrier_binding binding;
	uint32_t cursor = 0;

	if (world->watch->excuse.tables)
		return;
	while (carrier_binding_of(upstream, facts->user, facts->host, &cursor, &binding))
		look_at(world, visit_row, &binding);
}

void watch_gave_up(struct world *world, const struct ledger_identity *identity)
{
	struct carrier_binding binding;

	if (!identity || world->watch->excuse.tables)
		return;
	for (uint32_t i = 0; i < world->carrier_count; i++) {
		uint32_t cursor = 0;

		while (carrier_binding_of(world->upstreams[i].upstream, identity->username,
		    identity->host, &cursor, &binding))
			look_at(world, visit_row, &binding);
	}
}

/* ---- the report of a stop ---- */

void watch_settled(struct world *world, struct process *process, const struct stop_line *line)
{
	(void)process;
	ladder_note(world->ladder, world->now_us, stop_outcome_name(line->outcome));
}

static void forget_found(struct watch *watch)
{
	for (uint32_t i = 0; i < watch->asked_count; i++)
		watch->asked[i].found = 0;
}

/* What the report says of a registration; it may have a line for each of its bindings. */
struct said {
	uint32_t lines, unclean;
	uint64_t until_us; /* the latest */
};

static struct said said_of(const struct stop_report *report, const char *name)
{
	struct said said = {0};

	for (uint32_t i = 0; i < report->line_count; i++) {
		const struct stop_line *line = &report->lines[i];

		if (!slice_equal(slice_of(line->name), slice_of(name)))
			continue;
		said.lines++;
		said.unclean += line->outcome != OUTCOME_CLEAN;
		if (line->until_us > said.until_us)
			said.until_us = line->until_us;
	}
	return said;
}

/* Of that name, the bindings that the last walk has found. */
static uint32_t found_of(const struct watch *watch, const struct asked *asked)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < watch->asked_count; i++)
		if (watch->asked[i].found > 0 && watch->asked[i].process == asked->process &&
		    strcmp(watch->asked[i].name, asked->name) == 0)
			found += watch->asked[i].found;
	return found;
}

/* Of another process, which has not said anything yet, or nothing to its end. */
static bool has_spoken(const struct asked *asked)
{
	return asked && !process_is_running(asked->process) &&
	       process_report(asked->process)->ended;
}

static void visit_found(
    struct world *world, struct asked *asked, const struct carrier_binding *binding)
{
	if (asked && !is_surplus(world, binding))
		asked->found++;
}

static void visit_left(
    struct world *world, struct asked *asked, const struct carrier_binding *binding)
{
	uint64_t surplus_us = world->watch->excuse.surplus_s * US_PER_S;
	const char *wrong = NULL;
	struct said said;

	if (!has_spoken(asked) || is_surplus(world, binding))
		return;
	said = said_of(process_report(asked->process), asked->name);
	if (said.lines == 0)
		wrong = "a stop does not report what upstream holds";
	else if (found_of(world->watch, asked) > said.unclean)
		wrong = "clean, but upstream holds it";
	else if (binding->expires_us > said.until_us + SLACK_US + surplus_us)
		wrong = "upstream holds it longer than the report says";
	if (wrong)
		complain(world, slice_of(asked->name), user_of(binding->aor), wrong);
}

void watch_left(struct world *world, struct process *process)
{
	(void)process;
	if (world->watch->excuse.outcomes)
		return;
	forget_found(world->watch);
	walk_tables(world, visit_found);
	walk_tables(world, visit_left);
}

void watch_died(struct world *world, struct process *process)
{
	(void)process;
	watch_tables(world);
}

/* ---- when things are quiet ---- */

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
	asked = find_asked(world->watch, config->username, config->host, slice_of(shown.contact));
	if (!asked || asked->found == 0) {
		complain(world, config->name, config->username,
		    "wanted, but not bound when things are quiet");
		return;
	}
	if (asked->found > 1)
		complain(world, config->name, config->username,
		    "bound at two upstreams when things are quiet");
	asked->found = 0;
	if (!process_needs(process, port_of(shown.contact)))
		complain(world, config->name, config->username,
		    "wanted, but nobody listens where it is bound");
}

void watch_quiet(struct world *world)
{
	struct watch *watch = world->watch;
	const struct registration_config *config;

	forget_found(watch);
	walk_tables(world, visit_count);
	for (uint32_t i = 0; i < world->process_count; i++) {
		if (!process_is_running(world->processes[i]))
			continue;
		for (uint32_t k = 0; (config = process_object_at(world->processes[i], k)); k++)
			check_wanted(world, world->processes[i], config);
	}
	for (uint32_t i = 0; i < watch->asked_count; i++)
		if (watch->asked[i].found > 0)
			complain(world, slice_of(watch->asked[i].name),
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
	asked = find_asked(world->watch, config->username, config->host, slice_of(shown.contact));
	if (!asked || asked->found == 0)
		complain(world, config->name, config->username, "wanted, and has lapsed in peace");
}

void watch_lapses(struct world *world)
{
	const struct registration_config *config;

	forget_found(world->watch);
	walk_tables(world, visit_count);
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

	for (uint32_t i = 0; i < world->carrier_count; i++) {
		uint32_t cursor = 0;

		while (carrier_binding_next(world->upstreams[i].upstream, &cursor, &binding))
			found += binding.planted;
	}
	if (found != world->watch->planted)
		watch_violation(world, "", "somebody else's binding is gone");
}

/* ---- the report ---- */

static bool counts(const struct world *world, enum carrier_offence offence)
{
	if (offence == CARRIER_SOURCE_CHANGED && world->watch->excuse.sources)
		return false;
	return offence != CARRIER_CALL_ID_CHANGED || !world->watch->excuse.epochs;
}

uint64_t watch_faults(const struct world *world)
{
	uint64_t faults = world->watch->violations;

	for (uint32_t i = 0; i < world->carrier_count; i++)
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
	uint32_t kept = watch->violations < KEPT_MAX ? watch->violations : KEPT_MAX;
	bool drew = false;

	for (uint32_t i = 0; i < kept; i++)
		fprintf(file, "%13.3f  VIOLATION %s: %s\n", (double)watch->kept[i].at_us / US_PER_S,
		    watch->kept[i].name, watch->kept[i].text);
	for (uint32_t i = 0; i < world->carrier_count; i++)
		drew |= report_offences(world, world->upstreams[i].upstream, file);
	if (kept > 0 && !drew) {
		fprintf(file, "the ladder of %s:\n", watch->kept[0].name);
		ladder_draw(world->ladder, file, slice_of(watch->kept[0].user), LADDER);
	}
}
