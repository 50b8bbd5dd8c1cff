// SPDX-License-Identifier: Apache-2.0
/*
 * Commands and their answers.
 */
#include "registrant/commands.h"

#include "registrant/attempt.h"
#include "registrant/debts.h"
#include "registrant/listing.h"
#include "registrant/onlooker.h"
#include "registrant/probe.h"
#include "registrant/registration.h"
#include "registrant/roster.h"
#include "registrant/show.h"
#include "registrant/stop.h"

static struct answer_reply *reply(
    struct registrant *r, const struct command *command, int error, struct slice text)
{
	struct answer *answer = answer_add(r->core->outbox, ANSWER_REPLY, command->request);

	answer->reply.error = error;
	answer->reply.text = outbox_keep(r->core->outbox, text);
	return &answer->reply;
}

/* Whatever upstream may hold of the name, whoever left it there. */
static int cancel(struct registrant *r, struct slice name)
{
	struct registration *registration = registration_find(r, name);
	int rc = 0;

	if (!registration && !debts_find(r, name))
		return ERR_NOT_FOUND;
	if (registration)
		rc = roster_cancel(r, registration);
	debts_order(r, name, ORDER_CANCEL);
	return rc;
}

static void edit(struct registrant *r, const struct command *command)
{
	struct registration *registration;
	char text[256];
	struct buf message = buf_over(text, sizeof(text));
	int rc = 0;

	if (core_is_stopping(r->core)) {
		reply(r, command, ERR_STATE, SLICE("stopping"));
		return;
	}
	if (command->kind == COMMAND_PUT) {
		rc = roster_put(r, command->put, &message);
		reply(r, command, rc, buf_slice(&message));
		return;
	}
	if (command->kind == COMMAND_CANCEL) {
		rc = cancel(r, command->name);
		reply(r, command, rc,
		    slice_of(rc == ERR_FULL ? "too many debts; the next start pays"
		             : rc < 0       ? "no such registration"
		                            : ""));
		return;
	}
	registration = registration_find(r, command->name);
	if (!registration)
		rc = ERR_NOT_FOUND;
	else if (command->kind == COMMAND_REMOVE)
		roster_remove(r, registration);
	else
		attempt_refresh(r, registration);
	reply(r, command, rc, slice_of(rc < 0 ? "no such registration" : ""));
}

static void remove_ghosts(struct registrant *r, const struct command *command)
{
	const char *why;
	uint32_t count = 0;
	int rc = ERR_STATE;

	if (core_is_stopping(r->core))
		why = "stopping";
	else
		rc = listing_remove(r, command, &count, &why);
	reply(r, command, rc, slice_of(rc < 0 ? why : ""))->count = count;
}

/* A wider window opens at once: no answer need come first. */
static void arm_targets(struct registrant *r)
{
	struct target *target;
	pool_handle handle;

	for (uint32_t slot = 0; (target = pool_walk(r->upstreams->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		target_arm(r->upstreams, target);
}

static void reconsider_debts(struct registrant *r)
{
	struct debt *debt;
	pool_handle handle;

	for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		debt_reconsider(r, debt);
}

void commands_do(struct registrant *r, const struct command *command)
{
	switch (command->kind) {
	case COMMAND_PUT:
	case COMMAND_REMOVE:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
		edit(r, command);
		break;
	case COMMAND_LIST:
		show_list(r, command);
		break;
	case COMMAND_SHOW:
		show_one(r, command);
		break;
	case COMMAND_DEBTS:
		show_debts(r, command);
		break;
	case COMMAND_GHOSTS:
		listing_show(r, command);
		break;
	case COMMAND_GHOSTS_REMOVE:
		remove_ghosts(r, command);
		break;
	case COMMAND_STATUS:
		show_status(r, command);
		break;
	case COMMAND_STOP:
		if (core_is_stopping(r->core))
			reply(r, command, ERR_STATE, SLICE("stopping already"));
		else if (command->keeps)
			stop_begin_keeping(r, command->request);
		else
			stop_begin(r, command->request);
		break;
	case COMMAND_TRACE:
	case COMMAND_UNTRACE:
		onlooker_command(r, command);
		break;
	case COMMAND_PARAMS:
		reconsider_debts(r);
		probe_reschedule_all(r);
		arm_targets(r);
		reply(r, command, 0, (struct slice){NULL, 0});
		break;
	}
}
