// SPDX-License-Identifier: Apache-2.0
/*
 * regent-sim: random lives of regentd, one or a campaign of them. Each says in
 * one line what it was; one that fails shows the ladder of the registration
 * concerned and the command that replays it.
 */
#include "sim/accident.h"
#include "sim/fault.h"
#include "sim/mass.h"
#include "sim/stale.h"

#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#define REGISTRATIONS       20 /* of a random life */
#define STALE_REGISTRATIONS 100

struct options {
	struct life_config life;
	const char *kind;                     /* NULL: each seed has its own */
	const char *case_name;                /* NULL: none */
	const struct accident_case *accident; /* in each life */
	const struct mass_case *mass;         /* instead of random lives */
	const struct stale_case *stale;
	bool all_stale; /* or all of these */
	uint32_t seeds;
	bool has_seeds; /* said so, be it one */
	bool quiet;
	bool until_failure; /* the first one ends it */
};

static void usage(FILE *file)
{
	const struct accident_case *accident;
	const struct mass_case *mass;
	const struct stale_case *stale;
	const struct kind *kind;

	fprintf(file, "regent-sim [--seed S] [--seeds COUNT] [--registrations N] [--hours H]\n"
	              "           [--upstream KIND] [--faults LIST] [--period-least S]\n"
	              "           [--verbose] [--quiet] [--until-failure]\n\n"
	              "KIND, else one for each seed:\n");
	for (unsigned i = 0; (kind = kind_at(i)); i++)
		fprintf(file, "  %-10s %s\n", kind->name, kind->help);
	fprintf(file, "LIST is 'all', 'none', or some of these with commas between:\n ");
	for (int i = 0; i < FAULTS; i++)
		fprintf(file, " %s", fault_name((enum fault)i));
	fprintf(file,
	    "\n\nregent-sim --case CASE [--registrations N] [--seed S]: one that is about very"
	    " many\n\n");
	for (unsigned i = 0; (mass = mass_at(i)); i++)
		fprintf(file, "  %s  %7u  %s\n", mass->name, mass->registrations, mass->help);
	fprintf(file, "\nregent-sim --case CASE --seeds COUNT [--registrations N] [--seed S]: one "
	              "in the midst of"
	              " drawn faults\n\n");
	for (unsigned i = 0; (accident = accident_at(i)); i++)
		fprintf(file, "  %-3s  %7u  %s\n", accident->name, accident->registrations,
		    accident->help);
	fprintf(file,
	    "\nregent-sim --stale-time all|SCENARIO [--registrations N] [--seeds COUNT]: how long"
	    " bindings\nare stale, with the ledger and without\n\n");
	for (unsigned i = 0; (stale = stale_at(i)); i++)
		fprintf(file, "  %-14s %s\n", stale->name, stale->help);
	fprintf(file, "\nThe exit status is 0 where all of it held, 1 where something did not.\n");
}

static bool read_fault(struct slice name, uint32_t *faults)
{
	if (slice_equal(name, SLICE("all"))) {
		*faults = (1u << FAULTS) - 1;
		return true;
	}
	for (int i = 0; i < FAULTS; i++) {
		if (slice_equal(name, slice_of(fault_name((enum fault)i)))) {
			*faults |= 1u << i;
			return true;
		}
	}
	return slice_equal(name, SLICE("none"));
}

static bool read_faults(struct slice list, uint32_t *faults_r)
{
	*faults_r = 0;
	for (;;) {
		ptrdiff_t comma = slice_find(list, ',');
		struct slice name = {list.p, comma < 0 ? list.n : (size_t)comma};

		if (!read_fault(name, faults_r))
			return false;
		if (comma < 0)
			return true;
		list = slice_skip(list, (size_t)comma + 1);
	}
}

static void put_faults(char *text, size_t size, uint32_t faults)
{
	size_t n = 0;

	snprintf(text, size, "none");
	for (int i = 0; i < FAULTS; i++)
		if (faults & 1u << i)
			n += (size_t)snprintf(
			    text + n, size - n, "%s%s", n ? "," : "", fault_name((enum fault)i));
}

static bool read_number(const char *text, uint64_t max, uint64_t *number_r)
{
	return slice_number(slice_of(text), max, number_r) == 0;
}

/* Of one name there may be two: many registrations once, or with --seeds a few for each seed. */
static bool find_case(struct options *options)
{
	if (!options->case_name)
		return true;
	options->accident = accident_find(options->case_name);
	options->mass = mass_find(options->case_name);
	if (options->accident && options->has_seeds)
		options->mass = NULL;
	if (options->mass)
		options->accident = NULL;
	if (options->mass || options->accident)
		return true;
	fprintf(stderr, "regent-sim: there is no case %s\n", options->case_name);
	return false;
}

