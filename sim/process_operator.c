// SPDX-License-Identifier: Apache-2.0
/*
 * What an operator does to a simulated process: its objects and parameters
 * outlive it, commands reach it only while it runs.
 */
#include "sim/process_state.h"

#include "sim/meter.h"
#include "sim/trail.h"

void process_params_changed(struct process *process)
{
	struct command command = {.kind = COMMAND_PARAMS, .params = &process->params};

	meters_changed(watch_meters(process->world), process, process->world->now_us);
	process_command(process, &command);
}

static void index_object(struct process *process, uint32_t place)
{
	if (map_put(process->object_names, facts_hash(process->objects[place]->name), place) < 0)
		abort();
}

/* The last one takes the place that became free. */
static struct registration_config *take_object(struct process *process, uint32_t place)
{
	struct registration_config *gone = process->objects[place];
	uint32_t last = process->object_count - 1;

	map_remove(process->object_names, facts_hash(gone->name), place);
	map_remove(process->object_names, facts_hash(process->objects[last]->name), last);
	process->object_count = last;
	if (place == last)
		return gone;
	process->objects[place] = process->objects[last];
	index_object(process, place);
	return gone;
}

int process_put(struct process *process, const struct registration_config *config)
{
	struct registration_config *copy = registration_config_copy(config);
	struct command command = {.kind = COMMAND_PUT, .put = copy};
	uint32_t i = process_place(process, config->name);
	bool is_new = i == process->object_count;

	assert(copy);
	if (is_new) {
		if (process->object_count == process->object_size) {
			process->object_size = process->object_size ? 2 * process->object_size : 16;
			process->objects = realloc(
			    process->objects, process->object_size * sizeof(process->objects[0]));
			assert(process->objects);
		}
		process->object_count++;
	} else {
		registration_config_free(&process->objects[i]);
	}
	process->objects[i] = copy;
	if (is_new)
		index_object(process, i);
	trail_edited(watch_trails(process->world), process, copy->name);
	return process_command(process, &command);
}

int process_remove(struct process *process, struct slice name)
{
	struct command command = {.kind = COMMAND_REMOVE, .name = name};
	uint32_t i = process_place(process, name);
	struct registration_config *gone;
	int rc;

	if (i == process->object_count)
		return ERR_NOT_FOUND;
	gone = take_object(process, i);
	trail_edited(watch_trails(process->world), process, name);
	rc = process_command(process, &command);
	registration_config_free(&gone);
	return rc;
}

int process_refresh(struct process *process, struct slice name)
{
	struct command command = {.kind = COMMAND_REFRESH, .name = name};

	return process_command(process, &command);
}

int process_trace(struct process *process, struct slice name, struct ring *ring)
{
	struct command command = {.kind = ring ? COMMAND_TRACE : COMMAND_UNTRACE, .name = name};

	process->trace = ring;
	return process_command(process, &command);
}

int process_cancel(struct process *process, struct slice name)
{
	struct command command = {.kind = COMMAND_CANCEL, .name = name};

	trail_ordered(watch_trails(process->world), process, name);
	return process_command(process, &command);
}

int process_remove_ghosts(
    struct process *process, struct slice name, struct slice contact, uint32_t *count_r)
{
	struct command command = {.kind = COMMAND_GHOSTS_REMOVE, .ghosts = {name, contact}};
	int rc = process_command(process, &command);

	*count_r = process->reply_count;
	return rc;
}

void process_show_page(struct process *process, const char *after, uint32_t limit, uint32_t states,
    struct shown_page *page_r)
{
	struct command command = {.kind = COMMAND_LIST};

	command.list.limit = limit;
	command.list.by_name = true;
	command.list.after = slice_of(after);
	command.list.states = states;
	*page_r = (struct shown_page){0};
	process->shown_page = page_r;
	process_command(process, &command);
	process->shown_page = NULL;
}

void process_show_debts(struct process *process, struct shown_debts *debts_r)
{
	struct command command = {.kind = COMMAND_DEBTS, .list.limit = COMMAND_PAGE_MAX};

	*debts_r = (struct shown_debts){0};
	process->shown_debts = debts_r;
	process_command(process, &command);
	process->shown_debts = NULL;
}

void process_show_listing(
    struct process *process, struct slice name, struct shown_listing *listing_r)
{
	struct command command = {.kind = COMMAND_GHOSTS, .name = name};

	*listing_r = (struct shown_listing){0};
	process->shown_listing = listing_r;
	process_command(process, &command);
	process->shown_listing = NULL;
	listing_r->found = process->end.found;
	listing_r->left_out = process->end.left_out;
}

uint32_t process_logged(struct process *process, const char *event)
{
	for (int i = 0; i < WATCHED_LOGS; i++) {
		if (!process->watched[i].event)
			process->watched[i].event = event;
		if (strcmp(process->watched[i].event, event) == 0)
			return process->watched[i].count;
	}
	assert(!"too many events are watched");
	return 0;
}

void process_move(struct process *process, const struct netaddr *ip)
{
	uint16_t port = process->address.port;

	process->address = *ip;
	process->address.port = port;
	trail_moved(watch_trails(process->world), process);
}

void process_show(struct process *process, struct slice name, struct shown *shown_r)
{
	struct command command = {.kind = COMMAND_SHOW, .name = name};

	*shown_r = (struct shown){0};
	process->shown = shown_r;
	process_command(process, &command);
	process->shown = NULL;
}

static void ask_status(
    struct process *process, uint32_t from, uint32_t limit, struct answer_status *status_r)
{
	struct command command = {.kind = COMMAND_STATUS, .status = {.from = from, .limit = limit}};

	*status_r = (struct answer_status){0};
	process->status = status_r;
	process_command(process, &command);
	process->status = NULL;
}

void process_status(struct process *process, struct answer_status *status_r)
{
	struct registration_tally tally = {0};
	uint32_t from = 0;

	do {
		ask_status(process, from, COMMAND_PAGE_MAX, status_r);
		registration_tally_add(&tally, &status_r->tally);
		from = status_r->next;
	} while (from);
	status_r->tally = tally;
}

void process_brief_status(struct process *process, struct answer_status *status_r)
{
	ask_status(process, 0, 0, status_r);
}
