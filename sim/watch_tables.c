// SPDX-License-Identifier: Apache-2.0
/*
 * What upstreams' tables hold, held against the rows of ledgers and the reports of stops.
 */
#include "sim/watch_state.h"

#define SLACK_US (2 * US_PER_S)

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

static void look_at(
    struct world *world, watch_visit_fn visit, const struct carrier_binding *binding)
{
	if (binding->planted || binding->returned || binding->expires_us <= world->now_us)
		return;
	visit(world,
	    watch_find_asked(
	        world->watch, user_of(binding->aor), host_of(binding->aor), binding->contact),
	    binding);
}

void watch_walk(struct world *world, watch_visit_fn visit)
{
	struct carrier_binding binding;

	for (uint32_t i = 0; i < world->upstream_count; i++) {
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
	watch_complain(world, asked ? slice_of(asked->name) : user, user,
	    asked ? "a binding stands that no row of the ledger names"
	          : "a binding stands that nobody asked for");
}

void watch_tables(struct world *world)
{
	if (!world->watch->excuse.tables)
		watch_walk(world, visit_row);
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
	for (uint32_t i = 0; i < world->upstream_count; i++) {
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

void watch_forget_found(struct watch *watch)
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
		watch_complain(world, slice_of(asked->name), user_of(binding->aor), wrong);
}

void watch_left(struct world *world, struct process *process)
{
	(void)process;
	if (world->watch->excuse.outcomes)
		return;
	watch_forget_found(world->watch);
	watch_walk(world, visit_found);
	watch_walk(world, visit_left);
}

void watch_died(struct world *world, struct process *process)
{
	(void)process;
	watch_tables(world);
}
