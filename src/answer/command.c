// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds of commands; copies of commands with their texts, for another thread.
 */
#include "answer/command.h"

#include "base/error.h"
#include "base/texts.h"

#define NAME_MAX_LEN    128
#define CONTACT_MAX_LEN 512

bool command_is_edit(enum command_kind kind)
{
	switch (kind) {
	case COMMAND_PUT:
	case COMMAND_REMOVE:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
	case COMMAND_GHOSTS_REMOVE:
	case COMMAND_BINDINGS_REMOVE:
		return true;
	case COMMAND_PARAMS:
	case COMMAND_LIST:
	case COMMAND_SHOW:
	case COMMAND_DEBTS:
	case COMMAND_GHOSTS:
	case COMMAND_STATUS:
	case COMMAND_STOP:
	case COMMAND_TRACE:
	case COMMAND_UNTRACE:
	case COMMAND_ENDPOINTS:
	case COMMAND_ENDPOINT:
	case COMMAND_BINDINGS:
	case COMMAND_SUSPENSIONS:
	case COMMAND_SUSPENSION_LIFT:
		return false;
	}
	return false;
}

static void list(struct texts *texts, void *record)
{
	struct command *command = record;

	switch (command->kind) {
	case COMMAND_REMOVE:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
	case COMMAND_SHOW:
	case COMMAND_GHOSTS:
	case COMMAND_TRACE:
	case COMMAND_UNTRACE:
	case COMMAND_ENDPOINT:
		texts_add(texts, &command->name);
		break;
	case COMMAND_GHOSTS_REMOVE:
		texts_add(texts, &command->ghosts.name);
		texts_add(texts, &command->ghosts.contact);
		break;
	case COMMAND_LIST:
	case COMMAND_DEBTS:
	case COMMAND_ENDPOINTS:
		texts_add(texts, &command->list.after);
		break;
	case COMMAND_BINDINGS:
	case COMMAND_BINDINGS_REMOVE:
		texts_add(texts, &command->bindings.name);
		texts_add(texts, &command->bindings.contact);
		break;
	case COMMAND_SUSPENSION_LIFT:
		texts_add(texts, &command->suspension.name);
		break;
	case COMMAND_PARAMS:
	case COMMAND_PUT:
	case COMMAND_STATUS:
	case COMMAND_STOP:
	case COMMAND_SUSPENSIONS:
		break;
	}
}

static bool is_too_long(const struct command *command)
{
	struct command seen = *command;
	struct texts texts = {0};

	list(&texts, &seen);
	return (texts.count > 0 && texts.items[0]->n > NAME_MAX_LEN) ||
	       (texts.count > 1 && texts.items[1]->n > CONTACT_MAX_LEN);
}

int command_copy(const struct command *command, struct command **copy_r)
{
	if (command->kind == COMMAND_PUT || command->kind == COMMAND_PARAMS)
		return ERR_UNSUPPORTED;
	if (is_too_long(command))
		return ERR_LIMIT;
	*copy_r = texts_copy(command, sizeof(*command), list);
	return *copy_r ? 0 : ERR_MEMORY;
}
