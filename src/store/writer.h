// SPDX-License-Identifier: Apache-2.0
/*
 * The thread that writes a file of the state directory: what its owner shares with it, how it waits
 * where the disk refuses, and how it is told to end. The owner's own members are under `lock`, too,
 * and `changed` tells the thread that there is something new.
 */
#pragma once

#include "thread/deadline.h"
#include "thread/worker.h"

struct writer {
	struct worker *worker;
	void (*wake)(void *context);
	void *context;

	pthread_mutex_t lock; /* for all members below */
	pthread_cond_t changed;
	pthread_cond_t ended_changed;
	bool stopping, ended;
	int64_t stop_by_ms; /* a deadline of thread/deadline.h */
	int64_t delay_ms;   /* of the next writer_back_off() */
};

void writer_init(struct writer *writer);
void writer_destroy(struct writer *writer);

/*
 * Starts the thread, which runs `run` on `owner` and ends it with writer_end(). `wake` must be safe
 * there (uv_async_send). ERR_MEMORY.
 */
MUST_CHECK int writer_run(struct writer *writer, const char *name, worker_run_fn run, void *owner,
    void (*wake)(void *context), void *context);

/* With the lock held, so that no call is under way when writer_stop() returns. */
void writer_wake(const struct writer *writer);

/*
 * With the lock held: sleeps until the next try, twice as long each time, in a stop for a shorter
 * time. writer_succeeded(): the next wait is short again.
 */
void writer_back_off(struct writer *writer);
void writer_succeeded(struct writer *writer);

/* The last that `run` does, with the lock held, which it releases. */
void writer_end(struct writer *writer);

/*
 * Tells the thread to write what is left and waits for its end. False: it hangs in the disk, it
 * calls `wake` no more, and what it uses must stay.
 */
MUST_CHECK bool writer_stop(struct writer *writer, int64_t timeout_ms);
