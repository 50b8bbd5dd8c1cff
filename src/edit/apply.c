// SPDX-License-Identifier: Apache-2.0
/*
 * A whole objects file in one transaction: what is new or changed is written,
 * what is not named goes only where that was asked for, and a file with anything
 * wrong in it changes nothing. A thread of its own reads the file, while the
 * database takes what was read. After the commit the core is told of what was put,
 * where that was too much to keep of the rows that came since the beginning, and of
 * those removed, which stand in the marks.
 */
#include "edit/context.h"

#include "config/objects.h"
#include "edit/kept.h"
#include "edit/relay.h"
#include "thread/worker.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_STEP 64 /* objects between two looks at how far the file is read */

/* The file as its thread reads it. */
struct reading {
	struct edit_job *job;
	const struct seal_key *key;
	struct edit_progress *progress;
	struct relay *relay;
	int fd; /* to see how far it is; -1 with a path */
	int rc;
};

struct apply {
	struct edit_context *context;
	struct edit_job *job;
	struct params params; /* with those of the file */
	bool has_params;
	bool expects_new;           /* as the last one was */
	struct objects_place begin; /* behind all that were there before */
	struct kept kept;           /* what was put since */
	struct store_error error;
};

/* What the database refuses ends the reading. */
static int watch(struct apply *apply, int rc)
{
	if (rc != 0 && !apply->job->error)
		edit_job_fail_store(apply->job, &apply->error);
	return rc;
}

static int take_parameter(struct apply *apply, const struct param_row *row, struct slice text)
{
	struct objects_store *store = apply->context->store;
	struct edit_item item = {.kind = OBJECT_PARAMETER, .action = OBJECTS_CHANGED};
	struct params before = apply->params;
	char value_text[64], message[256];
	struct buf value = buf_over(value_text, sizeof(value_text));
	struct buf b = buf_over(message, sizeof(message));
	int rc;

	rc = params_set(&apply->params, slice_of(row->name), text, &b);
	if (rc != 0)
		return edit_job_fail(apply->job, rc, "%s", buf_text(&b));
	if (params_equal(&before, &apply->params)) {
		item.action = OBJECTS_UNCHANGED;
	} else {
		apply->has_params = true;
		params_put(&value, row, &apply->params);
		rc = watch(
		    apply, store->ops->put_param(store, row, buf_slice(&value), &apply->error));
	}
	edit_job_note(apply->job, &item, slice_of(row->name));
	return rc;
}

struct comparison {
	const void *wanted;
	struct edit_item item;
};

static int compare(void *context, enum object_kind kind, const void *stored)
{
	struct comparison *comparison = context;
	struct edit_item *item = &comparison->item;

	item->fields = object_differences(kind, stored, comparison->wanted);
	item->action = item->fields ? OBJECTS_CHANGED : OBJECTS_UNCHANGED;
	return 0;
}

/* Adding finds whether it is there as well; which of the two comes first is a guess. */
static int write_object(struct apply *apply, struct comparison *comparison)
{
	struct objects_store *store = apply->context->store;
	enum object_kind kind = comparison->item.kind;
	const void *wanted = comparison->wanted;
	int rc = ERR_EXISTS;

	comparison->item.action = OBJECTS_ADDED;
	if (apply->expects_new)
		rc = store->ops->add(store, kind, wanted, &apply->error);
	if (rc != ERR_EXISTS)
		return rc;
	rc = store->ops->get(
	    store, kind, object_name(kind, wanted), compare, comparison, &apply->error);
	if (rc == ERR_NOT_FOUND)
		return store->ops->add(store, kind, wanted, &apply->error);
	if (rc == 0 && comparison->item.action == OBJECTS_CHANGED)
		rc = store->ops->put(store, kind, wanted, &apply->error);
	return rc;
}

