// SPDX-License-Identifier: Apache-2.0
/*
 * A whole objects file in one transaction: what is new or changed is written,
 * what is not named goes only where that was asked for, and a file with anything
 * wrong in it changes nothing. What was done to whom stands in the marks of the
 * database, from which the core is told after the commit.
 */
#include "edit/context.h"

#include "config/objects.h"
#include "config/registration_text.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_STEP 64 /* objects between two looks at how far the file is read */

struct apply {
	struct edit_context *context;
	struct edit_job *job;
	struct params params; /* with those of the file */
	bool has_params;
	int fd; /* the reader's, to see how far it is; -1 with a path */
	struct store_error error;
};

/* What the database refuses ends the reading. */
static int watch(struct apply *apply, int rc)
{
	if (rc != 0 && !apply->job->error)
		edit_job_fail_store(apply->job, &apply->error);
	return rc;
}

static int take_parameter(void *context, const struct param_row *row, struct slice text)
{
	struct apply *apply = context;
	struct edit_item item = {.is_parameter = true, .action = OBJECTS_CHANGED};
	char was_text[32], is_text[32], message[256];
	struct buf was = buf_over(was_text, sizeof(was_text));
	struct buf is = buf_over(is_text, sizeof(is_text));
	struct buf b = buf_over(message, sizeof(message));
	int rc;

	params_put(&was, row, &apply->params);
	rc = params_set(&apply->params, slice_of(row->name), text, &b);
	if (rc != 0)
		return edit_job_fail(apply->job, rc, "%s", buf_text(&b));
	params_put(&is, row, &apply->params);
	if (slice_equal(buf_slice(&was), buf_slice(&is))) {
		item.action = OBJECTS_UNCHANGED;
	} else {
		apply->has_params = true;
		rc = watch(apply,
		    objects_db_put_param(apply->context->db, row, buf_slice(&is), &apply->error));
	}
	edit_job_note(apply->job, &item, slice_of(row->name));
	return rc;
}

struct comparison {
	const struct registration_config *wanted;
	struct edit_item item;
};

static int compare(void *context, const struct registration_config *stored)
{
	struct comparison *comparison = context;
	struct edit_item *item = &comparison->item;

	item->action = OBJECTS_UNCHANGED;
	if (registration_config_equal(stored, comparison->wanted))
		return 0;
	item->action = OBJECTS_CHANGED;
	item->fields = registration_text_differences(stored, comparison->wanted);
	item->has_password = !slice_equal(stored->password, comparison->wanted->password);
	return 0;
}

static void look(struct apply *apply)
{
	struct edit_progress *progress = &apply->context->progress;
	unsigned read = atomic_fetch_add(&progress->read, 1);
	off_t at;

	if (apply->fd < 0 || read % PROGRESS_STEP != 0)
		return;
	at = lseek(apply->fd, 0, SEEK_CUR);
	if (at > 0)
		atomic_store(&progress->bytes, (unsigned long long)at);
}

static int take_registration(void *context, const struct registration_config *config)
{
	struct apply *apply = context;
	struct objects_db *db = apply->context->db;
	struct comparison comparison = {.wanted = config};
	int rc;

	look(apply);
	rc = edit_check_ending(apply->context, apply->job);
	if (rc != 0)
		return rc;
	rc = objects_db_get(db, config->name, compare, &comparison, &apply->error);
	if (rc == ERR_NOT_FOUND) {
		comparison.item.action = OBJECTS_ADDED;
		rc = 0;
	}
	if (rc == 0 && comparison.item.action != OBJECTS_UNCHANGED)
		rc = objects_db_put(db, config, &apply->error);
	if (rc == 0)
		rc = objects_mark(db, config->name, comparison.item.action, &apply->error);
	edit_job_note(apply->job, &comparison.item, config->name);
	return watch(apply, rc);
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	struct apply *apply = context;

	return edit_unseal(apply->context->key, text, plain_r, cap, n_r);
}

/* The file into the transaction. */
static int read_file(struct apply *apply)
{
	const struct objects_sink sink = {take_parameter, take_registration, unseal, apply};
	struct edit_job *job = apply->job;
	struct stat st;
	int rc, fd = job->fd;

	job->problems = calloc(1, sizeof(*job->problems));
	if (!job->problems)
		return edit_job_fail(job, ERR_MEMORY, "out of memory");
	problems_init(job->problems, job->path ? job->path : "the file");
	if (job->path) {
		rc = objects_read(job->path, &sink, job->problems);
	} else {
		if (fstat(fd, &st) == 0)
			atomic_store(
			    &apply->context->progress.size, (unsigned long long)st.st_size);
		apply->fd = fd;
		job->fd = -1;
		rc = objects_read_fd(fd, &sink, job->problems);
	}
	if (rc != 0 && !job->error)
		edit_job_fail(job, rc, job->problems->count > 0 ? "the file is wrong: %s" : "%s",
		    job->problems->count > 0 ? job->problems->kept[0].text : error_text(rc));
	return rc;
}

static int note_pruned(void *context, struct slice name, enum objects_action action)
{
	struct edit_item item = {.action = action};

	if (action == OBJECTS_REMOVED)
		edit_job_note(context, &item, name);
	return 0;
}

static int prune(struct apply *apply)
{
	uint32_t removed;
	int rc = objects_marks_prune(apply->context->db, &removed, &apply->error);

	if (rc == 0)
		rc = objects_marks_read(apply->context->db, note_pruned, apply->job, &apply->error);
	return watch(apply, rc);
}

static int change(struct apply *apply)
{
	struct edit_context *context = apply->context;
	int rc = watch(apply, objects_marks_clear(context->db, &apply->error));

	if (rc == 0)
		rc = watch(apply, objects_db_begin(context->db, &apply->error));
	if (rc == 0)
		rc = read_file(apply);
	if (rc == 0 && apply->job->prune)
		rc = prune(apply);
	if (rc == 0)
		rc = edit_check_capacity(context, apply->job);
	if (rc == 0)
		rc = edit_check_ending(context, apply->job);
	if (rc == 0 && !apply->job->dry_run)
		return watch(apply, objects_db_commit(context->db, &apply->error));
	objects_db_rollback(context->db);
	return rc;
}

/* To the core. */

static int put(void *context, const struct registration_config *config)
{
	struct edit_context *edit = context;

	return delivery_put(edit->delivery, config);
}

static int deliver(void *context, struct slice name, enum objects_action action)
{
	struct edit_context *edit = context;
	struct store_error error;
	int rc;

	if (action == OBJECTS_REMOVED)
		rc = delivery_remove(edit->delivery, name);
	else
		rc = objects_db_get(edit->db, name, put, edit, &error);
	atomic_fetch_add(&edit->progress.delivered, 1);
	return rc;
}

static void tell_core(struct apply *apply)
{
	struct edit_context *context = apply->context;
	int rc = 0;

	if (apply->has_params)
		rc = delivery_params(context->delivery, context->params);
	if (rc == 0)
		rc = objects_marks_read(context->db, deliver, context, &apply->error);
	edit_deliver_end(context, apply->job, rc);
}

void apply_run(struct edit_context *context, struct edit_job *job)
{
	struct apply apply = {.context = context, .job = job, .params = *context->params, .fd = -1};
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
	atomic_store(&progress->bytes, atomic_load(&progress->size));
	atomic_store(&progress->running, false);
}
