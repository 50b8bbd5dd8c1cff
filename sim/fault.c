// SPDX-License-Identifier: Apache-2.0
/*
 * What goes wrong in a random life. Every choice is drawn from the life's one
 * generator; what ends by itself ends in life_heal().
 */
#include "sim/life_state.h"

#include <stdlib.h>

#define OVERTAKING     6 /* faults while packets are held back */
#define PERIOD_LEAST_S 60
#define MS_PER_S       INT64_C(1000)

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
    [LIFE_CLOCK] = "clock",
    [LIFE_PARAMS] = "params",
    [LIFE_BY_HAND] = "by-hand",
    [LIFE_FAREWELL] = "farewell",
    [LIFE_MOVE] = "move",
    [LIFE_COPY] = "copy",
};

const char *life_fault_name(enum life_fault fault)
{
	return fault_names[fault];
}

static void cut(struct life *life)
{
	struct netaddr first = world_address(UPSTREAM), second = world_address(SECOND);
	uint64_t spared = life->config->kind->is_pair ? life_below(life, 3) : 2;
	bool to = life_below(life, 3) > 0, from = !to || life_below(life, 2);

	world_note(life->stage.world, to ? "outage" : "one-way outage");
	if (spared != 0)
		network_cut(life->stage.world->network, &first, to, from);
	if (spared != 1)
		network_cut(life->stage.world->network, &second, to, from);
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 1200)) * US_PER_S;
}

static void lose(struct life *life)
{
	world_note(life->stage.world, "bad link");
	life->stage.net->loss = (uint32_t)life_below(life, 400);
	life->stage.net->duplicate = (uint32_t)life_below(life, 200);
	life->stage.net->jitter_us = life_below(life, 4900) * US_PER_MS;
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 1200)) * US_PER_S;
}

/* What a registrar does that has lost its way: to be healed like the answers. */
static void confuse(struct life *life)
{
	struct carrier_config *config = life->stage.config;

	switch (life_below(life, 4)) {
	case 0:
		config->stale = CARRIER_STALE_ALWAYS;
		break;
	case 1:
		config->brief = life_below(life, 2) ? CARRIER_BRIEF_FOREVER : CARRIER_BRIEF_LOW;
		config->min_expires_s = 1800;
		break;
	case 2:
		/* Lists what it does not hold; where it rewrites ours nobody could tell them apart.
		 */
		if (config->rewrite == CARRIER_REWRITE_NONE)
			config->extra =
			    life_below(life, 2) ? CARRIER_EXTRA_FOREIGN : CARRIER_EXTRA_STALE;
		break;
	default:
		/*
		 * Where no Contact is listed, or one that nobody knows again, nobody could see that
		 * a cancel did nothing, or which of two is the one that was asked for.
		 */
		if (config->report <= CARRIER_REPORT_BARE &&
		    config->rewrite != CARRIER_REWRITE_WHOLE)
			config->cancel = CARRIER_CANCEL_IGNORED;
		break;
	}
}

/* What this kind does for a while, where it has manners of its own. */
static bool refuse_in_its_way(struct life *life)
{
	const char *const *refusals = life->config->kind->refusals;
	uint64_t count = 0;

	while (refusals && refusals[count])
		count++;
	if (count == 0 || life_below(life, 3) == 0)
		return false;
	stage_tell(&life->stage, "answer", refusals[life_below(life, count)]);
	return true;
}

static void refuse(struct life *life)
{
	static const char *const rules[] = {"503", "503:retry-after=120", "480", "403:only=refresh",
	    "500:only=register", "403:only=cancel", "503:only=cancel", "lose", "lose:only=cancel",
	    "drop", "503:user=r1", "403:user=r2", "302:contact=sip:192.0.2.2:5060",
	    "302:contact=sip:192.0.2.1:5060", "423:only=cancel"};
	uint64_t which = life_below(life, sizeof(rules) / sizeof(rules[0]) + 3);

	world_note(life->stage.world, "refusal");
	if (refuse_in_its_way(life))
		world_note(life->stage.world, "in its own way");
	else if (which < sizeof(rules) / sizeof(rules[0]))
		stage_tell(&life->stage, "answer", rules[which]);
	else
		confuse(life);
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 600)) * US_PER_S;
}

/* Where somebody else's binding would be lost with it the table stays. */
static void restart_upstream(struct life *life)
{
	const struct kind *kind = life->config->kind;
	bool keep = !kind->is_single || life_below(life, 2) || kind->has_holders;
	bool at_target = kind->has_target && life_below(life, 2);

	carrier_restart(
	    at_target ? life->stage.second : life->stage.upstream, now_us_of(&life->stage), keep);
}

static void trouble_disk(struct life *life)
{
	struct disk_config *disk = disk_config(process_disk(life->stage.process));

	disk->unsynced = life_below(life, 2);
	disk->fails = !disk->unsynced;
	world_note(life->stage.world, disk->fails ? "disk full" : "syncs fail");
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 300)) * US_PER_S;
}