static int take_object(struct apply *apply, enum object_kind kind, const void *object)
{
	struct objects_store *store = apply->context->store;
	struct comparison comparison = {.wanted = object, .item.kind = kind};
	struct slice name = object_name(kind, object);
	int rc = edit_check_ending(apply->context, apply->job);

	if (rc != 0)
		return rc;
	rc = write_object(apply, &comparison);
	apply->expects_new = comparison.item.action == OBJECTS_ADDED;
	if (rc == 0 && apply->job->prune)
		rc = store->ops->mark(store, kind, name, comparison.item.action, &apply->error);
	if (rc == 0 && apply->context->delivery && !apply->job->dry_run &&
	    comparison.item.action != OBJECTS_UNCHANGED)
		kept_add(&apply->kept, kind, object);
	edit_job_note(apply->job, &comparison.item, name);
	return watch(apply, rc);
}

/* On the thread that reads: what it finds, on its way to the database. */

static void look(struct reading *reading)
{
	struct edit_progress *progress = reading->progress;
	unsigned read = atomic_fetch_add(&progress->read, 1);
	off_t at;

	if (reading->fd < 0 || read % PROGRESS_STEP != 0)
		return;
	at = lseek(reading->fd, 0, SEEK_CUR);
	if (at > 0)
		atomic_store(&progress->bytes, (unsigned long long)at);
}

static int pass_object(void *context, enum object_kind kind, const void *object)
{
	struct reading *reading = context;

	look(reading);
	return relay_put(reading->relay, kind, object);
}

static int pass_parameter(void *context, const struct param_row *row, struct slice text)
{
	struct reading *reading = context;

	return relay_put_parameter(reading->relay, row, text);
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	struct reading *reading = context;

	return edit_unseal(reading->key, text, plain_r, cap, n_r);
}

static void read_objects(void *context)
{
	struct reading *reading = context;
	const struct objects_sink sink = {pass_parameter, pass_object, unseal, reading};
	struct edit_job *job = reading->job;

	if (job->path)
		reading->rc = objects_read(job->path, &sink, job->problems);
	else
		reading->rc = objects_read_fd(reading->fd, &sink, job->problems);
	relay_end(reading->relay);
}

/* What it finds, until its end or the first that is refused. */
static int take_all(struct apply *apply, struct relay *relay)
{
	const struct relay_item *item;
	int rc = 0;

	while (rc == 0 && (item = relay_take(relay)))
		rc = item->object ? take_object(apply, item->kind, item->object)
		                  : take_parameter(apply, item->row, item->text);
	relay_stop(relay);
	return rc;
}

/* Where there is no thread or no room for it: ERR_MEMORY. */
static int read_beside(struct apply *apply, struct reading *reading)
{
	struct worker *worker;
	int rc;

	reading->relay = relay_new();
	if (!reading->relay)
		return ERR_MEMORY;
	worker = worker_start("objects", read_objects, reading);
	if (!worker) {
		relay_free(&reading->relay);
		return ERR_MEMORY;
	}
	apply->job->fd = -1;
	rc = take_all(apply, reading->relay);
	worker_join(&worker);
	relay_free(&reading->relay);
	return rc != 0 ? rc : reading->rc;
}

/* The file into the transaction. */
static int read_file(struct apply *apply)
{
	struct edit_job *job = apply->job;
	struct edit_progress *progress = &apply->context->progress;
	struct reading reading = {
	    .job = job, .key = apply->context->key, .progress = progress, .fd = job->fd};
	struct stat st;
	int rc;

	job->problems = calloc(1, sizeof(*job->problems));
	if (!job->problems)
		return edit_job_fail(job, ERR_MEMORY, "out of memory");
	problems_init(job->problems, job->path ? job->path : "the file");
	if (!job->path && fstat(job->fd, &st) == 0)
		atomic_store(&progress->size, (unsigned long long)st.st_size);
	rc = read_beside(apply, &reading);
	if (rc != 0 && !job->error)
		edit_job_fail(job, rc, job->problems->count > 0 ? "the file is wrong: %s" : "%s",
		    job->problems->count > 0 ? job->problems->kept[0].text : error_text(rc));
	return rc;
}

