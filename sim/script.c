// SPDX-License-Identifier: Apache-2.0
/*
 * The words of script.h.
 */
#include "sim/script.h"

#include <assert.h>

#define DRY_US (11 * US_PER_S) /* no packet and no answer lives so long */

void stage_set(struct stage *stage, uint64_t seed, uint32_t registrations_max)
{
	struct carrier_config config;

	*stage = (struct stage){.world = world_new(seed)};
	assert(stage->world);
	world_carrier_config(&config);
	stage->upstream = world_add_upstream(stage->world, UPSTREAM, &config);
	stage->config = carrier_config(stage->upstream);
	stage->process = world_add_process(stage->world, REGENT, registrations_max);
	stage->net = network_config(stage->world->network);
	world_set_name(stage->world, HOST, UPSTREAM, NULL);
}

void stage_clear(struct stage *stage)
{
	world_free(&stage->world);
}

void stage_add_target(struct stage *stage)
{
	stage->second = world_add_upstream(stage->world, SECOND, NULL);
	stage->config2 = carrier_config(stage->second);
}

void stage_add_second(struct stage *stage)
{
	stage_add_target(stage);
	world_set_name(stage->world, HOST, UPSTREAM, SECOND);
}

void stage_add_address(struct stage *stage)
{
	stage->world->upstreams[0].second = world_address(SECOND);
	world_set_name(stage->world, HOST, UPSTREAM, SECOND);
}

struct registration_config stage_registration(const char *name)
{
	struct registration_config config;

	registration_config_defaults(&config);
	config.name = slice_of(name);
	config.username = slice_of(name);
	config.password = SLICE(WORLD_PASSWORD);
	config.host = SLICE(HOST);
	config.settings.enabled = true;
	return config;
}

static void put(struct stage *stage, const struct registration_config *config)
{
	if (process_put(stage->process, config) < 0)
		watch_violation(stage->world, "", "a put was refused");
}

void stage_put(struct stage *stage, const char *name)
{
	struct registration_config config = stage_registration(name);

	put(stage, &config);
}

void stage_put_many(struct stage *stage, uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		stage_put(stage, name);
	}
}

void stage_disable(struct stage *stage, const char *name)
{
	struct registration_config config = *process_object(stage->process, slice_of(name));

	config.settings.enabled = false;
	put(stage, &config);
}

void stage_set_password(struct stage *stage, const char *name, const char *password)
{
	struct registration_config config = *process_object(stage->process, slice_of(name));

	config.password = slice_of(password);
	put(stage, &config);
}

void stage_remove(struct stage *stage, const char *name)
{
	if (process_remove(stage->process, slice_of(name)) < 0)
		watch_violation(stage->world, name, "a removal was refused");
}

void stage_start(struct stage *stage)
{
	process_start(stage->process);
}

void stage_restart(struct stage *stage)
{
	process_kill(stage->process);
	process_start(stage->process);
}

struct shown stage_show(const struct stage *stage, const char *name)
{
	struct shown shown;

	process_show(stage->process, slice_of(name), &shown);
	return shown;
}

enum registration_state stage_state(const struct stage *stage, const char *name)
{
	return stage_show(stage, name).state;
}

/* What a predicate compares. */
struct wish {
	struct stage *stage;
	const char *name;
	enum registration_state state;
	enum carrier_counter counter;
	const struct network_rule *rule;
	uint64_t count;
};

static bool has_state(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return process_is_running(wish->stage->process) &&
	       stage_state(wish->stage, wish->name) == wish->state;
}

bool stage_until_state(
    struct stage *stage, const char *name, enum registration_state state, uint64_t limit_s)
{
	struct wish wish = {.stage = stage, .name = name, .state = state};

	return world_run_until(stage->world, has_state, &wish, limit_s * US_PER_S);
}

static bool has_bound(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return carrier_bindings(wish->stage->upstream) == wish->count;
}

bool stage_until_bound(struct stage *stage, uint32_t count, uint64_t limit_s)
{
	struct wish wish = {.stage = stage, .count = count};

	return world_run_until(stage->world, has_bound, &wish, limit_s * US_PER_S);
}

static bool has_rows(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return rows_of(wish->stage) == wish->count;
}

bool stage_until_rows(struct stage *stage, uint32_t count, uint64_t limit_s)
{
	struct wish wish = {.stage = stage, .count = count};

	return world_run_until(stage->world, has_rows, &wish, limit_s * US_PER_S);
}

static bool has_counted(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return counted(wish->stage, wish->counter) >= wish->count;
}

bool stage_until_counter(
    struct stage *stage, enum carrier_counter counter, uint64_t count, uint64_t limit_s)
{
	struct wish wish = {.stage = stage, .counter = counter, .count = count};

	return world_run_until(stage->world, has_counted, &wish, limit_s * US_PER_S);
}

static bool has_seen(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return wish->rule->seen >= wish->count;
}

bool stage_until_seen(
    struct stage *stage, const struct network_rule *rule, uint32_t count, uint64_t limit_s)
{
	struct wish wish = {.stage = stage, .rule = rule, .count = count};

	return world_run_until(stage->world, has_seen, &wish, limit_s * US_PER_S);
}

static bool has_left(struct world *world, void *context)
{
	const struct wish *wish = context;

	(void)world;
	return !process_is_running(wish->stage->process);
}

bool stage_until_left(struct stage *stage)
{
	struct wish wish = {.stage = stage};
	uint64_t end_us =
	    report_of(stage)->begun_us + (report_of(stage)->deadline_s + 1) * US_PER_S;

	if (end_us < now_us_of(stage))
		end_us = now_us_of(stage);
	return world_run_until(stage->world, has_left, &wish, end_us - now_us_of(stage));
}

bool stage_stop(struct stage *stage)
{
	process_stop(stage->process);
	return stage_until_left(stage);
}

struct network_rule *stage_rule(struct stage *stage, enum network_way way, enum network_what what,
    unsigned status, enum network_act act)
{
	struct network_rule rule = {.way = way, .what = what, .status = status, .act = act};

	return network_add_rule(stage->world->network, &rule);
}

bool stage_is_clean(struct stage *stage)
{
	world_run_for(stage->world, DRY_US);
	watch_tables(stage->world);
	if (watch_faults(stage->world) == 0)
		return true;
	watch_report(stage->world, stderr);
	return false;
}

void stage_tell(struct stage *stage, const char *name, const char *value)
{
	if (carrier_config_set(stage->config, name, value, NULL) < 0)
		watch_violation(stage->world, name, "the upstream does not know that setting");
}

struct calls_asked stage_asked(const struct stage *stage, const char *user)
{
	struct calls_asked asked;

	watch_asked(stage->world, user, &asked);
	return asked;
}

bool stage_binding(
    const struct carrier *upstream, const char *user, struct carrier_binding *binding_r)
{
	struct carrier_binding binding;
	uint32_t cursor = 0;

	if (carrier_bindings_of(upstream, user) != 1)
		return false;
	while (carrier_binding_next(upstream, &cursor, &binding)) {
		struct slice rest = slice_skip(binding.aor, 4);

		if (slice_starts(rest, slice_of(user)) && rest.p[strlen(user)] == '@') {
			*binding_r = binding;
			return true;
		}
	}
	return false;
}
