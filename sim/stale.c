// SPDX-License-Identifier: Apache-2.0
/*
 * The tables are looked at ten times a second, so that is how exact a figure is.
 * A binding is stale where no running process shows its Contact as that of an
 * enabled registration of its AOR at that upstream.
 */
#include "sim/stale.h"

#include "base/random.h"
#include "sim/script.h"

#define LOOK_US        (100 * US_PER_MS)
#define LOOKS_A_S      (US_PER_S / LOOK_US)
#define WATCHED_S      3720 /* from the accident on: the longest expiry, and some */
#define COMING_S       300  /* for all to come up */
#define AGES_S         1200 /* how old bindings are when it happens; refreshes begin at 2880 */
#define CRASH_S        2    /* until a service manager starts it again */
#define FAREWELL_S     10
#define BOOT_S         60
#define OUTAGE_S       300
#define PROBE_S        60
#define PROXY2         "sip:192.0.2.2:5060"
#define HOST2          "other.example"
#define OTHER_PASSWORD "another"

struct play {
	struct stage stage;
	struct process *twin; /* NULL: there is but one */
	struct random random;
	uint32_t count;
	uint64_t signature; /* of all that can change what is stale */
	uint32_t stale, missing;
	uint64_t stale_looks, missing_looks;
};

/* ---- looking ---- */

static bool leads_to(const struct registration_config *config, uint32_t upstream)
{
	return upstream == (slice_equal(config->proxy, SLICE(PROXY2)) ? 1 : 0);
}

static bool is_bound(
    const struct play *play, const struct registration_config *config, const char *contact)
{
	const struct world *world = play->stage.world;
	struct carrier_binding binding;

	for (uint32_t i = 0; i < world->upstream_count; i++) {
		uint32_t cursor = 0;

		if (!leads_to(config, i))
			continue;
		while (carrier_binding_of(world->upstreams[i].upstream, config->username,
		    config->host, &cursor, &binding))
			if (slice_equal(binding.contact, slice_of(contact)))
				return true;
	}
	return false;
}

/* A binding that a stop has cancelled is not missing. */
static bool is_stopping(const struct process *process)
{
	return process_report(process)->begun;
}

static void count_wanted(
    const struct play *play, struct process *process, uint32_t *wanted, uint32_t *bound)
{
	bool is_missed = !is_stopping(process);
	const struct registration_config *config;
	struct shown shown;

	for (uint32_t i = 0; (config = process_object_at(process, i)); i++) {
		if (!config->settings.enabled)
			continue;
		process_show(process, config->name, &shown);
		if (is_bound(play, config, shown.contact)) {
			++*bound;
			++*wanted;
		} else {
			*wanted += is_missed;
		}
	}
}

static void look(struct play *play)
{
	const struct world *world = play->stage.world;
	uint32_t wanted = 0, bound = 0, held = 0;

	for (uint32_t i = 0; i < world->process_count; i++)
		if (process_is_running(world->processes[i]))
			count_wanted(play, world->processes[i], &wanted, &bound);
	for (uint32_t i = 0; i < world->upstream_count; i++)
		held += carrier_bindings(world->upstreams[i].upstream);
	play->stale = held - bound;
	play->missing = wanted - bound;
}

static uint64_t sign(const struct play *play)
{
	const struct world *world = play->stage.world;
	uint64_t signature = 0;

	for (uint32_t i = 0; i < world->process_count; i++)
		signature = signature * 31 + process_records(world->processes[i]) * 2 +
		            process_is_running(world->processes[i]);
	for (uint32_t i = 0; i < world->upstream_count; i++)
		signature = signature * 31 + carrier_bindings(world->upstreams[i].upstream);
	return signature;
}

static void look_once(struct play *play)
{
	uint64_t signature;

	world_run_for(play->stage.world, LOOK_US);
	signature = sign(play);
	if (signature != play->signature)
		look(play);
	play->signature = signature;
	play->stale_looks += play->stale;
	play->missing_looks += play->missing;
}

static void pass(struct play *play, double seconds)
{
	for (uint64_t i = 0; i < (uint64_t)(seconds * LOOKS_A_S); i++)
		look_once(play);
}

/* ---- what happens ---- */

static void stop(struct play *play, struct process *process)
{
	process_stop(process);
	while (process_is_running(process))
		look_once(play);
}

static void cut_off(struct play *play, bool is_cut)
{
	struct netaddr upstream = world_address(UPSTREAM);

	network_cut(play->stage.world->network, &upstream, is_cut, is_cut);
}

