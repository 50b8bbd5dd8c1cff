// SPDX-License-Identifier: Apache-2.0
/*
 * The editing thread: it owns the database of objects while the daemon runs. An
 * edit is judged and committed here, one at a time, and then handed to the core
 * in that order; whoever asked is answered after both (docs/architecture.md,
 * decision 14). A thread of its own, so that a large apply never keeps the
 * ledger's commits waiting.
 */
#pragma once

#include "edit/delivery.h"
#include "edit/job.h"

struct edit;

struct edit_config {
	struct objects_store *store; /* the thread's until edit_stop() has given 0 */
	const struct state_dir *dir;
	const struct seal_key *key;
	struct params params;            /* as the database has them */
	uint32_t capacity[OBJECT_KINDS]; /* objects that the core has room for */
	void (*wake)(void *context);     /* the loop: there is a delivery to take */
	void *context;
};

/* Starts the thread. NULL without memory. */
struct edit *edit_start(const struct edit_config *config);

/*
 * From any thread: takes the job over, which comes back by its `done`. ERR_FULL
 * (too many wait), ERR_STATE (stopping): then it stays the caller's.
 */
MUST_CHECK int edit_post(struct edit *edit, struct edit_job *job);

/* The loop's side of the deliveries. */
struct delivery *edit_delivery(struct edit *edit);

/* The parameters as committed; from any thread. */
struct params edit_params(struct edit *edit);

/* True while a job is being done; from any thread. */
bool edit_is_busy(struct edit *edit);

/* How far the apply is that is under way, or was last. */
struct edit_shown {
	bool running;
	uint32_t read, delivered;
	uint64_t bytes, size;
};
struct edit_shown edit_shown(struct edit *edit);

/*
 * The loop's: no more edits. One under way is taken back where it is not yet
 * committed; those that wait come back with ERR_STATE.
 */
void edit_close(struct edit *edit);

/* After edit_close(): waits for the end of the thread. ERR_TIMEOUT where the disk holds it. */
MUST_CHECK int edit_stop(struct edit *edit, int64_t timeout_ms);

/* Nothing where edit_stop() has not given 0: the thread still uses all of it. */
void edit_free(struct edit **edit);

/* Does a job at once, before there is a thread or a core: only EDIT_APPLY, without `done`. */
void edit_now(struct objects_store *store, const struct seal_key *key, struct edit_job *job);
