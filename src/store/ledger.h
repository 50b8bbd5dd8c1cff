// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger on the disk: STATE/ledger.db, written by a thread of its own in
 * group commits (docs/architecture.md, decision 2). A record that was posted stays
 * in memory until it is durable; a newer one for the same row replaces it. So
 * trouble with the disk loses nothing, and memory is bounded by the number of rows.
 *
 * Order of use: ledger_open(), ledger_read(), ledger_run(); then ledger_post() and
 * ledger_poll() from the loop; at last ledger_stop() and ledger_close().
 */
#pragma once

#include "effect/effect.h"
#include "effect/event.h"
#include "store/seal.h"

struct ledger;

/* What the ledger says at this start; most of it is for struct core_config. */
struct ledger_start {
	uint32_t boot;
	uint32_t cseq_floor, cseq_ceiling;
	uint32_t identities; /* bindings that upstreams may hold */
	uint32_t held;       /* identities and epochs that ledger_read() will read */
	bool was_alive;      /* an earlier process has left `alive_ms` */
	int64_t alive_ms;    /* when it last said that it was alive; wall time */
	/*
	 * STORE_FINE, or why this start could write nothing to the disk. It goes on with what was
	 * read, but no ticket becomes durable before the disk can be written again.
	 */
	struct store_error trouble;
};

/* True if the directory has a ledger, which may be empty. */
bool ledger_is_there(const struct state_dir *dir);

/*
 * Replaces the ledger by an empty one; bindings in the former one are never cancelled. For a
 * directory that was copied from another node. The ledger must not be open. 0 or a negative code,
 * with `error` filled in, as for all functions here that take one.
 */
MUST_CHECK int ledger_renew(const struct state_dir *dir, struct store_error *error);

/*
 * Opens and checks the file as db_open() does, raises the boot number and the CSeq
 * ceiling, and makes them durable. If the disk refuses this but the file has bindings,
 * the ledger opens nevertheless, and `start_r->trouble` says why. `wall_ms` is now.
 * `dir` and `key` must outlive the ledger.
 */
MUST_CHECK int ledger_open(const struct state_dir *dir, const struct seal_key *key,
    enum db_need need, int64_t wall_ms, struct ledger_start *start_r, struct ledger **ledger_r,
    struct store_error *error);

/* Takes one record, which lives for the call. A result other than 0 ends ledger_read() with it. */
typedef int (*ledger_read_fn)(void *context, const struct ledger_record *record);

/*
 * Before ledger_run(): calls `read` for each record: the stop of the process before, the paces,
 * every identity followed by its binding, and the epochs. Passwords are in the clear.
 * ERR_DAMAGED: a password cannot be unsealed. ERR_MEMORY.
 */
MUST_CHECK int ledger_read(
    struct ledger *ledger, ledger_read_fn read, void *context, struct store_error *error);

/*
 * Starts the thread. It calls `wake`, which must be safe there (uv_async_send), when
 * there is something to poll. ERR_MEMORY.
 */
MUST_CHECK int ledger_run(struct ledger *ledger, void (*wake)(void *context), void *context);

/*
 * Takes a copy of a record; tickets must rise. Called by one thread, that of the loop;
 * never waits for the disk. ERR_NOT_FOUND: a binding without its identity, which is not
 * written. ERR_MEMORY: neither this ticket nor a later one will ever become durable, so
 * no new binding is asked for, and those that exist go on.
 */
MUST_CHECK int ledger_post(struct ledger *ledger, const struct effect_ledger *effect);

/*
 * Reads one event: EVENT_LEDGER_FAILED, whose text lives until the next call, or
 * EVENT_LEDGER_DURABLE. False if there is none. Called by the thread that posts.
 */
bool ledger_poll(struct ledger *ledger, struct event *event_r);

/*
 * Writes what is left and ends the thread. ERR_TIMEOUT: the disk did not take
 * everything within `timeout_ms`; what is durable stays so.
 */
MUST_CHECK int ledger_stop(struct ledger *ledger, int64_t timeout_ms);

/* Frees the ledger, after ledger_stop() or if ledger_run() was never called. */
void ledger_close(struct ledger **ledger);
