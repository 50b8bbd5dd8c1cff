// SPDX-License-Identifier: Apache-2.0
/*
 * Each case: all is as it should be, then one more thing may be wrong (a disk that
 * is full or fails its syncs, a clock, a copy of the machine), then the accident
 * and what it demands. Peace and the stop of the life judge the rest.
 */
#include "sim/accident.h"

#include "sim/fault.h"
#include "sim/life_state.h"
#include "sim/operator.h"
#include "sim/surroundings.h"
#include "sim/weigh.h"

#include <stdlib.h>

#define HOURS_BEFORE 1   /* of random faults */
#define UP_S         900 /* for a few to be registered, whatever was the matter before */
#define UP_EACH_S    2   /* and for each: two requests at the lowest pace */
#define SETTLED_S    12  /* no packet lives so long */
#define FAIR_PACE    50  /* a second, where a case reckons with one */
#define GONE_S       45  /* a registrar that minds no CSeq needs up to 40 */
#define AWAY_S       7200

/* What may go wrong before it; objects stay as they are, so a case knows what it is about. */
#define FAULTS_BEFORE                                                                              \
	(1u << FAULT_KILL | 1u << FAULT_POWER | 1u << FAULT_DISK | 1u << FAULT_CLOCK |             \
	    1u << FAULT_REFUSAL | 1u << FAULT_FAREWELL | 1u << FAULT_COPY)

static void demand(struct life *life, bool holds, const char *otherwise)
{
	if (!holds)
		watch_violation(life->stage.world, "", otherwise);
}

static uint32_t wanted(const struct life *life)
{
	const struct registration_config *object;
	uint32_t count = 0;

	for (uint32_t i = 0; (object = process_object_at(life->stage.process, i)); i++)
		count += object->settings.enabled;
	return count;
}

/* Of those that are wanted; as regentd sees it. */
static uint32_t registered(const struct life *life)
{
	struct answer_status status;

	process_status(life->stage.process, &status);
	return status.tally.states[STATE_REGISTERED];
}

static bool are_up(struct world *world, void *context)
{
	const struct life *life = context;

	(void)world;
	return registered(life) == wanted(life);
}

static uint64_t up_s(const struct life *life)
{
	return UP_S + UP_EACH_S * life->config->registrations;
}

static bool comes_up_within(struct life *life, uint64_t seconds)
{
	return world_run_until(life->stage.world, are_up, life, seconds * US_PER_S);
}

/* Of that user, the bindings of ours that upstream holds; those of the copy are not. */
static uint32_t held(const struct life *life, const char *user)
{
	struct carrier_binding binding;
	uint32_t cursor = 0, count = 0;

	while (carrier_binding_of(
	    life->stage.upstream, slice_of(user), SLICE(HOST), &cursor, &binding)) {
		bool is_copys =
		    life->copy && netaddr_equal_ip(&binding.source, process_address(life->copy));

		count += !binding.planted && !is_copys;
	}
	return count;
}

/* Every registration is back, as it was put at first, and up. */
static void restore(struct life *life)
{
	surroundings_heal(life);
	fault_settle(life);
	process_kill_after(life->stage.process, 0);
	life_start(life);
	for (uint32_t i = 0; i < life->config->registrations; i++)
		life_put(life, i);
	world_run_s(life->stage.world, SETTLED_S);
	demand(life, comes_up_within(life, up_s(life)), "not all came up before the case");
	/* A cancel at a redirect's target waits for the end of its binding, two hours at most. */
	demand(life,
	    stage_until_rows(&life->stage, life->config->registrations, up_s(life) + 2 * HOUR_S),
	    "debts are left before the case");
}

static void disturb(struct life *life)
{
	switch (life_below(life, 6)) {
	case 0:
	case 1:
		fault_strike(life, FAULT_DISK);
		break;
	case 2:
		fault_step_clock(life);
		break;
	case 3:
		fault_strike(life, FAULT_COPY);
		break;
	default:
		break;
	}
}

/* What is asked for under a new identity waits for its row. */
static void mend_disk(struct life *life)
{
	struct disk_config *disk = disk_config(process_disk(life->stage.process));

	disk->fails = disk->unsynced = false;
}

static void pause_below_ms(struct life *life, uint64_t ms)
{
	world_run_for(life->stage.world, life_below(life, ms) * US_PER_MS);
}

/* r0, as it is put at first but for one thing. */
typedef void (*change_fn)(struct registration_config *config);

