// SPDX-License-Identifier: Apache-2.0
/*
 * The stop of the core. It asks each part that has a share in it (struct
 * part_stop_ops) how much there is to do and how long that takes, and sets a
 * deadline. Then it lets the parts walk through their objects, and waits for all rows
 * of the report. At the deadline the parts report the objects without an outcome.
 */
#pragma once

#include "answer/command.h"
#include "answer/stop_report.h"

struct core;

enum stop_phase {
	STOP_WALKING,   /* the parts end or keep their objects, one part after the other */
	STOP_WAITING,   /* waits for the outcomes */
	STOP_GIVING_UP, /* the deadline has come: the parts report objects without an outcome */
	STOP_ENDED,
};

struct stop {
	uint8_t phase; /* enum stop_phase; has a meaning once the core stops */
	uint8_t part;  /* enum part: those before it have walked through their objects */
	struct stop_report report;
};

/*
 * COMMAND_STOP: ANSWER_STOP_BEGIN, and after the report ANSWER_STOP_END. Only one stop at a time:
 * another one is refused with ERR_STATE.
 */
void stop_command(struct core *core, const struct command *command);

/* TIMER_STOP: the next step. */
void stop_timer(struct core *core);
