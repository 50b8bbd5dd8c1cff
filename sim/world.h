// SPDX-License-Identifier: Apache-2.0
/*
 * One simulated world: its clocks, a network, names, upstreams with their addresses,
 * and regentd processes. All events follow from one seed and from what a test or a
 * campaign does to the world. Time passes only inside the functions world_run_*().
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
#define BEGIN_US            (1000 * US_PER_S) /* where simulated time begins */
#define WORLD_NAMES_MAX     16
#define WORLD_NAME_MAX      4                      /* addresses of a name */
#define WORLD_WALL_MS       INT64_C(1767225600000) /* the wall clock then: 2026-01-01T00:00:00Z */

struct world_name {
	char host[256];
	struct netaddr addresses[WORLD_NAME_MAX];
	uint32_t count; /* 0: the name is not found */
	uint32_t ttl_s;
	bool is_silent; /* the DNS server never answers about it */
};

struct world_upstream {
	struct carrier *upstream;
	struct netaddr address;
	struct netaddr second; /* another address of the same upstream; family 0: none */
	uint64_t bound_seen;   /* CARRIER_BOUND when the watch last checked its bindings */
};

struct world {
	uint64_t seed;
	uint64_t now_us;
	int64_t wall_offset_ms;
	struct network *network;
	struct watch *watch;
	struct ladder *ladder;
	struct tally *tally; /* counts REGISTERs that leave; NULL: they are not counted */
	struct world_name names[WORLD_NAMES_MAX];
	uint32_t name_count;
	struct world_upstream upstreams[WORLD_UPSTREAMS_MAX];
	uint32_t upstream_count;
	struct process *processes[WORLD_PROCESSES_MAX];
	uint32_t process_count;
	uint64_t flow_delay_us, name_delay_us; /* until EVENT_FLOW_UP and EVENT_RESOLVED come */
	bool verbose;                          /* logs and notes go to stdout as they come */
	uint64_t steps;                        /* moments at which something happened */
};

/* NULL without memory. */
struct world *world_new(uint64_t seed);

/* Frees the world with its processes and upstreams. */
void world_free(struct world **world);

#define WORLD_PASSWORD "secret"

/* The default config of an upstream; every user has the password WORLD_PASSWORD. */
void world_carrier_config(struct carrier_config *config_r);

/*
 * Adds an upstream, a strict registrar, at `address` ("192.0.2.1:5060"). The world owns it.
 * `config` may be NULL: then it is that of world_carrier_config().
 */
struct carrier *world_add_upstream(
    struct world *world, const char *address, const struct carrier_config *config);

/* Adds a regentd at `address`, not started and without objects. The world owns it. */
struct process *world_add_process(
    struct world *world, const char *address, uint32_t registrations_max);

/* Sets the addresses of a name; each may be NULL. Without addresses the name is not found. */
struct world_name *world_set_name(
    struct world *world, const char *host, const char *first, const char *second);

/* The name with this host; NULL if none was set. */
const struct world_name *world_find_name(const struct world *world, struct slice host);

/* The wall clock of all machines jumps by `step_ms`. */
void world_step_clock(struct world *world, int64_t step_ms);

/* Runs until `until_us` of simulated time, or for so long from now. */
void world_run_until_us(struct world *world, uint64_t until_us);
void world_run_for(struct world *world, uint64_t us);
void world_run_s(struct world *world, uint64_t seconds);

/* Runs until the predicate is true, which is called after each step; false after `limit_us`. */
typedef bool (*world_predicate_fn)(struct world *world, void *context);
bool world_run_until(
    struct world *world, world_predicate_fn predicate, void *context, uint64_t limit_us);

/* ---- for the other files of the simulator ---- */

/* Sends a datagram now; `facts` are those of its bytes. */
void world_send(struct world *world, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes, const struct facts *facts);

/* Prints a log line of a process, if the world is verbose. */
void world_log(struct world *world, struct slice text);

/* Adds a line about an event to the ladder, and prints it if the world is verbose. */
void world_note(struct world *world, const char *text);

/* The address in `text`, which must be valid. */
struct netaddr world_address(const char *text);
