// SPDX-License-Identifier: Apache-2.0
/*
 * What goes wrong in a random life, one fault at a time.
 */
#pragma once

struct life;

enum fault {
	FAULT_KILL,     /* between two records */
	FAULT_RESTART,  /* a proper stop, then a start */
	FAULT_POWER,    /* power cut */
	FAULT_OUTAGE,   /* nothing gets through, one way or both */
	FAULT_LOSS,     /* datagrams lost, late, doubled, overtaken */
	FAULT_UPSTREAM, /* the upstream restarts, with or without its table */
	FAULT_REFUSAL,  /* the upstream answers with some failure for a while */
	FAULT_EDIT,     /* an edit, mostly of what moves the binding */
	FAULT_DELETE,   /* a removal, and the same one again some time later */
	FAULT_DISK,     /* the disk takes nothing for a while */
	FAULT_LATE,     /* all refresh, what they send or hear is late, and something happens */
	FAULT_CLOCK,    /* the wall clock steps, running or down or in the middle of a stop */
	FAULT_PARAMS,   /* an operator changes a parameter */
	FAULT_BY_HAND,  /* an operator cancels, refreshes, removes ghosts by name */
	FAULT_FAREWELL, /* killed, and a farewell, which a start may cut short at any moment */
	FAULT_MOVE,     /* power cut, and the disk comes up on a machine with another address */
	FAULT_COPY, /* a copy of the machine lives and dies beside it, with a secret of its own */
	FAULTS
};

const char *fault_name(enum fault fault);

/* One fault happens; some last until surroundings_heal(). */
void fault_strike(struct life *life, enum fault fault);

/* The wall clock goes wrong, in the way of this life, or right again. */
void fault_step_clock(struct life *life);

/* As an operator wants it at the end: what was set for a while is as it was. */
void fault_settle(struct life *life);