/* One edit of each registration: what is worth changing in it is its Contact, AOR, or way. */
typedef void (*change_fn)(struct registration_config *config, char text[32]);

static void change_contact(struct registration_config *config, char text[32])
{
	snprintf(text, 32, "moved-%.*s", SLICE_ARG(config->name));
	config->contact_user = slice_of(text);
}

static void change_user(struct registration_config *config, char text[32])
{
	snprintf(text, 32, "other-%.*s", SLICE_ARG(config->name));
	config->username = slice_of(text);
}

static void change_host(struct registration_config *config, char text[32])
{
	(void)text;
	config->host = SLICE(HOST2);
}

static void change_upstream(struct registration_config *config, char text[32])
{
	(void)text;
	config->proxy = SLICE(PROXY2);
}

static void change_password(struct registration_config *config, char text[32])
{
	(void)text;
	config->password = SLICE(OTHER_PASSWORD);
}

static void disable(struct registration_config *config, char text[32])
{
	(void)text;
	config->settings.enabled = false;
}

static void change_all(struct play *play, change_fn change)
{
	const struct registration_config *object;
	char text[32];

	for (uint32_t i = 0; (object = process_object_at(play->stage.process, i)); i++) {
		struct registration_config config = *object;

		change(&config, text);
		if (process_put(play->stage.process, &config) < 0)
			watch_violation(play->stage.world, "", "a put was refused");
	}
}

static void let_in(struct play *play, const char *password)
{
	snprintf(play->stage.config->any_password, sizeof(play->stage.config->any_password), "%s",
	    password);
}

/* ---- the cases ---- */

static void play_stop(struct play *play)
{
	stop(play, play->stage.process);
}

static void play_stop_start(struct play *play)
{
	stop(play, play->stage.process);
	pass(play, CRASH_S);
	process_start(play->stage.process);
}

static void play_kill_restart(struct play *play)
{
	process_kill(play->stage.process);
	pass(play, CRASH_S);
	process_start(play->stage.process);
}

/* What `regentd farewell` does: a start that wants nothing, and a stop. */
static void play_kill_farewell(struct play *play)
{
	process_kill(play->stage.process);
	pass(play, FAREWELL_S);
	change_all(play, disable);
	process_start(play->stage.process);
	stop(play, play->stage.process);
}

static void play_power(struct play *play)
{
	process_power_cut(play->stage.process);
	pass(play, BOOT_S);
	process_start(play->stage.process);
}

static void play_power_retired(struct play *play)
{
	process_power_cut(play->stage.process);
	pass(play, BOOT_S);
	change_all(play, disable);
	process_start(play->stage.process);
}

static void play_outage_stop(struct play *play)
{
	cut_off(play, true);
	stop(play, play->stage.process);
	change_all(play, disable);
	process_start(play->stage.process);
	pass(play, OUTAGE_S);
	cut_off(play, false);
}

static void play_outage_removed(struct play *play)
{
	cut_off(play, true);
	change_all(play, disable);
	pass(play, OUTAGE_S / 2);
	process_kill(play->stage.process);
	pass(play, CRASH_S);
	process_start(play->stage.process);
	pass(play, OUTAGE_S / 2);
	cut_off(play, false);
}

/* Packets overtake each other by seconds, and each process dies or stops in the midst of them. */
static void play_rapid(struct play *play)
{
	uint64_t usual_us = play->stage.net->jitter_us;

	play->stage.net->jitter_us = 4 * US_PER_S;
	for (int i = 0; i < 6; i++) {
		if (i % 2)
			stop(play, play->stage.process);
		else
			process_kill(play->stage.process);
		process_start(play->stage.process);
		pass(play, 0.5 + (double)random_below(&play->random, 30) / LOOKS_A_S);
	}
	play->stage.net->jitter_us = usual_us;
}

static void play_careless(struct play *play)
{
	play->stage.config->cseq_order = false;
	play->stage.config->cseq_memory_s = 0;
	play_rapid(play);
}

static void restart_changed(struct play *play, change_fn change)
{
	process_kill(play->stage.process);
	change_all(play, change);
	pass(play, CRASH_S);
	process_start(play->stage.process);
}

static void play_contact(struct play *play)
{
	restart_changed(play, change_contact);
}

static void play_user(struct play *play)
{
	restart_changed(play, change_user);
}

static void play_host(struct play *play)
{
	restart_changed(play, change_host);
}

static void play_upstream(struct play *play)
{
	restart_changed(play, change_upstream);
}

static void play_password(struct play *play)
{
	let_in(play, OTHER_PASSWORD);
	restart_changed(play, change_password);
}

