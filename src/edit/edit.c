// SPDX-License-Identifier: Apache-2.0
/*
 * The thread and its mailbox; see edit.h. What an edit does stands in apply.c,
 * single.c, parameter.c and export.c.
 */
#include "edit/edit.h"

#include "edit/context.h"
#include "thread/deadline.h"
#include "thread/mailbox.h"
#include "thread/worker.h"

#include <stdlib.h>

#define WAITING_MAX 64 /* edits */

struct edit {
	struct edit_context context;
	struct mailbox *mailbox;
	struct worker *worker;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t ended_changed;
	struct params params;
	bool has_ended, is_abandoned;
	atomic_bool is_busy;
};

static void run(struct edit *edit, struct edit_job *job)
{
	struct params params = edit_params(edit);

	edit->context.params = &params;
	atomic_store(&edit->is_busy, true);
	switch (job->verb) {
	case EDIT_APPLY:
		apply_run(&edit->context, job);
		break;
	case EDIT_EXPORT:
		export_run(&edit->context, job);
		break;
	case EDIT_ADD:
	case EDIT_PUT:
	case EDIT_PATCH:
	case EDIT_REMOVE:
	case EDIT_FOLLOW:
		if (job->kind == OBJECT_PARAMETER)
			parameter_run(&edit->context, job);
		else
			single_run(&edit->context, job);
		break;
	}
	pthread_mutex_lock(&edit->lock);
	edit->params = params;
	pthread_mutex_unlock(&edit->lock);
	atomic_store(&edit->is_busy, false);
}

/* Nobody is there any more for what a thread has to say that was not waited for. */
static void give_back(struct edit *edit, struct edit_job *job)
{
	pthread_mutex_lock(&edit->lock);
	if (!edit->is_abandoned)
		job->done(job->context, job);
	pthread_mutex_unlock(&edit->lock);
}

static void settle(struct edit *edit)
{
	edit->context.store->ops->settle(edit->context.store);
}

static void work(void *context)
{
	struct edit *edit = context;
	struct edit_job *job;

	/* What a start has applied. */
	settle(edit);
	while (mailbox_wait(edit->mailbox, -1)) {
		while (mailbox_take(edit->mailbox, &job)) {
			if (atomic_load(&edit->context.is_ending))
				edit_job_fail(job, ERR_STATE, "regentd is stopping");
			else
				run(edit, job);
			give_back(edit, job);
		}
		settle(edit);
	}
	pthread_mutex_lock(&edit->lock);
	edit->has_ended = true;
	pthread_cond_signal(&edit->ended_changed);
	pthread_mutex_unlock(&edit->lock);
}

static void release(struct edit *edit)
{
	delivery_free(&edit->context.delivery);
	mailbox_free(&edit->mailbox);
	pthread_cond_destroy(&edit->ended_changed);
	pthread_mutex_destroy(&edit->lock);
	free(edit);
}

struct edit *edit_start(const struct edit_config *config)
{
	struct edit *edit = calloc(1, sizeof(*edit));

	if (!edit)
		return NULL;
	pthread_mutex_init(&edit->lock, NULL);
	deadline_init_condition(&edit->ended_changed);
	edit->params = config->params;
	edit->context.store = config->store;
	edit->context.key = config->key;
	edit->context.dir = config->dir;
	memcpy(edit->context.capacity, config->capacity, sizeof(config->capacity));
	edit->context.delivery = delivery_new(config->wake, config->context);
	edit->mailbox = mailbox_new(sizeof(struct edit_job *), WAITING_MAX, NULL, NULL);
	if (edit->context.delivery && edit->mailbox)
		edit->worker = worker_start("edit", work, edit);
	if (!edit->worker) {
		release(edit);
		return NULL;
	}
	return edit;
}

int edit_post(struct edit *edit, struct edit_job *job)
{
	return mailbox_post(edit->mailbox, &job);
}

struct delivery *edit_delivery(struct edit *edit)
{
	return edit->context.delivery;
}

struct params edit_params(struct edit *edit)
{
	struct params params;

	pthread_mutex_lock(&edit->lock);
	params = edit->params;
	pthread_mutex_unlock(&edit->lock);
	return params;
}

bool edit_is_busy(struct edit *edit)
{
	return atomic_load(&edit->is_busy);
}

struct edit_shown edit_shown(struct edit *edit)
{
	struct edit_progress *progress = &edit->context.progress;

	return (struct edit_shown){
	    .running = atomic_load(&progress->running),
	    .read = atomic_load(&progress->read),
	    .delivered = atomic_load(&progress->delivered),
	    .bytes = atomic_load(&progress->bytes),
	    .size = atomic_load(&progress->size),
	};
}

void edit_close(struct edit *edit)
{
	atomic_store(&edit->context.is_ending, true);
	mailbox_close(edit->mailbox);
	delivery_close(edit->context.delivery);
}

int edit_stop(struct edit *edit, int64_t timeout_ms)
{
	int64_t deadline_ms = deadline_after_ms(timeout_ms);
	bool has_ended, in_time = true;

	pthread_mutex_lock(&edit->lock);
	while (!edit->has_ended && !edit->is_abandoned && in_time)
		in_time = deadline_wait(&edit->ended_changed, &edit->lock, deadline_ms);
	has_ended = edit->has_ended;
	edit->is_abandoned = !has_ended;
	pthread_mutex_unlock(&edit->lock);
	if (!has_ended)
		return ERR_TIMEOUT;
	worker_join(&edit->worker);
	return 0;
}

void edit_free(struct edit **edit)
{
	if (*edit && !(*edit)->worker)
		release(*edit);
	*edit = NULL;
}

void edit_now(struct objects_store *store, const struct seal_key *key, struct edit_job *job)
{
	struct edit_context context = {.store = store, .key = key};
	struct store_error error;
	struct params params;

	context.params = &params;
	if (store->ops->params(store, &params, &error) != 0)
		edit_job_fail_store(job, &error);
	else
		apply_run(&context, job);
}