static int note_pruned(
    void *context, enum object_kind kind, struct slice name, enum objects_action action)
{
	struct edit_item item = {.kind = kind, .action = action};

	if (action == OBJECTS_REMOVED)
		edit_job_note(context, &item, name);
	return 0;
}

static int prune(struct apply *apply)
{
	struct objects_store *store = apply->context->store;
	int rc = store->ops->prune(store, &apply->error);

	if (rc == 0)
		rc = store->ops->read_marks(store, note_pruned, apply->job, &apply->error);
	return watch(apply, rc);
}

static bool is_empty(const struct objects_place *place)
{
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++)
		if (place->behind[kind] != 0)
			return false;
	return true;
}

static int change(struct apply *apply)
{
	struct edit_context *context = apply->context;
	struct objects_store *store = context->store;
	int rc = 0;

	if (apply->job->prune)
		rc = watch(apply, store->ops->clear_marks(store, &apply->error));
	if (rc == 0)
		rc = watch(apply, store->ops->begin(store, &apply->error));
	if (rc == 0)
		rc = watch(apply, store->ops->end(store, &apply->begin, &apply->error));
	apply->expects_new = is_empty(&apply->begin);
	if (rc == 0)
		rc = read_file(apply);
	if (rc == 0 && apply->job->prune)
		rc = prune(apply);
	if (rc == 0)
		rc = edit_check_capacity(context, apply->job);
	if (rc == 0)
		rc = edit_check_ending(context, apply->job);
	if (rc == 0 && !apply->job->dry_run)
		return watch(apply, store->ops->commit(store, &apply->error));
	store->ops->rollback(store);
	return rc;
}

/* To the core. */

static int put(void *context, enum object_kind kind, const void *object)
{
	struct edit_context *edit = context;

	atomic_fetch_add(&edit->progress.delivered, 1);
	return delivery_put(edit->delivery, kind, object);
}

static int remove_pruned(
    void *context, enum object_kind kind, struct slice name, enum objects_action action)
{
	struct edit_context *edit = context;

	if (action != OBJECTS_REMOVED)
		return 0;
	atomic_fetch_add(&edit->progress.delivered, 1);
	return delivery_remove(edit->delivery, kind, name);
}

static int give_kept(struct edit_context *edit, struct kept *kept)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < kept->count; i++) {
		struct kept_object *own = &kept->objects[i];

		atomic_fetch_add(&edit->progress.delivered, 1);
		rc = delivery_give(edit->delivery, own->kind, own->object);
		own->object = NULL;
	}
	return rc;
}

/* What was put since the beginning, where it was too much to keep. */
static int give_stored(struct apply *apply)
{
	struct edit_context *context = apply->context;
	int rc = 0;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = context->store->ops->read(
		    context->store, kind, &apply->begin, put, context, &apply->error);
	return rc;
}

static void tell_core(struct apply *apply)
{
	struct edit_context *context = apply->context;
	struct objects_store *store = context->store;
	int rc = 0;

	if (apply->has_params)
		rc = delivery_params(context->delivery, context->params);
	if (rc == 0 && apply->job->prune)
		rc = store->ops->read_marks(store, remove_pruned, context, &apply->error);
	if (rc == 0)
		rc = apply->kept.is_over ? give_stored(apply) : give_kept(context, &apply->kept);
	edit_deliver_end(context, apply->job, rc);
}

void apply_run(struct edit_context *context, struct edit_job *job)
{
	struct apply apply = {.context = context, .job = job, .params = *context->params};
	struct edit_progress *progress = &context->progress;

	atomic_store(&progress->read, 0);
	atomic_store(&progress->bytes, 0);
	atomic_store(&progress->size, 0);
	atomic_store(&progress->delivered, 0);
	atomic_store(&progress->running, true);
	if (change(&apply) == 0 && !job->dry_run) {
		*context->params = apply.params;
		if (context->delivery)
			tell_core(&apply);
	}
	kept_clear(&apply.kept);
	atomic_store(&progress->bytes, atomic_load(&progress->size));
	atomic_store(&progress->running, false);
}
