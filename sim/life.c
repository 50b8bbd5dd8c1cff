// SPDX-License-Identifier: Apache-2.0
/*
 * The random life. Every choice comes from one generator, in the order of the
 * world's time, so a seed is the whole story.
 */
#include "sim/life.h"

#include "base/least.h"
#include "sim/accident.h"
#include "sim/copy.h"
#include "sim/due.h"
#include "sim/fault.h"
#include "sim/life_state.h"
#include "sim/operator.h"
#include "sim/surroundings.h"

#include <stdlib.h>

#define PROBE_S    60   /* RG_PROBE, of every third life */
#define PEACE_S    7800 /* the longest expiry runs out, and what was forgotten is found */
#define UP_S       900  /* into it all are up that can be, and stay so */
#define UP_EACH_S  6    /* and for each, debts too: its requests, at the lowest of paces */
#define LOOK_S     60   /* between two looks at what is shown */
#define FOREIGNERS 3
#define PORTS      3 /* that edits choose among */
#define REDIRECTS  1 /* the address that a 302 named: who was led there stays while it works */

/* Phones of other people at the same accounts; a few, or where each account has room for one. */
static void plant_foreigners(struct life *life)
{
	const struct kind *kind = life->config->kind;
	uint32_t count = kind->has_holders ? life->config->registrations / 3 : FOREIGNERS;
	char aor[64], contact[64];

	if ((kind->is_single && !kind->has_holders) || life->usual.forget_s)
		return;
	for (uint32_t i = 0; i < count; i++) {
		snprintf(aor, sizeof(aor), "sip:r%u@" HOST, i);
		snprintf(contact, sizeof(contact), "sip:phone%u@203.0.113.9:5062", i);
		watch_plant(life->stage.world, 0, aor, contact);
	}
}

static void begin(struct life *life)
{
	const struct life_config *config = life->config;

	stage_set(&life->stage, config->seed, config->registrations + 8);
	life->stage.world->verbose = config->verbose;
	watch_excuse(life->stage.world)->epochs = true;
	/* Many a registrar knows nothing of a binding that is gone, not even its last CSeq. */
	if (life_below(life, 2))
		life->stage.config->cseq_memory_s = 0;
	config->kind->set(life->stage.config, &life->random);
	watch_excuse(life->stage.world)->surplus_s = life->stage.config->grant_more;
	/* More than ten pings a second are the same again, and all that the time goes into. */
	if (life->stage.config->ping_s && life->stage.config->ping_s < config->registrations / 10)
		life->stage.config->ping_s = config->registrations / 10;
	life->usual = *life->stage.config;
	if (config->kind->is_pair)
		stage_add_address(&life->stage);
	if (config->kind->has_target) {
		stage_add_target(&life->stage);
		life->stage.config2->cseq_memory_s = life->stage.config->cseq_memory_s;
		watch_excuse(life->stage.world)->homes = true;
	}
	world_set_name(
	    life->stage.world, OTHER_HOST, UPSTREAM, config->kind->is_pair ? SECOND : NULL);
	life->stage.net->delay_us = 1 + life_below(life, 100) * US_PER_MS;
	life->stage.net->jitter_us = life_below(life, 20) * US_PER_MS;
	disk_config(process_disk(life->stage.process))->jitter_us =
	    life_below(life, 50) * US_PER_MS;
	process_params(life->stage.process)->upstream_rate = life_rate(life);
	process_params(life->stage.process)->probe_s = config->seed % 3 == 1 ? PROBE_S : 0;
	if (config->faults & 1u << FAULT_CLOCK && life_below(life, 2))
		life->clock = (enum life_clock)(1 + life_below(life, CLOCKS - 1));
	if (config->faults & 1u << FAULT_COPY && life_below(life, 2))
		copy_prepare(life);
	for (uint32_t i = 0; i < config->registrations; i++)
		life_put(life, i);
	plant_foreigners(life);
	life_start(life);
}

