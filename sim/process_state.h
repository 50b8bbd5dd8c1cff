// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a simulated process, for its own files only: process.c lives and
 * dies, process_shell.c does what records say, process_operator.c gives commands,
 * process_view.c is what others look at.
 */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "sim/process.h"
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define WATCHED_LOGS 4
#define LISTENERS    16

/* A socket; one that is opened again is another, and has another number. */
struct simulated_listener {
	uint16_t port;
	bool is_needed;
	uint32_t number; /* the port in its lower half */
	uint64_t since_us;
};

struct process {
	struct world *world;
	struct core *core; /* NULL while it is down */
	struct disk *disk;
	struct netaddr address;
	uint64_t seed, starts;
	uint32_t registrations_max;
	uint64_t power_us; /* when the machine was switched on */
	struct params params;
	struct registration_config **objects;
	uint32_t object_count, object_size;
	struct map *object_names; /* hash of the name -> place */
	struct heap outcomes;     /* time -> struct event, of what the core asked for */
	struct simulated_listener listeners[LISTENERS];
	uint32_t listener_count;
	uint64_t records, kill_at;
	bool leaves; /* the stop has ended */
	bool is_farewell;
	uint64_t spin_us, spins;
	struct stop_report report;

	struct {
		const char *event;
		uint32_t count;
	} watched[WATCHED_LOGS];

	/* of the command that is under way */
	struct shown *shown;
	struct answer_status *status;
	struct shown_page *shown_page;
	struct shown_debts *shown_debts;
	struct shown_listing *shown_listing;
	struct answer_view_end end;
	int reply;
	uint32_t reply_count;

	struct ring *trace; /* of whoever looks on; NULL: nobody */
};

/* The place of the object with that name; `object_count` where there is none. */
uint32_t process_place(const struct process *process, struct slice name);

/* Does what a record says. */
void process_do(struct process *process, const struct effect *effect);

/* The socket at that port, opened where there is none. */
uint32_t process_listen(struct process *process, uint16_t port);

/* The same; LISTENER_NONE where there is none. */
uint32_t process_listener(struct process *process, uint16_t port);
bool process_is_open(struct process *process, uint32_t number);
void process_need(struct process *process, const struct effect_listener *effect);

/* The last thing every entry does: the core may be gone behind it. */
void process_drain(struct process *process);

/* 0 or what the core answered; 0 where there is none. */
int process_command(struct process *process, struct command *command);