void life_heal(struct life *life)
{
	struct netaddr first = world_address(UPSTREAM), second = world_address(SECOND);

	life->heals_us = 0;
	world_note(life->stage.world, "healed");
	network_cut(life->stage.world->network, &first, false, false);
	network_cut(life->stage.world->network, &second, false, false);
	network_clear_rules(life->stage.world->network);
	life->stage.net->loss = life->stage.net->duplicate = 0;
	life->stage.net->jitter_us = 10 * US_PER_MS;
	memcpy(life->stage.config->rules, life->usual.rules, sizeof(life->usual.rules));
	life->stage.config->cancel = life->usual.cancel;
	life->stage.config->stale = life->usual.stale;
	life->stage.config->brief = life->usual.brief;
	life->stage.config->extra = life->usual.extra;
	life->stage.config->min_expires_s = life->usual.min_expires_s;
	disk_config(process_disk(life->stage.process))->fails = false;
	disk_config(process_disk(life->stage.process))->unsynced = false;
}

/* Another AOR, and with it another Contact: the old binding has to go. */
static void change_aor(
    struct life *life, struct registration_config *config, const char *name, char user[32])
{
	if (life_below(life, 2)) {
		config->host = slice_of(slice_equal(config->host, SLICE(HOST)) ? OTHER_HOST : HOST);
	} else {
		snprintf(user, 32, "%s.%u", name, life->edits);
		config->username = slice_of(user);
		config->password = SLICE(WORLD_PASSWORD);
	}
	config->contact_user = SLICE("derived");
}

static void edit(struct life *life)
{
	uint32_t index = (uint32_t)life_below(life, life->config->registrations);
	const struct registration_config *old;
	struct registration_config config;
	char name[16], text[32];

	life_name(index, name);
	old = process_object(life->stage.process, slice_of(name));
	if (!old)
		return;
	config = *old;
	snprintf(text, sizeof(text), "moved%u", ++life->edits);
	switch (life_below(life, 8)) {
	case 0:
		config.contact_user = slice_of(text);
		break;
	case 1:
		config.contact_user = SLICE("derived");
		break;
	case 2:
		config.settings.local.port = (uint16_t)(5060 + life_below(life, 3));
		break;
	case 3:
		config.settings.enabled = !config.settings.enabled;
		break;
	case 4:
		change_aor(life, &config, name, text);
		break;
	case 5:
		config.password = slice_of(text);
		life_tell_password(life, &config);
		break;
	case 6:
		config.settings.send_unregister = (uint8_t)life_below(life, 3);
		break;
	default:
		config.proxy = life_below(life, 2) ? SLICE("sip:192.0.2.1:5060") : SLICE("");
		break;
	}
	if (life->config->verbose)
		printf("edit %s\n", name);
	(void)!process_put(life->stage.process, &config);
}

static void delete (struct life *life)
{
	uint32_t index = (uint32_t)life_below(life, life->config->registrations);
	char name[16];

	life_name(index, name);
	if (process_object(life->stage.process, slice_of(name)))
		(void)!process_remove(life->stage.process, slice_of(name));
	else
		life_put(life, index);
}

void life_refresh_all(struct life *life)
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
	if (life_below(life, 3) > 0)
		network_add_rule(network, &rule);
	life_refresh_all(life);
	world_run_for(life->stage.world, life_below(life, 3000) * US_PER_MS);
	network_clear_rules(network);
	rule.way = (enum network_way)life_below(life, 3);
	rule.act = NETWORK_HOLD;
	rule.hold_us = (4000 + life_below(life, 1000)) * US_PER_MS;
	network_add_rule(network, &rule);
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 60)) * US_PER_S;
}

static void stop_for_a_while(struct life *life)
{
	if (!process_is_running(life->stage.process))
		return;
	if (stage_stop(&life->stage))
		return;
	watch_violation(life->stage.world, "", "a stop does not end by its deadline");
}

static int64_t clock_error_ms(struct life *life)
{
	switch (life->clock) {
	case CLOCK_SECONDS:
		return (int64_t)life_below(life, 120 * MS_PER_S) - 60 * MS_PER_S;
	case CLOCK_BACK:
		return -HOUR_S * MS_PER_S;
	case CLOCK_AHEAD:
		return 365 * DAY_S * MS_PER_S;
	case CLOCK_1970:
		return -WORLD_WALL_MS;
	case CLOCK_RIGHT:
	case CLOCKS:
		break;
	}
	return 0;
}

static void set_clock(struct life *life, int64_t off_ms)
{
	if (off_ms != life->clock_off_ms)
		world_step_clock(life->stage.world, off_ms - life->clock_off_ms);
	life->clock_off_ms = off_ms;
}

void life_step_clock(struct life *life)
{
	set_clock(life, life->clock_off_ms ? 0 : clock_error_ms(life));
}

