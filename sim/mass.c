// SPDX-License-Identifier: Apache-2.0
/*
 * Nonces live for ever here, so that a refresh is one request and N of them take
 * N divided by the pace.
 */
#include "sim/mass.h"

#include "sim/script.h"
#include "sim/weigh.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define PACE           200  /* a second: what RG_UPSTREAM_RATE auto grows to */
#define STORM_PACE     2000 /* of each address where a million are to fail */
#define PERIOD_S       3600
#define LEAST_ATTEMPTS 20000 /* or what is in flight still grows */
#define COMING_UP_S    120   /* what a pace takes that begins at 5/s, and one retry delay */

struct mass {
	struct world *world;
	struct process *process;
	struct carrier *upstream;
	struct carrier_config *config; /* the first upstream's, live */
	uint32_t count;
	char told[256]; /* what is worth saying at the end */
};

static void demand(struct mass *mass, bool holds, const char *otherwise)
{
	if (!holds)
		watch_violation(mass->world, "", otherwise);
}

__attribute__((format(printf, 2, 3))) static void say(struct mass *mass, const char *format, ...)
{
	size_t n = strlen(mass->told);
	va_list list;

	va_start(list, format);
	vsnprintf(mass->told + n, sizeof(mass->told) - n, format, list);
	va_end(list);
}

static void put_many(struct mass *mass, uint32_t count, const char *prefix, const char *proxy)
{
	char name[24];

	for (uint32_t i = 0; i < count; i++) {
		struct registration_config config;

		snprintf(name, sizeof(name), "%s%u", prefix, i);
		config = stage_registration(name);
		config.proxy = slice_of(proxy);
		if (process_put(mass->process, &config) < 0)
			watch_violation(mass->world, name, "a put was refused");
	}
}

static void tell(struct carrier_config *config, const char *answer)
{
	if (carrier_config_set(config, "answer", answer, NULL) < 0)
		abort();
}

static bool are_bound(struct world *world, void *context)
{
	const struct mass *mass = context;

	(void)world;
	return carrier_bindings(mass->upstream) == mass->count;
}

static bool run_until_bound(struct mass *mass, uint64_t limit_s)
{
	return world_run_until(mass->world, are_bound, mass, limit_s * US_PER_S);
}

/* As regentd sees it, which is not as the upstream does while answers are lost. */
static void demand_all_registered(struct mass *mass, const char *otherwise)
{
	struct answer_status status;

	process_status(mass->process, &status);
	demand(mass, status.tally.states[STATE_REGISTERED] == mass->count, otherwise);
	demand(mass, carrier_bindings(mass->upstream) == mass->count, otherwise);
}

static void come_up(struct mass *mass)
{
	put_many(mass, mass->count, "r", "");
	process_start(mass->process);
	/* Each is challenged once. */
	demand(mass, run_until_bound(mass, 2 * mass->count / PACE + COMING_UP_S),
	    "not all came up in time");
}

/* PRODUCT's bound for coming back. */
static uint64_t back_by_s(const struct mass *mass)
{
	return process_params(mass->process)->retry_delay_s * 11 / 10 + mass->count / PACE + 32;
}

static void come_back(struct mass *mass)
{
	uint64_t begun_us = mass->world->now_us, limit_s = back_by_s(mass);

	run_until_bound(mass, limit_s);
	say(mass, "back after %llu s of at most %llu, ",
	    (unsigned long long)((mass->world->now_us - begun_us) / US_PER_S),
	    (unsigned long long)limit_s);
	world_run_until_us(mass->world, begun_us + limit_s * US_PER_S);
	demand_all_registered(mass, "not all were registered again in time");
}

static void count_from_now(struct mass *mass, uint32_t seconds)
{
	mass->world->tally = tally_new(mass->world->now_us, seconds);
	assert(mass->world->tally);
}

static void demand_pace(struct mass *mass)
{
	uint32_t most = tally_most(mass->world->tally, 100);

	demand(mass, most <= PACE / 10, "more than the pace in 100 ms");
	say(mass, "most in 100 ms %u at %u/s", most, PACE);
}

/* ---- F18: every answer is lost for a day ---- */