static void play_edited(struct play *play)
{
	change_all(play, change_contact);
}

static void play_twin(struct play *play)
{
	process_kill(play->stage.process);
	pass(play, FAREWELL_S);
	change_all(play, disable);
	process_start(play->stage.process);
	stop(play, play->stage.process);
}

static void play_forgotten(struct play *play)
{
	carrier_restart(play->stage.upstream, now_us_of(&play->stage), false);
}

static void play_forgotten_probed(struct play *play)
{
	process_params(play->stage.process)->probe_s = PROBE_S;
	process_params_changed(play->stage.process);
	pass(play, 2 * PROBE_S);
	play_forgotten(play);
}

static void play_refused(struct play *play)
{
	stage_tell(&play->stage, "answer", "403:only=cancel");
	stop(play, play->stage.process);
	change_all(play, disable);
	process_start(play->stage.process);
	pass(play, OUTAGE_S);
	stage_tell(&play->stage, "answer", "none");
}

/* ---- all of them ---- */

struct scene {
	struct stale_case about;
	void (*play)(struct play *play);
	bool has_twin;
};

static const struct scene scenes[] = {
    {{"stop", "a planned stop", 0, 0, 0}, play_stop, false},
    {{"stop-start", "a stop, and a start 2 s later", 0, 60, 0}, play_stop_start, false},
    {{"kill-restart", "killed, and started again 2 s later", 2, 0, 0}, play_kill_restart, false},
    {{"kill-farewell", "killed, farewell 10 s later", 60, 0, 2000}, play_kill_farewell, false},
    {{"power-restart", "power cut, booted 60 s later", 60, 0, 0}, play_power, false},
    {{"power-retired", "power cut, booted 60 s later with all switched off", 120, 0, 2000},
        play_power_retired, false},
    {{"outage-stop", "stopped in an outage, started with all switched off, back after 300 s", 480,
         0, 2000},
        play_outage_stop, false},
    {{"outage-removed", "all switched off in an outage of 300 s, killed and started within", 480, 0,
         2000},
        play_outage_removed, false},
    {{"rapid", "killed or stopped and started 6 times while packets are up to 4 s late", 60, 60, 5},
        play_rapid, false},
    {{"careless", "the same where the registrar minds no CSeq", 60, 60, 5}, play_careless, false},
    {{"contact", "killed, started 2 s later with another Contact", 60, 60, 2000}, play_contact,
        false},
    {{"user", "killed, started 2 s later with another user", 60, 60, 2000}, play_user, false},
    {{"host", "killed, started 2 s later with another host", 60, 60, 2000}, play_host, false},
    {{"upstream", "killed, started 2 s later with another proxy", 60, 60, 2000}, play_upstream,
        false},
    {{"password", "killed, started 2 s later with another password", 2, 0, 0}, play_password,
        false},
    {{"edited", "another Contact for all while it runs", 60, 60, 0}, play_edited, false},
    {{"twin", "two with the same credentials, one killed, farewell 10 s later", 60, 0, 2000},
        play_twin, true},
    {{"forgotten", "upstream restarts and forgets", 0, 3000, 0}, play_forgotten, false},
    {{"forgot-probe", "the same with RG_PROBE 60", 0, 120, 0}, play_forgotten_probed, false},
    {{"refused", "stopped while cancels get 403 for 300 s, started with all switched off", 480, 0,
         1500},
        play_refused, false},
};

const struct stale_case *stale_at(unsigned index)
{
	return index < sizeof(scenes) / sizeof(scenes[0]) ? &scenes[index].about : NULL;
}

const struct stale_case *stale_find(const char *name)
{
	const struct stale_case *found;
	unsigned i = 0;

	while ((found = stale_at(i++)) && strcmp(found->name, name) != 0)
		;
	return found;
}

static void add_twin(struct play *play)
{
	const struct registration_config *object;

	play->twin = world_add_process(play->stage.world, "10.0.0.2:5060", play->count);
	for (uint32_t i = 0; (object = process_object_at(play->stage.process, i)); i++)
		if (process_put(play->twin, object) < 0)
			watch_violation(play->stage.world, "", "a put was refused");
	process_start(play->twin);
}

static void set(struct play *play, bool has_ledger)
{
	struct watch_excuse *excuse = watch_excuse(play->stage.world);

	disk_config(process_disk(play->stage.process))->forgets = !has_ledger;
	excuse->epochs = true;
	excuse->tables = excuse->outcomes = !has_ledger;
	world_add_upstream(play->stage.world, SECOND, NULL);
	world_set_name(play->stage.world, HOST2, UPSTREAM, NULL);
}

