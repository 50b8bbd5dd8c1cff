// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger on the disk: STATE/ledger.db, written by a thread of its own in
 * group commits (docs/architecture.md, decision 2). What was posted lies in
 * memory until it is durable, superseded records merged, so that disk trouble
 * loses nothing and needs no more memory than there are identities.
 *
 * Order of use: ledger_open, ledger_read, ledger_run; then post and poll from
 * the loop; at last ledger_stop and ledger_close.
 */
#pragma once

#include "effect/effect.h"
#include "effect/event.h"
#include "store/seal.h"

struct ledger;

/* What the start of this process made durable, for struct core_config. */
struct ledger_start {
	uint32_t boot;
	uint32_t cseq_floor, cseq_ceiling;
	uint32_t identities; /* of bindings that upstreams may hold */
	uint32_t held;       /* rows that ledger_read() will hand over */
	bool was_alive;
	int64_t alive_ms;
	/*
	 * STORE_FINE, or why nothing of this start could be made durable: what is held goes on from
	 * what was read, and until the disk takes it no ticket becomes durable.
	 */
	struct store_error trouble;
};

/* True where a ledger that may hold something is in the directory. */
bool ledger_is_there(const struct state_dir *dir);

/*
 * Puts an empty one in its place, and nothing of what the former holds is ever cancelled:
 * for a copy of another node's. Not while one is open.
 */
MUST_CHECK int ledger_renew(const struct state_dir *dir, struct store_error *error);

/*
 * Opens and checks the file as db_open() does, raises boot number and CSeq ceiling
 * and makes them durable. Where the disk refuses that and the file names bindings, it
 * opens all the same, and `trouble` says why. `dir` and `key` must outlive it.
 */
MUST_CHECK int ledger_open(const struct state_dir *dir, const struct seal_key *key,
    enum db_need need, int64_t wall_ms, struct ledger_start *start_r, struct ledger **ledger_r,
    struct store_error *error);

/* Anything but 0 ends the reading with that code. The record lives for the call. */
typedef int (*ledger_read_fn)(void *context, const struct ledger_record *record);

/*
 * Before ledger_run(): a stop that was under way, the paces, every identity followed by its
 * binding, the epochs, with passwords in the clear. ERR_DAMAGED where one cannot be unsealed.
 */
MUST_CHECK int ledger_read(
    struct ledger *ledger, ledger_read_fn read, void *context, struct store_error *error);

/*
 * Starts the thread. `wake` (uv_async_send) is called from it when there is
 * something to poll. ERR_MEMORY.
 */
MUST_CHECK int ledger_run(struct ledger *ledger, void (*wake)(void *context), void *context);

/*
 * Takes a copy of a record, in the order of their tickets, from one thread (the
 * loop's); never waits for the disk. ERR_NOT_FOUND for a binding whose identity is
 * not there: nothing is written of it. ERR_MEMORY: neither this ticket nor a later
 * one will ever be durable, so nothing new is sent, and what is held goes on.
 */
MUST_CHECK int ledger_post(struct ledger *ledger, const struct effect_ledger *effect);

/*
 * What happened since, one event a call, from the same thread as posts:
 * EVENT_LEDGER_FAILED (the text lives until the next call) or
 * EVENT_LEDGER_DURABLE. False where there is nothing more.
 */
bool ledger_poll(struct ledger *ledger, struct event *event_r);

/*
 * Writes what is left and ends the thread. ERR_TIMEOUT where the disk did not
 * take everything within `timeout_ms`; what was durable before stays so.
 */
MUST_CHECK int ledger_stop(struct ledger *ledger, int64_t timeout_ms);

/* After ledger_stop(), or without ledger_run(). */
void ledger_close(struct ledger **ledger);
