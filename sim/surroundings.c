// SPDX-License-Identifier: Apache-2.0
/*
 * Each trouble sets the instant at which it ends, and surroundings_heal() ends all of them.
 */
#include "sim/surroundings.h"

#include "sim/operator.h"

void surroundings_cut(struct life *life)
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

void surroundings_lose(struct life *life)
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

void surroundings_refuse(struct life *life)
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
void surroundings_restart_upstream(struct life *life)
{
	const struct kind *kind = life->config->kind;
	bool keep = !kind->is_single || life_below(life, 2) || kind->has_holders;
	bool at_target = kind->has_target && life_below(life, 2);

	carrier_restart(
	    at_target ? life->stage.second : life->stage.upstream, now_us_of(&life->stage), keep);
}

void surroundings_trouble_disk(struct life *life)
{
	struct disk_config *disk = disk_config(process_disk(life->stage.process));

	disk->unsynced = life_below(life, 2);
	disk->fails = !disk->unsynced;
	world_note(life->stage.world, disk->fails ? "disk full" : "syncs fail");
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 300)) * US_PER_S;
}

/*
 * REGISTERs or their answers are held back nearly as long as a packet may live. Often what was
 * sent first is lost: then nothing of it is there when something overtakes the rest.
 */
void surroundings_hold_back(struct life *life)
{
	struct network *network = life->stage.world->network;
	struct network_rule rule = {
	    .way = NETWORK_TO_UPSTREAM, .what = NETWORK_REGISTER, .act = NETWORK_DROP};

	world_note(life->stage.world, "held back");
	network_clear_rules(network);
	if (life_below(life, 3) > 0)
		network_add_rule(network, &rule);
	operator_refresh_all(life);
	world_run_for(life->stage.world, life_below(life, 3000) * US_PER_MS);
	network_clear_rules(network);
	rule.way = (enum network_way)life_below(life, 3);
	rule.act = NETWORK_HOLD;
	rule.hold_us = (4000 + life_below(life, 1000)) * US_PER_MS;
	network_add_rule(network, &rule);
	life->heals_us = now_us_of(&life->stage) + (1 + life_below(life, 60)) * US_PER_S;
}

void surroundings_heal(struct life *life)
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