static bool read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"seeds", required_argument, NULL, 'c'},
	    {"registrations", required_argument, NULL, 'n'},
	    {"hours", required_argument, NULL, 'h'},
	    {"upstream", required_argument, NULL, 'u'},
	    {"faults", required_argument, NULL, 'f'},
	    {"case", required_argument, NULL, 'm'},
	    {"stale-time", required_argument, NULL, 't'},
	    {"period-least", required_argument, NULL, 'p'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"until-failure", no_argument, NULL, 'e'},
	    {"help", no_argument, NULL, '?'},
	    {0},
	};
	uint64_t number;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		bool good = true;

		number = 0;
		switch (c) {
		case 's':
			good = read_number(optarg, UINT64_MAX / 32, &options->life.seed);
			break;
		case 'c':
			good = read_number(optarg, 100000000, &number);
			options->seeds = (uint32_t)number;
			options->has_seeds = true;
			break;
		case 'n':
			good = read_number(optarg, 1000000, &number) && number > 0;
			options->life.registrations = (uint32_t)number;
			break;
		case 'h':
			good = read_number(optarg, 1000000, &number);
			options->life.hours = (uint32_t)number;
			break;
		case 'u':
			options->kind = optarg;
			good = kind_find(optarg);
			break;
		case 'f':
			good = read_faults(slice_of(optarg), &options->life.faults);
			break;
		case 'm':
			options->case_name = optarg;
			break;
		case 't':
			options->stale = stale_find(optarg);
			options->all_stale = strcmp(optarg, "all") == 0;
			good = options->stale || options->all_stale;
			break;
		case 'p':
			good = read_number(optarg, 3600, &number);
			options->life.period_least_s = (uint32_t)number;
			break;
		case 'v':
			options->life.verbose = true;
			break;
		case 'q':
			options->quiet = true;
			break;
		case 'e':
			options->until_failure = true;
			break;
		default:
			return false;
		}
		if (!good) {
			fprintf(stderr, "regent-sim: %s is no value for that option\n", optarg);
			return false;
		}
	}
	return optind == argc && find_case(options);
}

static const struct kind *kind_of_seed(uint64_t seed)
{
	unsigned kinds = 0;

	while (kind_at(kinds))
		kinds++;
	return kind_at((unsigned)(seed % kinds));
}

/* What a campaign has come to. */
struct sum {
	uint64_t simulated_s, registration_s;
};

static bool run(struct life_config life, bool quiet, struct sum *sum)
{
	struct life_result result;
	char faults[256];

	if (life.kind->most && life.registrations > life.kind->most)
		life.registrations = life.kind->most;
	life_run(&life, &result, stdout);
	sum->simulated_s += result.simulated_s;
	sum->registration_s += result.simulated_s * life.registrations;
	put_faults(faults, sizeof(faults), life.faults);
	if (!quiet || result.violations > 0)
		printf("%s seed=%llu registrations=%u upstream=%s simulated=%.1fh faults=%llu "
		       "starts=%llu requests=%llu violations=%llu\n",
		    result.violations ? "FAILED" : "ok", (unsigned long long)life.seed,
		    life.registrations, life.kind->name, (double)result.simulated_s / 3600,
		    (unsigned long long)result.faults, (unsigned long long)result.starts,
		    (unsigned long long)result.requests, (unsigned long long)result.violations);
	if (result.violations > 0 && life.accident)
		printf("replay: regent-sim --case %s --seeds 1 --seed %llu --registrations %u "
		       "--period-least %u --verbose\n",
		    life.accident->name, (unsigned long long)life.seed, life.registrations,
		    life.period_least_s);
	else if (result.violations > 0)
		printf("replay: regent-sim --seed %llu --registrations %u --hours %u --upstream %s "
		       "--faults %s --period-least %u --verbose\n",
		    (unsigned long long)life.seed, life.registrations, life.hours, life.kind->name,
		    faults, life.period_least_s);
	return result.violations == 0;
}

static int measure_stale(const struct options *options)
{
	uint32_t registrations =
	    options->life.registrations ? options->life.registrations : STALE_REGISTRATIONS;
	const struct stale_case *stale;
	double simulated_s = 0;
	uint32_t failed = 0;

	stale_head(stdout);
	for (unsigned i = 0; (stale = stale_at(i)); i++)
		if (options->all_stale || stale == options->stale)
			failed += !stale_measure(stale, registrations, options->life.seed,
			    options->seeds, &simulated_s, stdout);
	printf("N=%u, %u seeds from %llu, %.1f simulated hours in %.1f s: %u failed\n",
	    registrations, options->seeds, (unsigned long long)options->life.seed,
	    simulated_s / 3600, (double)clock() / CLOCKS_PER_SEC, failed);
	return failed > 0;
}

int main(int argc, char **argv)
{
	struct options options = {
	    .life = {.seed = 1, .hours = 24, .faults = (1u << FAULTS) - 1},
	    .seeds = 1,
	};
	struct sum sum = {0};
	uint32_t failed = 0, lived = 0;
	clock_t begun = clock();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!read_options(argc, argv, &options)) {
		usage(stderr);
		return 2;
	}
	if (options.stale || options.all_stale)
		return measure_stale(&options);
	if (options.mass)
		return !mass_run(options.mass,
		    options.life.registrations ? options.life.registrations
		                               : options.mass->registrations,
		    options.life.seed, stdout);
	if (options.life.registrations == 0)
		options.life.registrations =
		    options.accident ? options.accident->registrations : REGISTRATIONS;
	for (; lived < options.seeds; lived++, options.life.seed++) {
		if (failed > 0 && options.until_failure)
			break;
		options.life.kind =
		    options.kind ? kind_find(options.kind) : kind_of_seed(options.life.seed);
		if (options.accident)
			accident_set(options.accident, options.life.seed, &options.life);
		failed += !run(options.life, options.quiet, &sum);
	}
	printf("%u seeds up to %llu, up to %u registrations each, %.1f simulated days, "
	       "%.1f registration-days in %.1f s: %u failed\n",
	    lived, (unsigned long long)options.life.seed - 1, options.life.registrations,
	    (double)sum.simulated_s / 86400, (double)sum.registration_s / 86400,
	    (double)(clock() - begun) / CLOCKS_PER_SEC, failed);
	return failed > 0;
}
