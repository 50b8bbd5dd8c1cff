// SPDX-License-Identifier: Apache-2.0
/*
 * One simulated world: its clocks, a network, names, upstreams at addresses and
 * regentd processes. Everything that happens follows from one seed and from what
 * a test or a campaign does to it. Time runs only inside world_run_*().
 */
#pragma once

#include "sim/carrier.h"
#include "sim/ladder.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/tally.h"
#include "sim/watch.h"

#define WORLD_UPSTREAMS_MAX 8
#define WORLD_PROCESSES_MAX 4
#define BEGIN_US            (1000 * US_PER_S) /* of simulated time */
#define WORLD_NAMES_MAX     16
#define WORLD_NAME_MAX      4                      /* addresses of a name */
#define WORLD_WALL_MS       INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct world_name {
	char host[256];
	struct netaddr addresses[WORLD_NAME_MAX];
	uint32_t count; /* 0: the name is not found */
	uint32_t ttl_s;
	bool is_silent; /* the server never answers */
};

struct world_upstream {
	struct carrier *upstream;
	struct netaddr address;
	struct netaddr second; /* another address of the same table; family 0: none */
	uint64_t bound_seen;   /* bindings that the watch has looked at */
};

struct world {
	uint64_t seed;
	uint64_t now_us;
	int64_t wall_offset_ms;
	struct network *network;
	struct watch *watch;
	struct ladder *ladder;
	struct tally *tally; /* of the REGISTERs that leave; NULL: nobody counts */
	struct world_name names[WORLD_NAMES_MAX];
	uint32_t name_count;
	struct world_upstream upstreams[WORLD_UPSTREAMS_MAX];
	uint32_t upstream_count;
	struct process *processes[WORLD_PROCESSES_MAX];
	uint32_t process_count;
	uint64_t flow_delay_us, name_delay_us;
	bool verbose; /* logs and notes go to stdout as they come */
	uint64_t steps;
};

struct world *world_new(uint64_t seed);
void world_free(struct world **world);

/*
 * Adds a strict registrar at `address` ("192.0.2.1:5060"). The pointer stays
 * the world's. NULL `config`: the default one with a password for everybody,
 * WORLD_PASSWORD.
 */
#define WORLD_PASSWORD "secret"
void world_carrier_config(struct carrier_config *config_r);
struct carrier *world_add_upstream(
    struct world *world, const char *address, const struct carrier_config *config);

/* Adds a regentd at `address`, down and without objects. */
struct process *world_add_process(
    struct world *world, const char *address, uint32_t registrations_max);

/* Sets what a name leads to; no addresses: it is not found. */
struct world_name *world_set_name(
    struct world *world, const char *host, const char *first, const char *second);
const struct world_name *world_find_name(const struct world *world, struct slice host);

/* The wall clock of all machines jumps. */
void world_step_clock(struct world *world, int64_t step_ms);

/* Runs until `until_us` of the world's time. */
void world_run_until_us(struct world *world, uint64_t until_us);
void world_run_for(struct world *world, uint64_t us);
void world_run_s(struct world *world, uint64_t seconds);

/* Runs until the predicate holds, looked at after each step; false after `limit_us`. */
typedef bool (*world_predicate_fn)(struct world *world, void *context);
bool world_run_until(
    struct world *world, world_predicate_fn predicate, void *context, uint64_t limit_us);

/* ---- for the other parts ---- */

void world_send(struct world *world, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes, const struct facts *facts);
void world_log(struct world *world, struct slice text);
void world_note(struct world *world, const char *text);
struct netaddr world_address(const char *text);