static void change(struct life *life, change_fn what)
{
	struct registration_config config = *process_object(life->stage.process, SLICE("r0"));

	what(&config);
	life_tell_password(life, &config);
	if (process_put(life->stage.process, &config) < 0)
		watch_violation(life->stage.world, "r0", "a put was refused");
}

static void disable(struct registration_config *config)
{
	config->settings.enabled = false;
}

static void set_password(struct registration_config *config)
{
	config->password = SLICE("another");
}

static void set_contact(struct registration_config *config)
{
	config->contact_user = SLICE("moved");
}

static void set_port(struct registration_config *config)
{
	config->settings.local.port = 5062;
}

/* ---- F3: a cancel is never answered; the same one is added again meanwhile ---- */

static void play_f3(struct life *life)
{
	stage_tell(
	    &life->stage, "answer", life_below(life, 2) ? "lose:only=cancel" : "drop:only=cancel");
	(void)!process_remove(life->stage.process, SLICE("r0"));
	pause_below_ms(life, 40000);
	mend_disk(life);
	life_put(life, 0);
	demand(life, comes_up_within(life, 180), "what was removed and added again is not up");
}

/* ---- F5: removed while its refresh is outstanding, in any order of what is on its way ---- */

static void hold(struct life *life, enum network_way way, enum network_what what)
{
	struct network_rule rule = {
	    .way = way,
	    .what = what,
	    .act = life_below(life, 4) ? NETWORK_HOLD : NETWORK_DROP,
	    .hold_us = life_below(life, 5000) * US_PER_MS,
	    .count = 1 + (uint32_t)life_below(life, 3),
	    .user = SLICE("r0"),
	};

	network_add_rule(life->stage.world->network, &rule);
}

static void play_f5(struct life *life)
{
	hold(life, NETWORK_TO_UPSTREAM, NETWORK_REGISTER);
	hold(life, NETWORK_TO_REGENT, NETWORK_REGISTER);
	hold(life, NETWORK_TO_UPSTREAM, NETWORK_CANCEL);
	hold(life, NETWORK_TO_REGENT, NETWORK_CANCEL);
	(void)!process_refresh(life->stage.process, SLICE("r0"));
	pause_below_ms(life, 4000);
	(void)!process_remove(life->stage.process, SLICE("r0"));
	world_run_s(life->stage.world, GONE_S);
	demand(life, held(life, "r0") == 0, "a binding is left 45 s after its removal");
}

/* ---- F7: five deaths in a row where one Contact is allowed ---- */

static void play_f7(struct life *life)
{
	uint64_t refused = counted(&life->stage, CARRIER_REFUSED);

	for (int i = 0; i < 5; i++) {
		if (life_below(life, 2))
			process_kill(life->stage.process);
		else
			process_power_cut(life->stage.process);
		world_run_for(life->stage.world, (100 + life_below(life, 3000)) * US_PER_MS);
		life_start(life);
		pause_below_ms(life, 3000);
		for (uint32_t k = 0; k < life->config->registrations; k++) {
			char name[16];

			life_name(k, name);
			demand(life, held(life, name) == 1, "not one binding, over a restart");
		}
	}
	demand(life, comes_up_within(life, up_s(life)), "not all are up after five deaths");
	demand(life, counted(&life->stage, CARRIER_REFUSED) == refused, "a restart was refused");
}

/* ---- F8: a stop where upstream answers at once, late, or long after the end ---- */

static uint32_t cancels_of(const struct life *life, uint32_t index)
{
	char name[16];

	life_name(index, name);
	return stage_asked(&life->stage, name).cancels;
}

static void play_f8(struct life *life)
{
	static const uint32_t delays_ms[] = {0, 2000, 40000};
	const struct stop_report *report = report_of(&life->stage);
	uint32_t *before = calloc(life->config->registrations, sizeof(*before));

	for (uint32_t i = 0; before && i < life->config->registrations; i++)
		before[i] = cancels_of(life, i);
	life->stage.config->delay_ms = delays_ms[life_below(life, 3)];
	process_stop(life->stage.process);
	world_run_until_us(life->stage.world,
	    report->begun_us + report->deadline_s * US_PER_S / 10 * 8 + US_PER_MS);
	for (uint32_t i = 0; before && i < life->config->registrations; i++)
		demand(life, cancels_of(life, i) > before[i],
		    "a cancel has not left by 80 % of the deadline");
	free(before);
	if (process_is_running(life->stage.process) && !stage_until_left(&life->stage))
		watch_violation(life->stage.world, "", "a stop does not end by its deadline");
	demand(life, report->counts[OUTCOME_UNSENT] == 0, "unsent, though it left");
	life->stage.config->delay_ms = life->usual.delay_ms;
	world_run_s(life->stage.world, 40);
}

