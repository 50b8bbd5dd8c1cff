// SPDX-License-Identifier: Apache-2.0
/*
 * Words for tests in the simulator, so that a test reads like the ladder it
 * tests. The stage is always the same: one upstream at 192.0.2.1:5060 that
 * carrier.example leads to, one regentd at 10.0.0.1. A test changes what it
 * is about.
 */
#pragma once

#include "sim/world.h"

#include <stdio.h>

#define HOST     "carrier.example"
#define UPSTREAM "192.0.2.1:5060"
#define SECOND   "192.0.2.2:5060"
#define REGENT   "10.0.0.1:5060"
#define MINUTE_S 60
#define HOUR_S   3600
#define DAY_S    86400

struct stage {
	struct world *world;
	struct carrier *upstream, *second;
	struct process *process;
	struct carrier_config *config; /* the first upstream's, live */
	struct carrier_config *config2;
	struct network_config *net;
};

/* The regentd is down and empty; `registrations_max` objects fit. */
void stage_set(struct stage *stage, uint64_t seed, uint32_t registrations_max);
void stage_clear(struct stage *stage);

/* A second upstream at 192.0.2.2:5060, carrier.example leads to both. */
void stage_add_second(struct stage *stage);

/* The same, but no name leads there: only a redirect does. */
void stage_add_target(struct stage *stage);

/* The first upstream is at 192.0.2.2:5060 too; carrier.example leads to both. */
void stage_add_address(struct stage *stage);

/* A registration `name` of the user `name` at carrier.example, password WORLD_PASSWORD. */
struct registration_config stage_registration(const char *name);

/* Puts it, or `count` of them: "r0", "r1", ... */
void stage_put(struct stage *stage, const char *name);
void stage_put_many(struct stage *stage, uint32_t count);

/* Puts it switched off, or with another password. */
void stage_disable(struct stage *stage, const char *name);
void stage_set_password(struct stage *stage, const char *name, const char *password);

void stage_remove(struct stage *stage, const char *name);

/* A new life: the objects come up again from the ledger. */
void stage_start(struct stage *stage);
void stage_restart(struct stage *stage);

struct shown stage_show(const struct stage *stage, const char *name);
enum registration_state stage_state(const struct stage *stage, const char *name);

/* Runs until that is so; false after `limit_s`. */
bool stage_until_state(
    struct stage *stage, const char *name, enum registration_state state, uint64_t limit_s);
bool stage_until_bound(struct stage *stage, uint32_t count, uint64_t limit_s);
bool stage_until_rows(struct stage *stage, uint32_t count, uint64_t limit_s);
bool stage_until_counter(
    struct stage *stage, enum carrier_counter counter, uint64_t count, uint64_t limit_s);
bool stage_until_seen(
    struct stage *stage, const struct network_rule *rule, uint32_t count, uint64_t limit_s);

/* Stops it and runs until it has left; false where it did not by its deadline. */
bool stage_stop(struct stage *stage);

/* Runs until a stop that has begun has left; false where it did not by its deadline. */
bool stage_until_left(struct stage *stage);

/* Catches datagrams from here on; see struct network_rule. */
struct network_rule *stage_rule(struct stage *stage, enum network_way way, enum network_what what,
    unsigned status, enum network_act act);

/* No packet may be on its way any more, then: no violation and no offence. */
bool stage_is_clean(struct stage *stage);

/* Sets the first upstream as the practice upstream is set: ("answer", "503:count=1"). */
void stage_tell(struct stage *stage, const char *name, const char *value);

struct calls_asked stage_asked(const struct stage *stage, const char *user);

/* The only binding of that user at an upstream; false where there is none, or several. */
bool stage_binding(
    const struct carrier *upstream, const char *user, struct carrier_binding *binding_r);

#define rows_of(stage)          disk_rows(process_disk((stage)->process))
#define debts_of(stage)         disk_debts(process_disk((stage)->process))
#define counted(stage, counter) carrier_counter((stage)->upstream, (counter))
#define bound(stage)            carrier_bindings((stage)->upstream)
#define report_of(stage)        process_report((stage)->process)
#define now_us_of(stage)        ((stage)->world->now_us)
