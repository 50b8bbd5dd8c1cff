// SPDX-License-Identifier: Apache-2.0
/*
 * What all files of a random life share: the registrations as they are at first,
 * and the start of the process.
 */
#include "sim/life_state.h"

void life_name(uint32_t index, char name_r[16])
{
	snprintf(name_r, 16, "r%u", index);
}

/* By seed and place, so that whoever looks at a seed knows which registration has what. */
static void set_options(const struct life *life, uint32_t index, struct registration_config *config)
{
	static const uint16_t keepalives[] = {KEEPALIVE_AUTO, KEEPALIVE_OFF, 10, 30, 300};
	uint64_t mix = life->config->seed + index;

	config->settings.multi_contact = mix % 3 == 0;
	config->settings.keepalive_s = keepalives[mix % 5];
	config->settings.outbound = mix % 4 == 1 ? OUTBOUND_ON : OUTBOUND_AUTO;
	config->settings.bulk = mix % 8 == 5;
}

void life_tell_password(struct life *life, const struct registration_config *config)
{
	char user[64], password[64];

	snprintf(user, sizeof(user), "%.*s", SLICE_ARG(config->username));
	snprintf(password, sizeof(password), "%.*s", SLICE_ARG(config->password));
	if (carrier_account_set(life->stage.upstream, user, NULL, password) < 0 ||
	    (life->stage.second &&
	        carrier_account_set(life->stage.second, user, NULL, password) < 0))
		watch_violation(life->stage.world, user, "no room for an account");
}

void life_put(struct life *life, uint32_t index)
{
	static const uint32_t periods[] = {PERIOD_DEFAULT, 60, 120, 300, 600, 1800, 3600};
	uint32_t period_s;
	char name[16];
	struct registration_config config;

	life_name(index, name);
	config = stage_registration(name);
	period_s = periods[(life->config->seed + index) % 7];
	if (period_s != PERIOD_DEFAULT && period_s < life->config->period_least_s)
		period_s = life->config->period_least_s;
	config.settings.period_s = period_s;
	set_options(life, index, &config);
	life_tell_password(life, &config);
	if (process_put(life->stage.process, &config) < 0)
		watch_violation(life->stage.world, name, "a put was refused");
}

void life_start(struct life *life)
{
	if (process_is_running(life->stage.process))
		return;
	process_start(life->stage.process);
	life->starts++;
}

/* More than an upstream stands is the operator's matter: a banning one has its share. */
uint32_t life_rate(struct life *life)
{
	bool is_banning = life->config->kind == kind_find("banning");

	if (life_below(life, 3) > 0)
		return PARAM_AUTO;
	return is_banning ? 5 + (uint32_t)life_below(life, 3) : 5 + (uint32_t)life_below(life, 50);
}