/* Now and then in the middle of a stop, whose report has to stay true. */
static void step_clock(struct life *life)
{
	if (life->clock != CLOCK_RIGHT && life_below(life, 4) == 0 &&
	    process_is_running(life->stage.process)) {
		process_stop(life->stage.process);
		world_run_for(life->stage.world, life_below(life, 2000) * US_PER_MS);
		life_step_clock(life);
		if (!stage_until_left(&life->stage))
			watch_violation(
			    life->stage.world, "", "a stop does not end by its deadline");
		return;
	}
	life_step_clock(life);
}

/* Any parameter, at any instant, running or down. */
static void change_params(struct life *life)
{
	struct params *params = process_params(life->stage.process);
	uint32_t own_s = life->config->period_least_s;
	uint64_t least_s = own_s > PERIOD_LEAST_S ? own_s : PERIOD_LEAST_S;

	world_note(life->stage.world, "parameters");
	switch (life_below(life, 6)) {
	case 0:
		params->send_unregister = !params->send_unregister;
		break;
	case 1:
		params->expire_s = life_below(life, 3)
		                       ? (uint32_t)(least_s + life_below(life, 7201 - least_s))
		                       : PARAM_AUTO;
		break;
	case 2:
		params->retry_delay_s = 30 + (uint32_t)life_below(life, 571);
		break;
	case 3:
		params->upstream_rate = life_rate(life);
		break;
	case 4:
		params->upstream_window =
		    life_below(life, 3) ? (uint32_t)life_below(life, 20) : PARAM_AUTO;
		break;
	default:
		params->stop_deadline_s =
		    life_below(life, 2) ? 1 + (uint32_t)life_below(life, 120) : PARAM_AUTO;
		break;
	}
	process_params_changed(life->stage.process);
}

/* By name, whatever is under way; what was cancelled rests, or comes up again. */
static void by_hand(struct life *life)
{
	char name[16];
	uint32_t count;

	life_name((uint32_t)life_below(life, life->config->registrations), name);
	world_note(life->stage.world, "by hand");
	switch (life_below(life, 6)) {
	case 0:
	case 1:
		(void)!process_cancel(life->stage.process, slice_of(name));
		break;
	case 2:
		(void)!process_cancel(life->stage.process, slice_of(name));
		world_run_for(life->stage.world, life_below(life, 6000) * US_PER_MS);
		(void)!process_refresh(life->stage.process, slice_of(name));
		break;
	case 3:
		process_params(life->stage.process)->ghosts = (uint32_t)life_below(life, 3);
		process_params_changed(life->stage.process);
		break;
	default:
		(void)!process_remove_ghosts(
		    life->stage.process, slice_of(name), (struct slice){NULL, 0}, &count);
		break;
	}
}

void life_settle(struct life *life)
{
	struct params *params = process_params(life->stage.process);
	const struct registration_config *object;

	set_clock(life, 0);
	params->send_unregister = true;
	params->ghosts = PARAM_GHOSTS_REMOVE;
	params->stop_deadline_s = PARAM_AUTO;
	params->retry_delay_s = 60;
	params->upstream_window = PARAM_AUTO;
	process_params_changed(life->stage.process);
	for (uint32_t i = 0; (object = process_object_at(life->stage.process, i)); i++) {
		struct registration_config config = *object;

		config.settings.send_unregister = SWITCH_INHERIT;
		(void)!process_put(life->stage.process, &config);
	}
	/* What an operator cancelled rests until he says otherwise. */
	life_refresh_all(life);
	life_settle_copy(life);
}

static void strike(struct life *life, enum life_fault fault)
{
	life->faults++;
	switch (fault) {
	case LIFE_KILL:
		process_kill_after(life->stage.process, 1 + life_below(life, 60));
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
		restart_upstream(life);
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
		/*
		 * No floor of the CSeq gets onto a full disk; with a clock that falls back as well
		 * nobody could know which numbers were used.
		 */
		if (life->clock == CLOCK_RIGHT)
			trouble_disk(life);
		break;
	case LIFE_LATE:
		hold_back(life);
		break;
	case LIFE_CLOCK:
		step_clock(life);
		break;
	case LIFE_PARAMS:
		change_params(life);
		break;
	case LIFE_BY_HAND:
		by_hand(life);
		break;
	case LIFE_FAREWELL:
		life_farewell(life);
		break;
	case LIFE_MOVE:
		life_move(life);
		break;
	case LIFE_COPY:
		life_copy(life);
		break;
	case LIFE_FAULTS:
		break;
	}
}

/* What is late matters by what overtakes it. */
static void overtake(struct life *life)
{
	static const enum life_fault overtaking[] = {
	    LIFE_RESTART, LIFE_EDIT, LIFE_DELETE, LIFE_KILL};
	enum life_fault fault = overtaking[life_below(life, 4)];

	if (!(life->config->faults & 1u << fault))
		return;
	for (int i = 0; i < OVERTAKING; i++) {
		strike(life, fault);
		world_run_for(life->stage.world, life_below(life, 300) * US_PER_MS);
	}
}

void life_strike(struct life *life, enum life_fault fault)
{
	strike(life, fault);
	if (fault == LIFE_LATE)
		overtake(life);
}
