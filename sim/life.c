// SPDX-License-Identifier: Apache-2.0
/*
 * The random life. Every choice comes from one generator, in the order of the
 * world's time, so a seed is the whole story.
 */
#include "sim/life.h"

#include "sim/script.h"

#include <stdlib.h>

#define PEACE_S    7800 /* the longest expiry runs out, and what was forgotten is found */
#define FOREIGNERS 3
#define OVERTAKING 6 /* faults while packets are held back */

struct life {
	const struct life_config *config;
	struct stage stage;
	struct random random;
	uint64_t heals_us; /* when an outage, a loss, a refusal or a full disk ends */
	uint64_t faults, starts;
	uint32_t edits;
};

static const char *const fault_names[LIFE_FAULTS] = {
    [LIFE_KILL] = "kill",
    [LIFE_RESTART] = "restart",
    [LIFE_POWER] = "power",
    [LIFE_OUTAGE] = "outage",
    [LIFE_LOSS] = "loss",
    [LIFE_UPSTREAM] = "upstream",
    [LIFE_REFUSAL] = "refusal",
    [LIFE_EDIT] = "edit",
    [LIFE_DELETE] = "delete",
    [LIFE_DISK] = "disk",
    [LIFE_LATE] = "late",
};

const char *life_fault_name(enum life_fault fault)
{
	return fault_names[fault];
}

static uint64_t below(struct life *life, uint64_t bound)
{
	return random_below(&life->random, bound);
}

static void name_of(uint32_t index, char name_r[16])
{
	snprintf(name_r, 16, "r%u", index);
}

/* By seed and place, so that whoever looks at a seed knows which registration has what. */
static void set_options(const struct life *life, uint32_t index, struct registration_config *config)
{
	static const uint16_t keepalives[] = {KEEPALIVE_AUTO, KEEPALIVE_OFF, 10, 30, 300};
	uint64_t mix = life->config->seed + index;

	config->multi_contact = mix % 3 == 0;
	config->keepalive_s = keepalives[mix % 5];
	config->outbound = mix % 4 == 1 ? OUTBOUND_ON : OUTBOUND_AUTO;
	config->bulk = mix % 8 == 5;
}

static void put_one(struct life *life, uint32_t index)
{
	static const uint32_t periods[] = {PERIOD_DEFAULT, 60, 120, 300, 600, 1800, 3600};
	char name[16];
	struct registration_config config;

	name_of(index, name);
	config = stage_registration(name);
	config.period_s = periods[(life->config->seed + index) % 7];
	set_options(life, index, &config);
	if (process_put(life->stage.process, &config) < 0)
		watch_violation(life->stage.world, name, "a put was refused");
}

static void start(struct life *life)
{
	if (process_is_running(life->stage.process))
		return;
	process_start(life->stage.process);
	life->starts++;
}

static void begin(struct life *life)
{
	const struct life_config *config = life->config;

	stage_set(&life->stage, config->seed, config->registrations + 8);
	life->stage.world->verbose = config->verbose;
	watch_excuse(life->stage.world)->restarts = true;
	watch_excuse(life->stage.world)->tables = config->kind->grants_more;
	watch_excuse(life->stage.world)->outcomes = config->kind->grants_more;
	/* Many a registrar knows nothing of a binding that is gone, not even its last CSeq. */
	if (below(life, 2))
		life->stage.config->cseq_memory_s = 0;
	config->kind->set(life->stage.config, &life->random);
	if (config->kind->is_pair)
		stage_add_address(&life->stage);
	life->stage.net->delay_us = 1 + below(life, 100) * US_PER_MS;
	life->stage.net->jitter_us = below(life, 20) * US_PER_MS;
	disk_config(process_disk(life->stage.process))->jitter_us = below(life, 50) * US_PER_MS;
	/* A pace that an operator sets may be more than an upstream stands: that is his matter. */
	if (below(life, 3) == 0 && config->kind != kind_find("banning"))
		process_params(life->stage.process)->upstream_rate = 5 + (uint32_t)below(life, 50);
	for (uint32_t i = 0; i < config->registrations; i++)
		put_one(life, i);
	for (uint32_t i = 0; !config->kind->is_single && i < FOREIGNERS; i++) {
		char aor[64], contact[64];

		snprintf(aor, sizeof(aor), "sip:r%u@" HOST, i);
		snprintf(contact, sizeof(contact), "sip:phone%u@203.0.113.9:5062", i);
		if (!config->kind->is_single && strcmp(config->kind->name, "forgetful") != 0)
			watch_plant(life->stage.world, 0, aor, contact);
	}
	start(life);
}

/* ---- faults ---- */

static void cut(struct life *life)
{
	struct netaddr first = world_address(UPSTREAM), second = world_address(SECOND);
	uint64_t spared = life->config->kind->is_pair ? below(life, 3) : 2;
	bool to = below(life, 3) > 0, from = !to || below(life, 2);

	world_note(life->stage.world, to ? "outage" : "one-way outage");
	if (spared != 0)
		network_cut(life->stage.world->network, &first, to, from);
	if (spared != 1)
		network_cut(life->stage.world->network, &second, to, from);
	life->heals_us = now_us_of(&life->stage) + (1 + below(life, 1200)) * US_PER_S;
}