static void play_answers_lost(struct mass *mass)
{
	process_params(mass->process)->upstream_rate = PACE;
	count_from_now(mass, 30 * HOUR_S);
	come_up(mass);
	mass->config->loss_answers = 100;
	world_run_s(mass->world, DAY_S);
	mass->config->loss_answers = 0;
	come_back(mass);
	demand_pace(mass);
}

/* ---- F19: a million fail ---- */

/*
 * Two addresses that answer 503, so that everyone who waits for one is sent on
 * to the other again and again; one that refuses or is silent as it comes, and
 * never rests; one that forbids; one that is not there. Half are at the second,
 * which lets them all try: the others rest or are slow, as the rules want.
 */
static struct carrier_config *add_upstream(struct mass *mass, const char *address)
{
	return carrier_config(world_add_upstream(mass->world, address, NULL));
}

static void build_storm(struct mass *mass)
{
	static const struct {
		const char *prefix, *proxy;
	} parts[] = {{"both", "sip:storm.example"}, {"error", "sip:errors.example"},
	    {"absent", "sip:errors.example"}, {"dropped", "sip:errors.example"},
	    {"barred", "sip:closed.example"}, {"lonely", "sip:silent.example"}};
	uint64_t count = mass->count, n = sizeof(parts) / sizeof(parts[0]);
	struct carrier_config *errors;

	world_set_name(mass->world, "storm.example", "192.0.2.11:5060", "192.0.2.12:5060");
	tell(add_upstream(mass, "192.0.2.11:5060"), "503");
	tell(add_upstream(mass, "192.0.2.12:5060"), "503:retry-after=1");
	world_set_name(mass->world, "errors.example", "192.0.2.13:5060", NULL);
	errors = add_upstream(mass, "192.0.2.13:5060");
	tell(errors, "500:user=error*");
	tell(errors, "480:user=absent*");
	tell(errors, "drop");
	world_set_name(mass->world, "closed.example", "192.0.2.14:5060", NULL);
	tell(add_upstream(mass, "192.0.2.14:5060"), "403");
	world_set_name(mass->world, "silent.example", "192.0.2.15:5060", NULL);
	tell(add_upstream(mass, "192.0.2.15:5060"), "drop");
	for (uint32_t i = 0; i < n; i++)
		put_many(mass, (uint32_t)((i + 1) * count / n - i * count / n), parts[i].prefix,
		    parts[i].proxy);
}

static uint64_t attempts(const struct world *world)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < world->upstream_count; i++)
		sum += carrier_counter(world->upstreams[i].upstream, CARRIER_REQUESTS);
	return sum;
}

struct goal {
	uint64_t attempts;
};

static bool has_tried(struct world *world, void *context)
{
	const struct goal *goal = context;

	return attempts(world) >= goal->attempts;
}

static void play_failing(struct mass *mass)
{
	uint32_t half = mass->count / 2 > LEAST_ATTEMPTS ? mass->count / 2 : LEAST_ATTEMPTS;
	struct goal goal = {half};
	uint64_t held, resident;
	double grown, all_grown;

	process_params(mass->process)->upstream_rate = STORM_PACE;
	process_params(mass->process)->upstream_window = 0;
	build_storm(mass);
	process_start(mass->process);
	demand(mass, world_run_until(mass->world, has_tried, &goal, DAY_S * US_PER_S),
	    "they do not try");
	held = weigh_held();
	resident = weigh_resident();
	goal.attempts += half;
	demand(mass, world_run_until(mass->world, has_tried, &goal, DAY_S * US_PER_S),
	    "they do not go on trying");
	grown = 100 * ((double)weigh_held() - (double)held) / (double)held;
	all_grown = 100 * ((double)weigh_resident() - (double)resident) / (double)resident;
	demand(mass, grown <= 1, "the core holds over 1 % more after as many attempts again");
	say(mass,
	    "core holds %.1f MiB after %u attempts, %+.2f %% after as many again"
	    " (simulator and core resident %.1f MiB, %+.2f %%)",
	    (double)held / 1048576, half, grown, (double)resident / 1048576, all_grown);
}

/* ---- F21: all at start ---- */

