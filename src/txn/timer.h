// SPDX-License-Identifier: Apache-2.0
/*
 * What the nodes of the core's wheel belong to: the core hands one that is due to
 * the part that set it.
 */
#pragma once

enum timer_kind {
	TIMER_TXN,
	TIMER_SERVER, /* a server transaction */
	TIMER_REGISTRATION,
	TIMER_DEBT,
	TIMER_TARGET,
	TIMER_UPSTREAM,
	TIMER_LEDGER, /* the durable ones of those that wait for their row go on */
	TIMER_ALIVE,  /* the stamp that bounds everything after a crash */
	TIMER_KEEPALIVE,
	TIMER_STOP,      /* the stop walks on */
	TIMER_PACE,      /* paces that the ledger does not know yet */
	TIMER_NETWORK,   /* the walk after the network changed goes on */
	TIMER_LISTENERS, /* the shell learns which are needed */
};