static void lose(struct life *life)
{
	world_note(life->stage.world, "bad link");
	life->stage.net->loss = (uint32_t)below(life, 400);
	life->stage.net->duplicate = (uint32_t)below(life, 200);
	life->stage.net->jitter_us = below(life, 4900) * US_PER_MS;
	life->heals_us = now_us_of(&life->stage) + (1 + below(life, 1200)) * US_PER_S;
}

static void refuse(struct life *life)
{
	static const char *const rules[] = {"503", "503:retry-after=120", "480", "403:only=refresh",
	    "500:only=register", "403:only=cancel", "503:only=cancel", "lose", "lose:only=cancel"};

	uint64_t which = below(life, 10);

	world_note(life->stage.world, "refusal");
	if (which < 9)
		stage_tell(&life->stage, "answer", rules[which]);
	else if (life->stage.config->report <= UPSTREAM_REPORT_BARE)
		/* Where no Contact is listed nobody could see that a cancel did nothing. */
		life->stage.config->cancel = UPSTREAM_CANCEL_IGNORED;
	life->heals_us = now_us_of(&life->stage) + (1 + below(life, 600)) * US_PER_S;
}

static void fill_disk(struct life *life)
{
	world_note(life->stage.world, "disk full");
	disk_config(process_disk(life->stage.process))->fails = true;
	life->heals_us = now_us_of(&life->stage) + (1 + below(life, 300)) * US_PER_S;
}

static void heal(struct life *life)
{
	struct netaddr first = world_address(UPSTREAM), second = world_address(SECOND);

	life->heals_us = 0;
	world_note(life->stage.world, "healed");
	network_cut(life->stage.world->network, &first, false, false);
	network_cut(life->stage.world->network, &second, false, false);
	network_clear_rules(life->stage.world->network);
	life->stage.net->loss = life->stage.net->duplicate = 0;
	life->stage.net->jitter_us = 10 * US_PER_MS;
	stage_tell(&life->stage, "answer", "none");
	life->stage.config->cancel = UPSTREAM_CANCEL_REMOVES;
	disk_config(process_disk(life->stage.process))->fails = false;
}

static void edit(struct life *life)
{
	uint32_t index = (uint32_t)below(life, life->config->registrations);
	const struct registration_config *old;
	struct registration_config config;
	char name[16], user[32];

	name_of(index, name);
	old = process_object(life->stage.process, slice_of(name));
	if (!old)
		return;
	config = *old;
	snprintf(user, sizeof(user), "moved%u", ++life->edits);
	switch (below(life, 5)) {
	case 0:
		config.contact_user = slice_of(user);
		break;
	case 1:
		config.contact_user = SLICE("derived");
		break;
	case 2:
		config.local.port = (uint16_t)(5060 + below(life, 3));
		break;
	case 3:
		config.enabled = !config.enabled;
		break;
	default:
		config.proxy = below(life, 2) ? SLICE("sip:192.0.2.1:5060") : SLICE("");
		break;
	}
	if (life->config->verbose)
		printf("edit %s\n", name);
	(void)!process_put(life->stage.process, &config);
}

static void delete (struct life *life)
{
	uint32_t index = (uint32_t)below(life, life->config->registrations);
	char name[16];

	name_of(index, name);
	if (process_object(life->stage.process, slice_of(name)))
		(void)!process_remove(life->stage.process, slice_of(name));
	else
		put_one(life, index);
}

static void refresh_all(struct life *life)
{
	const struct registration_config *object;

	for (uint32_t i = 0; (object = process_object_at(life->stage.process, i)); i++)
		(void)!process_refresh(life->stage.process, object->name);
}

/*
 * REGISTERs or their answers are held back nearly as long as a packet may live. Often what was
 * sent first is lost: then nothing of it is there when something overtakes the rest.
 */
static void hold_back(struct life *life)
{
	struct network *network = life->stage.world->network;
	struct network_rule rule = {
	    .way = NETWORK_TO_UPSTREAM, .what = NETWORK_REGISTER, .act = NETWORK_DROP};

	world_note(life->stage.world, "held back");
	network_clear_rules(network);
	if (below(life, 3) > 0)
		network_add_rule(network, &rule);
	refresh_all(life);
	world_run_for(life->stage.world, below(life, 3000) * US_PER_MS);
	network_clear_rules(network);
	rule.way = (enum network_way)below(life, 3);
	rule.act = NETWORK_HOLD;
	rule.hold_us = (4000 + below(life, 1000)) * US_PER_MS;
	network_add_rule(network, &rule);
	life->heals_us = now_us_of(&life->stage) + (1 + below(life, 60)) * US_PER_S;
}

static void stop_for_a_while(struct life *life)
{
	if (!process_is_running(life->stage.process))
		return;
	if (stage_stop(&life->stage))
		return;
	watch_violation(life->stage.world, "", "a stop does not end by its deadline");
}