/* ---- F19: hours of failures of every kind ---- */

static void fail_for_a_while(struct life *life)
{
	for (uint64_t passed_s = 0; passed_s < AWAY_S; passed_s += 600) {
		world_run_s(life->stage.world, 600);
		if (life_below(life, 2))
			fault_step_clock(life);
	}
}

static void play_f19(struct life *life)
{
	uint64_t before;

	stage_tell(&life->stage, "answer", "503:user=r1*");
	stage_tell(&life->stage, "answer", "500:user=r2*");
	stage_tell(&life->stage, "answer", "403:user=r3*");
	stage_tell(&life->stage, "answer", "drop:user=r4*");
	stage_tell(&life->stage, "answer", "480");
	fail_for_a_while(life);
	before = weigh_held();
	fail_for_a_while(life);
	demand(life, weigh_held() <= before + before / 100,
	    "the core holds over 1 % more after as long again");
}

/* ---- F22: an outage ends ---- */

static void play_f22(struct life *life)
{
	struct params *params = process_params(life->stage.process);
	uint64_t back_s;

	params->upstream_rate = FAIR_PACE;
	process_params_changed(life->stage.process);
	life->stage.config->silent = true;
	world_run_s(life->stage.world, life_below(life, AWAY_S));
	if (life_below(life, 2)) {
		process_kill(life->stage.process);
		pause_below_ms(life, 5000);
		life_start(life);
		world_run_s(life->stage.world, 60 + life_below(life, AWAY_S));
	}
	life->stage.config->silent = false;
	/* Where a redirect had led away, and the grant at home is over, home needs a new row. */
	mend_disk(life);
	back_s = params->retry_delay_s * 11 / 10 + life->config->registrations / FAIR_PACE + 32;
	demand(life, comes_up_within(life, back_s), "not all are back by the bound of F18");
}

/* ---- F27: Call-IDs stay, three starts within a second ---- */

static void play_f27(struct life *life)
{
	char before[64], name[16];

	life_name((uint32_t)life_below(life, life->config->registrations), name);
	snprintf(before, sizeof(before), "%s", stage_show(&life->stage, name).call_id);
	for (int i = 0; i < 3; i++) {
		process_kill(life->stage.process);
		life_start(life);
		pause_below_ms(life, 300);
	}
	demand(life, comes_up_within(life, up_s(life)),
	    "not all are up after three starts in a second");
	demand(life, strcmp(before, stage_show(&life->stage, name).call_id) == 0,
	    "another Call-ID after a restart");
}

/* ---- F38: the first of two addresses is away, and back; both are, and an edit meanwhile ---- */

static void cut_both(struct life *life, bool is_cut)
{
	struct netaddr first = world_address(UPSTREAM), second = world_address(SECOND);

	network_cut(life->stage.world->network, &first, is_cut, is_cut);
	network_cut(life->stage.world->network, &second, is_cut, is_cut);
}

static void play_f38(struct life *life)
{
	struct netaddr first = world_address(UPSTREAM);
	uint64_t cancels = counted(&life->stage, CARRIER_CANCELS);

	network_cut(life->stage.world->network, &first, true, true);
	operator_refresh_all(life);
	world_run_s(life->stage.world, life_below(life, 400));
	network_cut(life->stage.world->network, &first, false, false);
	world_run_s(life->stage.world, life_below(life, 600));
	demand(life, counted(&life->stage, CARRIER_CANCELS) == cancels,
	    "something is cancelled when the first address is back");
	cut_both(life, true);
	change(life, disable);
	world_run_s(life->stage.world, life_below(life, 120));
	mend_disk(life);
	life_put(life, 0);
	world_run_s(life->stage.world, life_below(life, 120));
	cut_both(life, false);
	demand(life, comes_up_within(life, up_s(life)),
	    "enabled again in an outage, and not up after it");
}

/* ---- F39: the answers to a dead process reach the next one ---- */

