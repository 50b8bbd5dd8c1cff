// SPDX-License-Identifier: Apache-2.0
/*
 * The bindings of phones on the disk: STATE/bindings.db, read and written by a thread of its own.
 * A change is committed at once, with all that have come meanwhile; refreshes wait for one another,
 * for up to BINDINGS_BEHIND_MS. A commit reaches the kernel, and is not synced. A damaged file is
 * set aside and an empty one made: phones come back by themselves.
 */
#pragma once

#include "effect/effect.h"
#include "effect/event.h"
#include "store/state_dir.h"

struct bindings_db;

/*
 * Starts the thread, which reads the file first. It calls `wake`, which must be safe there
 * (uv_async_send), when there is something to poll. `dir` must outlive it. NULL without memory.
 */
struct bindings_db *bindings_db_start(
    const struct state_dir *dir, void (*wake)(void *context), void *context);

/* Waits until the file is read, or much of it, for so long at most. */
void bindings_db_wait(struct bindings_db *db, int64_t timeout_ms);

/*
 * Takes a copy of a record; tickets must rise. Called by one thread, that of the loop; never waits
 * for the disk. While the disk refuses, records beyond a limit are forgotten (EVENT_BINDINGS_LOST).
 */
void bindings_db_post(struct bindings_db *db, const struct effect_binding *effect);

/*
 * Reads one event of bindings, whose texts live until the next call: each EVENT_BINDING_KEPT, then
 * EVENT_BINDINGS_LOADED, which comes in any case, then the others. False if there is none. By the
 * thread that posts.
 */
bool bindings_db_poll(struct bindings_db *db, struct event *event_r);

/*
 * Writes what is left, ends the thread and frees all. ERR_TIMEOUT: the disk did not take everything
 * within `timeout_ms`.
 */
MUST_CHECK int bindings_db_stop(struct bindings_db **db, int64_t timeout_ms);

/* Removes the file of a directory that was copied from another node. It must not be open. */
MUST_CHECK int bindings_db_remove(const struct state_dir *dir, struct store_error *error);
