// SPDX-License-Identifier: Apache-2.0
/*
 * The lock is never held during a system call, but for the waits.
 */
#include "store/writer.h"

#define RETRY_FIRST_MS   1000
#define RETRY_LONGEST_MS 30000

void writer_init(struct writer *writer)
{
	*writer = (struct writer){.delay_ms = RETRY_FIRST_MS};
	pthread_mutex_init(&writer->lock, NULL);
	deadline_init_condition(&writer->changed);
	deadline_init_condition(&writer->ended_changed);
}

void writer_destroy(struct writer *writer)
{
	pthread_cond_destroy(&writer->changed);
	pthread_cond_destroy(&writer->ended_changed);
	pthread_mutex_destroy(&writer->lock);
}

int writer_run(struct writer *writer, const char *name, worker_run_fn run, void *owner,
    void (*wake)(void *context), void *context)
{
	writer->wake = wake;
	writer->context = context;
	writer->worker = worker_start(name, run, owner);
	return writer->worker ? 0 : ERR_MEMORY;
}

void writer_wake(const struct writer *writer)
{
	if (writer->wake)
		writer->wake(writer->context);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

void writer_back_off(struct writer *writer)
{
	int64_t until_ms = deadline_after_ms(writer->delay_ms);

	while (!writer->stopping && !deadline_is_past(until_ms))
		deadline_wait(&writer->changed, &writer->lock, until_ms);
	if (writer->stopping)
		deadline_wait(&writer->changed, &writer->lock,
		    earlier(deadline_after_ms(RETRY_FIRST_MS / 10), writer->stop_by_ms));
	writer->delay_ms = earlier(writer->delay_ms * 2, RETRY_LONGEST_MS);
}

void writer_succeeded(struct writer *writer)
{
	writer->delay_ms = RETRY_FIRST_MS;
}

void writer_end(struct writer *writer)
{
	writer->ended = true;
	pthread_cond_broadcast(&writer->ended_changed);
	pthread_mutex_unlock(&writer->lock);
}

bool writer_stop(struct writer *writer, int64_t timeout_ms)
{
	bool ended, in_time = true;

	pthread_mutex_lock(&writer->lock);
	writer->stopping = true;
	writer->stop_by_ms = deadline_after_ms(timeout_ms);
	pthread_cond_broadcast(&writer->changed);
	while (writer->worker && !writer->ended && in_time)
		in_time = deadline_wait(
		    &writer->ended_changed, &writer->lock, writer->stop_by_ms + RETRY_FIRST_MS);
	ended = !writer->worker || writer->ended;
	/* The thread hangs in the disk: it must not call `wake` later, when the loop is gone. */
	if (!ended)
		writer->wake = NULL;
	pthread_mutex_unlock(&writer->lock);
	if (ended)
		worker_join(&writer->worker);
	return ended;
}