static bool choose(struct life *life, enum fault *fault_r)
{
	if (life->config->faults == 0)
		return false;
	do
		*fault_r = (enum fault)life_below(life, FAULTS);
	while (!(life->config->faults & 1u << *fault_r));
	return true;
}

/* A pause: often short, so that faults meet each other half-way. */
static uint64_t pause_us(struct life *life)
{
	switch (life_below(life, 4)) {
	case 0:
		return life_below(life, 2000) * US_PER_MS;
	case 1:
		return life_below(life, 30) * US_PER_S;
	default:
		return life_below(life, 1200) * US_PER_S;
	}
}

static void live(struct life *life)
{
	uint64_t end_us = now_us_of(&life->stage) + (uint64_t)life->config->hours * 3600 * US_PER_S;
	enum fault fault;

	while (now_us_of(&life->stage) < end_us) {
		world_run_for(life->stage.world, pause_us(life));
		due_look(life->stage.world);
		if (life->heals_us && life->heals_us <= now_us_of(&life->stage))
			surroundings_heal(life);
		if (life_below(life, 2))
			life_start(life);
		if (choose(life, &fault)) {
			fault_strike(life, fault);
		}
		if (watch_faults(life->stage.world) > 0)
			return;
	}
}

/* ---- peace ---- */

static void check_rows(struct life *life)
{
	uint32_t wanted = 0;
	const struct registration_config *config;

	for (uint32_t i = 0; (config = process_object_at(life->stage.process, i)); i++)
		wanted += config->settings.enabled;
	if (rows_of(&life->stage) != wanted)
		watch_violation(life->stage.world, "", "the ledger holds more than is wanted");
	if (debts_of(&life->stage) != 0)
		watch_violation(life->stage.world, "", "debts are left in peace");
}

/* Upstreams as the objects name them, each once. */
static uint32_t count_upstreams(const struct life *life)
{
	const struct registration_config *config, *before;
	uint32_t count = 0;

	for (uint32_t i = 0; (config = process_object_at(life->stage.process, i)); i++) {
		bool is_known = false;

		for (uint32_t k = 0; k < i && !is_known; k++) {
			before = process_object_at(life->stage.process, k);
			is_known = slice_equal(before->proxy, config->proxy) &&
			           slice_equal(before->host, config->host);
		}
		count += !is_known;
	}
	return count;
}

static bool is_port_wanted(const struct life *life, uint16_t port)
{
	const struct registration_config *config;

	for (uint32_t i = 0; (config = process_object_at(life->stage.process, i)); i++)
		if (config->settings.enabled && config->settings.local.port == port)
			return true;
	return false;
}

static void check_listeners(struct life *life)
{
	uint16_t own = process_address(life->stage.process)->port;

	for (uint16_t port = own + 1; port < own + PORTS; port++)
		if (process_needs(life->stage.process, port) && !is_port_wanted(life, port))
			watch_violation(life->stage.world, "", "a listener that nobody needs");
}

/* All that was ever made for anything else has been given back. */
static void check_memory(struct life *life)
{
	uint32_t objects = 0, wanted = 0,
	         addresses = life->stage.second || life->config->kind->is_pair ? 2 : 1;
	const struct registration_config *config;
	struct core_usage usage;

	for (; (config = process_object_at(life->stage.process, objects)); objects++)
		wanted += config->settings.enabled;
	process_usage(life->stage.process, &usage);
	if (usage.registrations != objects || usage.debts > 0)
		watch_violation(life->stage.world, "", "more registrations or debts than objects");
	if (usage.holdings != wanted || usage.sequences != wanted)
		watch_violation(life->stage.world, "", "more holdings or sequences than bindings");
	if (usage.transactions > wanted)
		watch_violation(life->stage.world, "", "transactions are left over");
	if (usage.upstreams > count_upstreams(life) + REDIRECTS || usage.targets > addresses)
		watch_violation(life->stage.world, "", "upstreams or targets that nobody names");
	if (usage.keepalives > PORTS * addresses)
		watch_violation(life->stage.world, "", "keepalives on flows that nobody uses");
	check_listeners(life);
}