static void play_f39(struct life *life)
{
	struct network_rule rule = {.way = NETWORK_TO_REGENT,
	    .what = NETWORK_REGISTER,
	    .act = NETWORK_HOLD,
	    .hold_us = (3000 + life_below(life, 2000)) * US_PER_MS};
	bool is_unwanted = life_below(life, 2);

	network_add_rule(life->stage.world->network, &rule);
	operator_refresh_all(life);
	pause_below_ms(life, 2000);
	process_kill(life->stage.process);
	network_clear_rules(life->stage.world->network);
	if (is_unwanted)
		change(life, disable);
	pause_below_ms(life, 1000);
	life_start(life);
	world_run_s(life->stage.world, GONE_S);
	demand(life, held(life, "r0") == !is_unwanted, "a late answer has changed something");
	demand(life, comes_up_within(life, up_s(life)), "not all are up after late answers");
}

/* ---- F40: refreshed for an hour, then the power goes ---- */

static void play_f40(struct life *life)
{
	world_run_s(life->stage.world, HOUR_S + life_below(life, HOUR_S));
	process_power_cut(life->stage.process);
	change(life, disable);
	if (life_below(life, 2))
		fault_step_clock(life);
	world_run_s(life->stage.world, life_below(life, 120));
	life_start(life);
	world_run_s(life->stage.world, 2 * GONE_S);
	demand(
	    life, held(life, "r0") == 0, "the ledger did not cover what stood when the power went");
	demand(life, comes_up_within(life, up_s(life)), "not all are up after a power cut");
}

/* ---- F41: a password alone, and what moves the binding ---- */

static void edit(struct life *life, bool is_down, change_fn what)
{
	if (is_down)
		process_kill(life->stage.process);
	change(life, what);
	life_start(life);
	world_run_s(life->stage.world, 2 * GONE_S);
	demand(life, comes_up_within(life, up_s(life)), "not all are up after an edit");
}

static void play_f41(struct life *life)
{
	uint32_t cancels = cancels_of(life, 0);

	edit(life, life_below(life, 2), set_password);
	demand(life, cancels_of(life, 0) == cancels, "a new password cancels");
	mend_disk(life);
	edit(life, life_below(life, 2), life_below(life, 2) ? set_contact : set_port);
	demand(life, held(life, "r0") == 1, "not one binding after a move");
}

/* ---- all of them ---- */

static const struct accident_case cases[] = {
    {"F3", 3, "a cancel is never answered, and the same one added again",
        {"strict", "fresh", "several"}, play_f3},
    {"F5", 2, "removed while its refresh is outstanding", {"strict", "careless", "fresh"}, play_f5},
    {"F7", 3, "five deaths in a row where one Contact is allowed", {"single", NULL, NULL}, play_f7},
    {"F8", 8, "a stop where upstream answers after 0, 2 or 40 s", {"strict", "fresh", "careless"},
        play_f8},
    {"F19", 12, "hours of 503, 500, 480, 403 and silence: memory stays flat",
        {"strict", "fresh", "several"}, play_f19},
    {"F22", 12, "an outage ends", {"strict", "several", "less"}, play_f22},
    {"F27", 5, "three starts within a second", {"strict", "fresh", "careless"}, play_f27},
    {"F38", 4, "one address or both are away, and back", {"pair", NULL, NULL}, play_f38},
    {"F39", 4, "answers to the process before", {"strict", "fresh", "careless"}, play_f39},
    {"F40", 4, "refreshed for an hour, then a power cut", {"strict", "fresh", "less"}, play_f40},
    {"F41", 3, "another password; another Contact or port", {"strict", "single", "several"},
        play_f41},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

const struct accident_case *accident_at(unsigned index)
{
	return index < CASES ? &cases[index] : NULL;
}

const struct accident_case *accident_find(const char *name)
{
	for (unsigned i = 0; i < CASES; i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	return NULL;
}

void accident_set(const struct accident_case *which, uint64_t seed, struct life_config *config)
{
	uint32_t kinds = 0;

	while (kinds < ACCIDENT_KINDS && which->kinds[kinds])
		kinds++;
	config->accident = which;
	config->seed = seed;
	config->hours = HOURS_BEFORE;
	config->faults = FAULTS_BEFORE;
	config->kind = kind_find(which->kinds[seed % kinds]);
}

void accident_happen(struct life *life)
{
	restore(life);
	disturb(life);
	life->config->accident->play(life);
	network_clear_rules(life->stage.world->network);
}