static void play_start(struct mass *mass)
{
	struct tally_wave wave;
	double mean;

	/* The third refresh of nobody comes before 3 x 80 % of the grant, nor the fourth of
	 * anybody before 4 x 80 %. */
	count_from_now(mass, 4 * PERIOD_S);
	come_up(mass);
	world_run_until_us(mass->world, BEGIN_US + 4 * UINT64_C(2880) * US_PER_S);
	demand_pace(mass);
	wave = tally_wave(mass->world->tally, 3 * 2880, 4 * 2880);
	mean = (double)wave.count / (wave.last_s - wave.first_s + 1);
	demand(mass, wave.count == mass->count, "not one refresh each in the third period");
	demand(mass, wave.most <= 1.5 * mean + 5,
	    "the third period's busiest second is above 1.5 x the mean + 5");
	demand_all_registered(mass, "not all stay registered");
	say(mass,
	    ", third period: busiest second %u, mean %.1f (of the seconds in which it refreshes)",
	    wave.most, mean);
}

/* ---- F22: an outage ends ---- */

static void play_outage(struct mass *mass)
{
	process_params(mass->process)->upstream_rate = PACE;
	count_from_now(mass, 4 * HOUR_S);
	come_up(mass);
	/* One over its limit: nobody else notices. */
	tell(mass->config, "503:user=r7,retry-after=900");
	world_run_s(mass->world, PERIOD_S + COMING_UP_S);
	demand(mass, carrier_bindings(mass->upstream) == mass->count - 1,
	    "a 503 to one account rests others");
	demand(mass, carrier_counter(mass->upstream, CARRIER_EXPIRED) == 1,
	    "a 503 to one account makes bindings of others lapse");
	tell(mass->config, "none");
	mass->config->silent = true;
	world_run_s(mass->world, 2 * PERIOD_S);
	demand(mass, carrier_bindings(mass->upstream) == 0, "a binding outlives the outage");
	mass->config->silent = false;
	come_back(mass);
	demand_pace(mass);
}

/* ---- all of them ---- */

struct play {
	struct mass_case about;
	void (*play)(struct mass *mass);
};

static const struct play plays[] = {
    {{"F18", 100000, "every answer is lost for a day"}, play_answers_lost},
    {{"F19", 1000000, "all fail: 503 by two addresses, 500, 480, 403, silence"}, play_failing},
    {{"F21", 100000, "all at start, then three periods of refreshes"}, play_start},
    {{"F22", 100000, "one account gets 503, then the upstream is away for 2 hours"}, play_outage},
};

const struct mass_case *mass_at(unsigned index)
{
	return index < sizeof(plays) / sizeof(plays[0]) ? &plays[index].about : NULL;
}

const struct mass_case *mass_find(const char *name)
{
	const struct mass_case *found;
	unsigned i = 0;

	while ((found = mass_at(i++)) && strcmp(found->name, name) != 0)
		;
	return found;
}

static void set(struct mass *mass, uint32_t registrations, uint64_t seed)
{
	struct carrier_config config;

	*mass = (struct mass){.world = world_new(seed), .count = registrations};
	assert(mass->world);
	world_carrier_config(&config);
	config.nonce_life_s = 0;
	config.rate_limit = PACE;
	mass->upstream = world_add_upstream(mass->world, UPSTREAM, &config);
	mass->config = carrier_config(mass->upstream);
	world_set_name(mass->world, HOST, UPSTREAM, NULL);
	mass->process = world_add_process(mass->world, REGENT, registrations);
}

bool mass_run(const struct mass_case *which, uint32_t registrations, uint64_t seed, FILE *out)
{
	const struct play *play = (const struct play *)(const void *)which;
	clock_t begun = clock();
	struct mass mass;
	uint64_t faults;

	set(&mass, registrations, seed);
	play->play(&mass);
	watch_tables(mass.world);
	faults = watch_faults(mass.world);
	if (faults > 0)
		watch_report(mass.world, out);
	fprintf(out,
	    "%s %s registrations=%u seeds=1 (%llu) simulated=%.1fh requests=%llu in %.1f s: %s\n",
	    faults ? "FAILED" : "ok", which->name, registrations, (unsigned long long)seed,
	    (double)(mass.world->now_us - BEGIN_US) / US_PER_S / HOUR_S,
	    (unsigned long long)attempts(mass.world), (double)(clock() - begun) / CLOCKS_PER_SEC,
	    mass.told);
	world_free(&mass.world);
	return faults == 0;
}
