// SPDX-License-Identifier: Apache-2.0
/*
 * The stop of the core. It asks each part that has a share in it (struct
 * part_stop_ops) what there is to do and how long that takes, sets a deadline, has
 * the parts walk through their objects, and waits until each row of the report is
 * there. At the deadline the parts report what is still open.
 */
#pragma once

#include "answer/command.h"
#include "answer/stop_report.h"

struct core;

enum stop_phase {
	STOP_WALKING,   /* the parts end or keep their objects, one part after the other */
	STOP_WAITING,   /* for outcomes */
	STOP_GIVING_UP, /* the deadline came: the parts report what is open */
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