static void strike(struct life *life, enum life_fault fault)
{
	life->faults++;
	switch (fault) {
	case LIFE_KILL:
		process_kill_after(life->stage.process, 1 + below(life, 60));
		break;
	case LIFE_RESTART:
		stop_for_a_while(life);
		break;
	case LIFE_POWER:
		process_power_cut(life->stage.process);
		break;
	case LIFE_OUTAGE:
		cut(life);
		break;
	case LIFE_LOSS:
		lose(life);
		break;
	case LIFE_UPSTREAM:
		upstream_restart(life->stage.upstream, now_us_of(&life->stage),
		    !life->config->kind->is_single || below(life, 2));
		break;
	case LIFE_REFUSAL:
		refuse(life);
		break;
	case LIFE_EDIT:
		edit(life);
		break;
	case LIFE_DELETE:
		delete (life);
		break;
	case LIFE_DISK:
		if (!life->config->kind->raises_ask)
			fill_disk(life);
		break;
	case LIFE_LATE:
		hold_back(life);
		break;
	case LIFE_FAULTS:
		break;
	}
}

static bool choose(struct life *life, enum life_fault *fault_r)
{
	if (life->config->faults == 0)
		return false;
	do
		*fault_r = (enum life_fault)below(life, LIFE_FAULTS);
	while (!(life->config->faults & 1u << *fault_r));
	return true;
}

/* A pause: often short, so that faults meet each other half-way. */
static uint64_t pause_us(struct life *life)
{
	switch (below(life, 4)) {
	case 0:
		return below(life, 2000) * US_PER_MS;
	case 1:
		return below(life, 30) * US_PER_S;
	default:
		return below(life, 1200) * US_PER_S;
	}
}

/* What is late matters by what overtakes it. */
static void overtake(struct life *life)
{
	static const enum life_fault overtaking[] = {
	    LIFE_RESTART, LIFE_EDIT, LIFE_DELETE, LIFE_KILL};
	enum life_fault fault = overtaking[below(life, 4)];

	if (!(life->config->faults & 1u << fault))
		return;
	for (int i = 0; i < OVERTAKING; i++) {
		strike(life, fault);
		world_run_for(life->stage.world, below(life, 300) * US_PER_MS);
	}
}

static void live(struct life *life)
{
	uint64_t end_us = now_us_of(&life->stage) + (uint64_t)life->config->hours * 3600 * US_PER_S;
	enum life_fault fault;

	while (now_us_of(&life->stage) < end_us) {
		world_run_for(life->stage.world, pause_us(life));
		if (life->heals_us && life->heals_us <= now_us_of(&life->stage))
			heal(life);
		if (below(life, 2))
			start(life);
		if (choose(life, &fault)) {
			strike(life, fault);
			if (fault == LIFE_LATE)
				overtake(life);
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
		wanted += config->enabled;
	if (rows_of(&life->stage) != wanted)
		watch_violation(life->stage.world, "", "the ledger holds more than is wanted");
	if (debts_of(&life->stage) != 0)
		watch_violation(life->stage.world, "", "debts are left in peace");
}

static void check_stop(struct life *life)
{
	const struct stop_report *report = report_of(&life->stage);
	uint64_t ours = 0;
	struct upstream_binding binding;
	uint32_t cursor = 0;

	/* Whether all get their turn within the deadline is the matter of other tests. */
	process_params(life->stage.process)->stop_deadline_s = 300;
	process_params_changed(life->stage.process);
	if (!stage_stop(&life->stage)) {
		watch_violation(life->stage.world, "", "a stop does not end by its deadline");
		return;
	}
	for (uint32_t i = 0; i < report->line_count; i++)
		if (report->lines[i].outcome != OUTCOME_CLEAN)
			watch_violation(life->stage.world, report->lines[i].name,
			    "not clean, though all is well");
	while (upstream_binding_next(life->stage.upstream, &cursor, &binding))
		ours += !binding.planted;
	if (ours > 0)
		watch_violation(life->stage.world, "", "bindings are left after a stop");
	if (rows_of(&life->stage) > 0)
		watch_violation(life->stage.world, "", "rows are left after a clean stop");
}

static void peace(struct life *life)
{
	heal(life);
	process_kill_after(life->stage.process, 0);
	life->stage.config->forget_s = 0;
	start(life);
	world_run_s(life->stage.world, PEACE_S);
	watch_quiet(life->stage.world);
	watch_foreign(life->stage.world);
	check_rows(life);
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
	if (watch_faults(life.stage.world) == 0)
		peace(&life);
	*result_r = (struct life_result){
	    .violations = watch_faults(life.stage.world),
	    .simulated_s = (now_us_of(&life.stage) - begun_us) / US_PER_S,
	    .faults = life.faults,
	    .requests = counted(&life.stage, UPSTREAM_REQUESTS),
	    .datagrams = counted(&life.stage, UPSTREAM_RECEIVED),
	    .starts = life.starts,
	};
	if (result_r->violations > 0)
		watch_report(life.stage.world, file);
	stage_clear(&life.stage);
}
