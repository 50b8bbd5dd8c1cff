// SPDX-License-Identifier: Apache-2.0
/*
 * For tests of the admin API and of regentctl: a thread that stands where the
 * loop and the core stand in regentd, takes commands from a mailbox and answers
 * from a made-up list of registrations. It registers nothing anywhere.
 */
#pragma once

#include "admin/admin.h"

struct fake_loop;

enum fake_mood {
	FAKE_ANSWERS,
	FAKE_SILENT,  /* takes commands and answers none */
	FAKE_REFUSES, /* ANSWER_REPLY with ERR_STATE to each */
	FAKE_FULL,    /* takes no command: its mailbox is full */
};

/*
 * `registrations` of them, named "reg-00001" on, the first few in trouble. A stop
 * settles a third of what is left whenever it is asked for the status.
 */
struct fake_loop *fake_loop_new(uint32_t registrations, enum fake_mood mood);

/* Answers go to this admin; begins to work. */
void fake_loop_start(struct fake_loop *loop, struct admin *admin);

/* Ends the thread; to be called before the admin goes. */
void fake_loop_end(struct fake_loop *loop);
void fake_loop_free(struct fake_loop **loop);

/* An admin_submit_fn; `context` is the loop. */
int fake_loop_submit(void *context, const struct command *command);

/* Waits until that many commands were taken. */
void fake_loop_wait_asked(struct fake_loop *loop, uint32_t commands);

/*
 * A trace of a registration: two records, a flood of FAKE_FLOOD at once where it
 * is "reg-00002", and one more whose summary is "last".
 */
#define FAKE_FLOOD 3000

/* Waits until the records of a trace were made. */
void fake_loop_wait_traced(struct fake_loop *loop);

/* How many traces were ended. */
uint32_t fake_loop_untraced(struct fake_loop *loop);

/* Waits until a stop was asked for and nothing is left of it. */
void fake_loop_wait_stopped(struct fake_loop *loop);

/* The report row of one registration: the outcome of the first ones is not clean. */
struct stop_row fake_loop_row(
    const struct fake_loop *loop, uint32_t index, char *name, size_t size);
