// SPDX-License-Identifier: Apache-2.0
/*
 * Questions that wait for the core's answer: the only data that the admin
 * thread and the loop share. A question has a number; the loop's thread adds
 * copies of the answers that bear it until the answer is whole, the admin thread
 * takes it then, or gives up. One short lock, never held over a system call.
 */
#pragma once

#include "answer/answer.h"
#include "base/attr.h"
#include "edit/job.h"

#define PENDING_MAX 32 /* questions at one time */

/* What the core said: copies. */
struct pending_answer {
	uint32_t view_count;
	struct answer *views[COMMAND_PAGE_MAX]; /* registrations, debts or listed Contacts */
	struct answer *end;    /* what made it whole; NULL where refused, and of an edit */
	int64_t stop_begun_ms; /* ANSWER_STOP_BEGIN: wall time */
	struct edit_job *edit; /* a question to the editing thread: what became of it */
	bool refused;          /* ANSWER_REPLY with an error: `error` and `text` */
	int error;
	char text[256];
};

void pending_answer_free(struct pending_answer **answer);

struct pending;

/* `seat` begins the numbers (REQUEST_SEAT_SHIFT). NULL without memory. */
struct pending *pending_new(unsigned seat);
void pending_free(struct pending **pending);

/* Admin thread: a number for a question of that kind; 0 where PENDING_MAX already wait. */
uint64_t pending_open(struct pending *pending, enum command_kind kind);

/* Admin thread: the whole answer, now the caller's; NULL while it is not complete. */
struct pending_answer *pending_take(struct pending *pending, uint64_t request);

/* Admin thread: gives up; what the core still says to it is ignored. */
void pending_drop(struct pending *pending, uint64_t request);

/* Admin thread: the stop under way. False where none has begun. */
bool pending_stop_facts(
    struct pending *pending, struct answer_stop_begin *begin_r, int64_t *begun_ms_r);

/* Loop's thread: adds one answer. True where an answer became whole, so that it be taken. */
bool pending_put(struct pending *pending, const struct answer *said, int64_t wall_ms);

/* Editing thread: a job that is back. True where somebody waits for it; else it is freed. */
bool pending_put_edit(struct pending *pending, struct edit_job *job);