/* One that was taken back and came back nobody can know of, where its account is not ours any more.
 */
static uint32_t ours_at(const struct carrier *upstream)
{
	struct carrier_binding binding;
	uint32_t cursor = 0, count = 0;

	while (carrier_binding_next(upstream, &cursor, &binding))
		count += !binding.planted && !binding.returned;
	return count;
}

static void check_stop(struct life *life)
{
	const struct stop_report *report = report_of(&life->stage);

	if (!stage_stop(&life->stage)) {
		watch_violation(life->stage.world, "", "a stop does not end by its deadline");
		return;
	}
	for (uint32_t i = 0; i < report->line_count; i++)
		if (report->lines[i].outcome != OUTCOME_CLEAN)
			watch_violation(life->stage.world, report->lines[i].name,
			    "not clean, though all is well");
	copy_stop(life);
	if (ours_at(life->stage.upstream) > 0 ||
	    (life->stage.second && ours_at(life->stage.second) > 0))
		watch_violation(life->stage.world, "", "bindings are left after a stop");
	if (rows_of(&life->stage) > 0)
		watch_violation(life->stage.world, "", "rows are left after a clean stop");
}

static void look_for(struct life *life, uint32_t seconds)
{
	uint32_t up_s = UP_S + UP_EACH_S * life->config->registrations, paid_s = 0;

	for (uint32_t passed_s = 0; passed_s < seconds; passed_s += LOOK_S) {
		if (watch_faults(life->stage.world) > 0)
			return;
		world_run_s(life->stage.world, LOOK_S);
		due_look(life->stage.world);
		/* What is owed is paid first, and takes as many requests. */
		if (passed_s == 0)
			paid_s = UP_EACH_S * debts_of(&life->stage);
		else if (debts_of(&life->stage) == 0)
			paid_s = (uint32_t)min_u64(paid_s, passed_s);
		if (passed_s >= paid_s + up_s)
			watch_lapses(life->stage.world);
	}
}

static void peace(struct life *life)
{
	surroundings_heal(life);
	stage_tell(&life->stage, "answer", "none");
	fault_settle(life);
	process_kill_after(life->stage.process, 0);
	life->stage.config->forget_s = 0;
	life_start(life);
	look_for(life, PEACE_S);
	/* A 423 for ever has made them ask for more: what a dead address may hold ends later. */
	for (uint32_t passed_s = 0; passed_s < PEACE_S && debts_of(&life->stage) > 0;
	     passed_s += LOOK_S)
		look_for(life, LOOK_S);
	if (watch_faults(life->stage.world) > 0)
		return;
	watch_quiet(life->stage.world);
	watch_foreign(life->stage.world);
	check_rows(life);
	check_memory(life);
	if (watch_faults(life->stage.world) == 0)
		check_stop(life);
	world_run_s(life->stage.world, 12);
	watch_tables(life->stage.world);
}

void life_run(const struct life_config *config, struct life_result *result_r, FILE *file)
{
	struct life life = {.config = config};
	uint64_t begun_us;

	random_seed(&life.random, config->seed * 2 + 1);
	begin(&life);
	begun_us = now_us_of(&life.stage);
	live(&life);
	if (config->accident && watch_faults(life.stage.world) == 0)
		accident_happen(&life);
	if (watch_faults(life.stage.world) == 0)
		peace(&life);
	*result_r = (struct life_result){
	    .violations = watch_faults(life.stage.world),
	    .simulated_s = (now_us_of(&life.stage) - begun_us) / US_PER_S,
	    .faults = life.faults,
	    .requests = counted(&life.stage, CARRIER_REQUESTS),
	    .datagrams = counted(&life.stage, CARRIER_RECEIVED),
	    .starts = life.starts,
	};
	if (result_r->violations > 0)
		watch_report(life.stage.world, file);
	stage_clear(&life.stage);
}
