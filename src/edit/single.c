// SPDX-License-Identifier: Apache-2.0
/*
 * An edit of one object: read, judged, committed, handed to the core. One that
 * changes nothing is neither written nor handed on. What another node has
 * committed is read and handed to the core as well.
 */
#include "edit/context.h"

#include "config/objects.h"
#include "config/yaml.h"

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

/* A problem begins with the field it is about, where it is about one. */
static void fail_problem(struct edit_job *job, const struct problems *problems, int error)
{
	const char *text = problems->kept[0].text;
	size_t n = strcspn(text, ":");

	edit_job_fail(job, error, "%s", text);
	if (n < sizeof(job->field) && n == strspn(text, "abcdefghijklmnopqrstuvwxyz_"))
		snprintf(job->field, sizeof(job->field), "%.*s", (int)n, text);
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
		fail_problem(single->job, &problems, rc);
	else if (rc != 0)
		edit_job_fail(single->job, rc, "%s", error_text(rc));
	return rc;
}

static int no_such(struct edit_job *job)
{
	return edit_job_fail(job, ERR_NOT_FOUND, "there is no %s of this name: %s",
	    object_kind_name(job->kind), job->name);
}

/* Finds what is stored and what is wanted. */
static int prepare(struct single *single)
{
	struct edit_job *job = single->job;
	int rc;

	if (job->verb == EDIT_ADD) {
		rc = read_body(single, NULL, (struct slice){0});
		if (rc == 0)
			rc = load(single, object_name(single->kind, single->wanted));
		if (rc == 0 && single->stored) {
			rc = edit_job_fail(job, ERR_EXISTS, "name: %.*s is there already",
			    SLICE_ARG(object_name(single->kind, single->wanted)));
			strcpy(job->field, "name");
		}
		return rc;
	}
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

static void follow_params(struct edit_context *context, struct edit_job *job)
{
	struct edit_item item = {.kind = OBJECT_PARAMETER, .action = OBJECTS_CHANGED};
	struct store_error error;
	struct params params;

	if (context->store->ops->params(context->store, &params, &error) != 0) {
		edit_job_fail_store(job, &error);
		return;
	}
	edit_job_note(job, &item, slice_of(job->name));
	*context->params = params;
	edit_deliver_end(context, job, delivery_params(context->delivery, &params));
}

/* Parameters. */

struct value {
	char text[128];
	bool is_given, is_null;
};

static void read_value(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct value *value = context;

	(void)yaml;
	value->is_given = true;
	value->is_null = field->item.is_null;
	snprintf(value->text, sizeof(value->text), "%.*s", SLICE_ARG(field->item.text));
}

static int read_param_body(struct edit_job *job, struct value *value_r)
{
	static const struct yaml_row rows[] = {{.name = "value", .read = read_value}};
	struct problems problems;
	struct yaml *yaml;
	int rc;

	*value_r = (struct value){.is_given = false};
	problems_init(&problems, "the request");
	rc = yaml_open_text(slice_make(job->body, job->size), &problems, &yaml);
	if (rc != 0)
		return edit_job_fail(job, rc, "%s", error_text(rc));
	yaml_read_document(yaml, rows, 1, value_r);
	yaml_close(&yaml);
	if (problems.count > 0)
		fail_problem(job, &problems, ERR_SYNTAX);
	else if (!value_r->is_given)
		edit_job_fail(job, ERR_SYNTAX, "no value; {\"value\": …} would be right");
	return job->error;
}

/* A row of which only the name is asked for, so that what is said is of the name. */
static int find_param(struct edit_job *job, const struct param_row **row_r)
{
	char text[PROBLEM_TEXT_MAX];
	struct buf message = buf_over(text, sizeof(text));
	struct params unused;
	int rc;

	*row_r = params_find(slice_of(job->name));
	if (*row_r)
		return 0;
	params_defaults(&unused);
	rc = params_set(&unused, slice_of(job->name), SLICE(""), &message);
	return edit_job_fail(job, rc, "%s", buf_text(&message));
}

static int store_param(struct edit_context *context, struct edit_job *job,
    const struct param_row *row, const struct params *params, bool is_reset)
{
	char text[64];
	struct buf value = buf_over(text, sizeof(text));
	struct objects_store *store = context->store;
	struct store_error error;
	int rc;

	params_put(&value, row, params);
	rc = is_reset ? store->ops->reset_param(store, row, &error)
	              : store->ops->put_param(store, row, buf_slice(&value), &error);
	if (rc != 0)
		return edit_job_fail_store(job, &error);
	return 0;
}

static void run_param(struct edit_context *context, struct edit_job *job)
{
	struct edit_item item = {.kind = OBJECT_PARAMETER, .action = OBJECTS_CHANGED};
	struct params params = *context->params;
	const struct param_row *row;
	struct value value = {.is_null = true};
	char text[PROBLEM_TEXT_MAX], default_text[32];
	struct buf message = buf_over(text, sizeof(text));
	struct buf otherwise = buf_over(default_text, sizeof(default_text));
	struct params defaults;
	int rc;

	if (find_param(job, &row) != 0 ||
	    (job->verb == EDIT_PUT && read_param_body(job, &value) != 0))
		return;
	params_defaults(&defaults);
	params_put(&otherwise, row, &defaults);
	rc = params_set(&params, slice_of(row->name),
	    value.is_null ? buf_slice(&otherwise) : slice_of(value.text), &message);
	if (rc != 0) {
		edit_job_fail(job, rc, "%s", buf_text(&message));
		strcpy(job->field, "value");
		return;
	}
	if (memcmp(&params, context->params, sizeof(params)) == 0)
		item.action = OBJECTS_UNCHANGED;
	edit_job_note(job, &item, slice_of(row->name));
	/* Also where it is the default already: what is set stays when a release changes that. */
	if (store_param(context, job, row, &params, value.is_null) != 0)
		return;
	*context->params = params;
	if (item.action != OBJECTS_UNCHANGED)
		edit_deliver_end(context, job, delivery_params(context->delivery, &params));
}

void single_run(struct edit_context *context, struct edit_job *job)
{
	struct single single = {.context = context, .job = job, .kind = job->kind};
	bool follows = job->verb == EDIT_FOLLOW;

	if (job->kind == OBJECT_PARAMETER) {
		if (follows)
			follow_params(context, job);
		else
			run_param(context, job);
		return;
	}
	if (follows)
		follow_object(&single);
	else
		run_object(&single);
	object_free(single.kind, single.stored);
	object_free(single.kind, single.wanted);
}
