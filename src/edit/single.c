// SPDX-License-Identifier: Apache-2.0
/*
 * An edit of one object: read, judged, committed, handed to the core. One that
 * changes nothing is neither written nor handed on. What another node has
 * committed is read and handed to the core (EDIT_FOLLOW).
 */
#include "edit/context.h"

#include "config/objects.h"

#include <stdio.h>

struct single {
	struct edit_context *context;
	struct edit_job *job;
	enum object_kind kind;
	void *stored; /* NULL: there is none of that name */
	void *wanted;
};

static int keep(void **kept, enum object_kind kind, const void *object)
{
	*kept = object_copy(kind, object);
	return *kept ? 0 : ERR_MEMORY;
}

static int keep_stored(void *context, enum object_kind kind, const void *object)
{
	return keep(&((struct single *)context)->stored, kind, object);
}

static int keep_wanted(void *context, enum object_kind kind, const void *object)
{
	return keep(&((struct single *)context)->wanted, kind, object);
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	struct single *single = context;

	return edit_unseal(single->context->key, text, plain_r, cap, n_r);
}

/* Reads what is stored under a name, if anything is. */
static int load(struct single *single, struct slice name)
{
	struct store_error error = {STORE_MEMORY, "out of memory"};
	struct objects_store *store = single->context->store;
	int rc = store->ops->get(store, single->kind, name, keep_stored, single, &error);

	if (rc == 0 || rc == ERR_NOT_FOUND)
		return 0;
	return edit_job_fail_store(single->job, &error);
}

static int read_body(struct single *single, const void *base, struct slice name)
{
	struct objects_sink sink = {.object = keep_wanted, .unseal = unseal, .context = single};
	struct slice body = slice_make(single->job->body, single->job->size);
	struct problems problems;
	int rc;

	problems_init(&problems, "the request");
	rc = objects_read_one(body, single->kind, base, name, &sink, &problems);
	if (problems.count > 0)
		edit_job_fail_problem(single->job, &problems, rc);
	else if (rc != 0)
		edit_job_fail(single->job, rc, "%s", error_text(rc));
	return rc;
}

static int no_such(struct edit_job *job)
{
	return edit_job_fail(job, ERR_NOT_FOUND, "there is no %s of this name: %s",
	    object_kind_name(job->kind), job->name);
}

/* One of a name that is not there. */
static int prepare_new(struct single *single)
{
	const char *field = object_table(single->kind)->rows[0].name;
	struct edit_job *job = single->job;
	int rc = read_body(single, NULL, (struct slice){0});

	if (rc == 0)
		rc = load(single, object_name(single->kind, single->wanted));
	if (rc != 0 || !single->stored)
		return rc;
	snprintf(job->field, sizeof(job->field), "%s", field);
	return edit_job_fail(job, ERR_EXISTS, "%s: %.*s is there already", field,
	    SLICE_ARG(object_name(single->kind, single->wanted)));
}

/* Finds what is stored and what is wanted. */
static int prepare(struct single *single)
{
	struct edit_job *job = single->job;
	int rc;

	if (job->verb == EDIT_ADD)
		return prepare_new(single);
	rc = load(single, slice_of(job->name));
	if (rc != 0)
		return rc;
	if (!single->stored && job->verb != EDIT_PUT)
		return no_such(job);
	if (job->verb == EDIT_REMOVE)
		return 0;
	return read_body(
	    single, job->verb == EDIT_PATCH ? single->stored : NULL, slice_of(job->name));
}

static int write_object(struct single *single, struct store_error *error)
{
	struct objects_store *store = single->context->store;

	if (single->wanted)
		return store->ops->put(store, single->kind, single->wanted, error);
	return store->ops->remove(
	    store, single->kind, object_name(single->kind, single->stored), error);
}

static int store_object(struct single *single)
{
	struct objects_store *store = single->context->store;
	struct edit_job *job = single->job;
	struct store_error error;
	int rc = store->ops->begin(store, &error);

	if (rc == 0)
		rc = write_object(single, &error);
	if (rc == 0 && ((!single->stored && edit_check_capacity(single->context, job) != 0) ||
	                   edit_check_ending(single->context, job) != 0)) {
		store->ops->rollback(store);
		return job->error;
	}
	if (rc == 0)
		rc = store->ops->commit(store, &error);
	if (rc == 0)
		return 0;
	store->ops->rollback(store);
	return edit_job_fail_store(job, &error);
}

static void note(struct single *single)
{
	const void *stored = single->stored, *wanted = single->wanted;
	struct edit_item item = {.kind = single->kind, .action = OBJECTS_ADDED};

	if (!wanted) {
		item.action = OBJECTS_REMOVED;
	} else if (stored) {
		item.fields = object_differences(single->kind, stored, wanted);
		item.action = item.fields ? OBJECTS_CHANGED : OBJECTS_UNCHANGED;
	}
	edit_job_note(single->job, &item, object_name(single->kind, wanted ? wanted : stored));
}

/* To the core: the object, or that there is none of this name. */
static void deliver(struct single *single, const void *object, struct slice name)
{
	struct delivery *delivery = single->context->delivery;

	edit_deliver_end(single->context, single->job,
	    object ? delivery_put(delivery, single->kind, object)
	           : delivery_remove(delivery, single->kind, name));
}

static void run_object(struct single *single)
{
	if (prepare(single) != 0)
		return;
	note(single);
	if (single->job->counts[OBJECTS_UNCHANGED] > 0 || store_object(single) != 0)
		return;
	deliver(single, single->wanted,
	    single->stored ? object_name(single->kind, single->stored) : (struct slice){0});
}

/* What another node has committed of an object: that is what the store has of it now. */
static void follow_object(struct single *single)
{
	struct edit_job *job = single->job;
	struct edit_item item = {.kind = single->kind};

	if (load(single, slice_of(job->name)) != 0)
		return;
	item.action = single->stored ? OBJECTS_CHANGED : OBJECTS_REMOVED;
	edit_job_note(job, &item, slice_of(job->name));
	if (single->stored && edit_check_capacity(single->context, job) != 0)
		job->is_kept = true;
	else
		deliver(single, single->stored, slice_of(job->name));
}

void single_run(struct edit_context *context, struct edit_job *job)
{
	struct single single = {.context = context, .job = job, .kind = job->kind};

	if (job->verb == EDIT_FOLLOW)
		follow_object(&single);
	else
		run_object(&single);
	object_free(single.kind, single.stored);
	object_free(single.kind, single.wanted);
}
