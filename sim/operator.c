// SPDX-License-Identifier: Apache-2.0
/*
 * What is edited, and how, is drawn; operator_settle() undoes what was set for a while.
 */
#include "sim/operator.h"

#include <stdio.h>

#define PERIOD_LEAST_S 60

/* Another AOR, and with it another Contact: the old binding has to go. */
static void change_aor(
    struct life *life, struct registration_config *config, const char *name, char user[32])
{
	if (life_below(life, 2)) {
		config->host = slice_of(slice_equal(config->host, SLICE(HOST)) ? OTHER_HOST : HOST);
	} else {
		snprintf(user, 32, "%s.%u", name, life->edits);
		config->username = slice_of(user);
		config->password = SLICE(WORLD_PASSWORD);
	}
	config->contact_user = SLICE("derived");
}

void operator_edit(struct life *life)
{
	uint32_t index = (uint32_t)life_below(life, life->config->registrations);
	const struct registration_config *old;
	struct registration_config config;
	char name[16], text[32];

	life_name(index, name);
	old = process_object(life->stage.process, slice_of(name));
	if (!old)
		return;
	config = *old;
	snprintf(text, sizeof(text), "moved%u", ++life->edits);
	switch (life_below(life, 8)) {
	case 0:
		config.contact_user = slice_of(text);
		break;
	case 1:
		config.contact_user = SLICE("derived");
		break;
	case 2:
		config.settings.local.port = (uint16_t)(5060 + life_below(life, 3));
		break;
	case 3:
		config.settings.enabled = !config.settings.enabled;
		break;
	case 4:
		change_aor(life, &config, name, text);
		break;
	case 5:
		config.password = slice_of(text);
		life_tell_password(life, &config);
		break;
	case 6:
		config.settings.send_unregister = (uint8_t)life_below(life, 3);
		break;
	default:
		config.proxy = life_below(life, 2) ? SLICE("sip:192.0.2.1:5060") : SLICE("");
		break;
	}
	if (life->config->verbose)
		printf("edit %s\n", name);
	(void)!process_put(life->stage.process, &config);
}

void operator_remove(struct life *life)
{
	uint32_t index = (uint32_t)life_below(life, life->config->registrations);
	char name[16];

	life_name(index, name);
	if (process_object(life->stage.process, slice_of(name)))
		(void)!process_remove(life->stage.process, slice_of(name));
	else
		life_put(life, index);
}

void operator_refresh_all(struct life *life)
{
	const struct registration_config *object;

	for (uint32_t i = 0; (object = process_object_at(life->stage.process, i)); i++)
		(void)!process_refresh(life->stage.process, object->name);
}

/* Any parameter, at any instant, running or down. */
void operator_change_params(struct life *life)
{
	struct params *params = process_params(life->stage.process);
	uint32_t own_s = life->config->period_least_s;
	uint64_t least_s = own_s > PERIOD_LEAST_S ? own_s : PERIOD_LEAST_S;

	world_note(life->stage.world, "parameters");
	switch (life_below(life, 6)) {
	case 0:
		params->send_unregister = !params->send_unregister;
		break;
	case 1:
		params->expire_s = life_below(life, 3)
		                       ? (uint32_t)(least_s + life_below(life, 7201 - least_s))
		                       : PARAM_AUTO;
		break;
	case 2:
		params->retry_delay_s = 30 + (uint32_t)life_below(life, 571);
		break;
	case 3:
		params->upstream_rate = life_rate(life);
		break;
	case 4:
		params->upstream_window =
		    life_below(life, 3) ? (uint32_t)life_below(life, 20) : PARAM_AUTO;
		break;
	default:
		params->stop_deadline_s =
		    life_below(life, 2) ? 1 + (uint32_t)life_below(life, 120) : PARAM_AUTO;
		break;
	}
	process_params_changed(life->stage.process);
}

/* By name, whatever is under way; what was cancelled rests, or comes up again. */
void operator_by_hand(struct life *life)
{
	char name[16];
	uint32_t count;

	life_name((uint32_t)life_below(life, life->config->registrations), name);
	world_note(life->stage.world, "by hand");
	switch (life_below(life, 6)) {
	case 0:
	case 1:
		(void)!process_cancel(life->stage.process, slice_of(name));
		break;
	case 2:
		(void)!process_cancel(life->stage.process, slice_of(name));
		world_run_for(life->stage.world, life_below(life, 6000) * US_PER_MS);
		(void)!process_refresh(life->stage.process, slice_of(name));
		break;
	case 3:
		process_params(life->stage.process)->ghosts = (uint32_t)life_below(life, 3);
		process_params_changed(life->stage.process);
		break;
	default:
		(void)!process_remove_ghosts(
		    life->stage.process, slice_of(name), (struct slice){NULL, 0}, &count);
		break;
	}
}

void operator_settle(struct life *life)
{
	struct params *params = process_params(life->stage.process);
	const struct registration_config *object;

	params->send_unregister = true;
	params->ghosts = PARAM_GHOSTS_REMOVE;
	params->stop_deadline_s = PARAM_AUTO;
	params->retry_delay_s = 60;
	params->upstream_window = PARAM_AUTO;
	process_params_changed(life->stage.process);
	for (uint32_t i = 0; (object = process_object_at(life->stage.process, i)); i++) {
		struct registration_config config = *object;

		config.settings.send_unregister = SWITCH_INHERIT;
		(void)!process_put(life->stage.process, &config);
	}
	/* What an operator cancelled rests until he says otherwise. */
	operator_refresh_all(life);
}