void stale_play(const struct stale_case *which, uint32_t registrations, uint64_t seed,
    bool has_ledger, struct stale_figure *figure_r, FILE *out)
{
	const struct scene *scene = (const struct scene *)(const void *)which;
	struct play play = {.count = registrations};
	uint64_t begun_us;

	random_seed(&play.random, seed);
	stage_set(&play.stage, seed, registrations + 8);
	set(&play, has_ledger);
	stage_put_many(&play.stage, registrations);
	process_start(play.stage.process);
	if (scene->has_twin)
		add_twin(&play);
	if (!stage_until_bound(&play.stage, registrations * (play.twin ? 2 : 1), COMING_S))
		watch_violation(play.stage.world, "", "not all came up");
	world_run_s(play.stage.world, 60 + random_below(&play.random, AGES_S));
	look(&play);
	if (play.stale + play.missing > 0)
		watch_violation(play.stage.world, "", "stale or missing before anything happened");
	play.signature = sign(&play);
	begun_us = now_us_of(&play.stage);
	scene->play(&play);
	while (now_us_of(&play.stage) < begun_us + WATCHED_S * US_PER_S)
		look_once(&play);
	*figure_r = (struct stale_figure){
	    .stale_s = (double)play.stale_looks / LOOKS_A_S / registrations,
	    .missing_s = (double)play.missing_looks / LOOKS_A_S / registrations,
	    .left = play.stale,
	    .lacking = play.missing,
	    .faults = has_ledger ? watch_faults(play.stage.world) : 0,
	    .simulated_s = (double)(now_us_of(&play.stage) - BEGIN_US) / US_PER_S,
	};
	if (figure_r->faults > 0)
		watch_report(play.stage.world, out);
	stage_clear(&play.stage);
}

/* ---- the table ---- */

struct column {
	double sum, least, most, missing_sum, missing_most;
	uint32_t left, lacking;
	uint64_t faults;
};

static void add(struct column *column, const struct stale_figure *figure, bool is_first)
{
	column->sum += figure->stale_s;
	column->missing_sum += figure->missing_s;
	if (is_first || figure->stale_s < column->least)
		column->least = figure->stale_s;
	if (figure->stale_s > column->most)
		column->most = figure->stale_s;
	if (figure->missing_s > column->missing_most)
		column->missing_most = figure->missing_s;
	column->left += figure->left;
	column->lacking += figure->lacking;
	column->faults += figure->faults;
}

static const char *judge(
    const struct stale_case *which, const struct column *with, const struct column *without)
{
	/* A look may fall on either side of what is exactly so long. */
	double slack_s = 1.0 / LOOKS_A_S + 1e-6;

	if (with->faults > 0)
		return "an invariant is broken";
	if (with->left > 0 || with->lacking > 0)
		return "stale or missing bindings are left at the end";
	if (with->most > which->most_s + slack_s)
		return "stale for longer than the case allows";
	if (with->missing_most > which->missing_most_s + slack_s)
		return "missing for longer than the case allows";
	if (without->least < which->without_s)
		return "no worse without a ledger";
	return NULL;
}

void stale_head(FILE *out)
{
	fprintf(out, "| scenario | what happens | stale, s for each binding: mean, worst seed |"
	             " missing: mean, worst | stale without a ledger: mean, worst |\n"
	             "|---|---|---|---|---|\n");
}

bool stale_measure(const struct stale_case *which, uint32_t registrations, uint64_t seed,
    uint32_t seeds, double *simulated_s, FILE *out)
{
	struct column columns[2] = {0};
	const char *wrong;

	for (uint32_t i = 0; i < seeds; i++) {
		for (int has_ledger = 0; has_ledger < 2; has_ledger++) {
			struct stale_figure figure;

			stale_play(which, registrations, seed + i, has_ledger, &figure, out);
			add(&columns[has_ledger], &figure, i == 0);
			*simulated_s += figure.simulated_s;
		}
	}
	fprintf(out, "| `%s` | %s | %.1f, %.1f | %.1f, %.1f | %.1f, %.1f |\n", which->name,
	    which->help, columns[1].sum / seeds, columns[1].most, columns[1].missing_sum / seeds,
	    columns[1].missing_most, columns[0].sum / seeds, columns[0].most);
	wrong = judge(which, &columns[1], &columns[0]);
	if (wrong)
		fprintf(out, "FAILED %s: %s\n", which->name, wrong);
	return !wrong;
}
