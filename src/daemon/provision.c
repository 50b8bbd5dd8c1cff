// SPDX-License-Identifier: Apache-2.0
/*
 * Objects from file to database to memory; see provision.h.
 */
#include "daemon/provision.h"

#include "edit/relay.h"
#include "thread/worker.h"

#include <string.h>
#include <unistd.h>

enum exit_code provision_exit_code(const struct store_error *error)
{
	switch (error->failure) {
	case STORE_UNWRITABLE:
		return EXIT_CODE_UNWRITABLE;
	case STORE_FULL:
	case STORE_BROKEN:
		return EXIT_CODE_DISK;
	case STORE_LOCKED:
		return EXIT_CODE_LOCKED;
	case STORE_DAMAGED:
	case STORE_NEWER:
		return EXIT_CODE_DAMAGED;
	case STORE_IDENTITY:
	case STORE_MISSING:
		return EXIT_CODE_IDENTITY;
	case STORE_FINE:
	case STORE_MEMORY:
		break;
	}
	return EXIT_CODE_INTERNAL;
}

static enum exit_code tell_error(const struct store_error *error, check_tell_fn tell)
{
	tell(error->text);
	return provision_exit_code(error);
}

/* From the file. */

void provision_tell(const struct edit_job *job, check_tell_fn tell)
{
	char text[PROBLEM_LINE_MAX];
	unsigned lines = job->problems ? problems_lines(job->problems) : 0;

	for (unsigned i = 0; i < lines; i++) {
		struct buf line = buf_over(text, sizeof(text));

		problems_put(&line, job->problems, i);
		tell(buf_text(&line));
	}
	if (job->error && lines == 0)
		tell(job->text);
}

static enum exit_code code_of(const struct edit_job *job, const char *path)
{
	if (!job->error)
		return EXIT_CODE_OK;
	if (access(path, R_OK) < 0)
		return EXIT_CODE_NO_INPUT;
	if (job->problems && job->problems->count > 0)
		return job->error == ERR_IO ? EXIT_CODE_NO_INPUT : EXIT_CODE_CONFIG;
	if (job->store.failure != STORE_FINE)
		return provision_exit_code(&job->store);
	return EXIT_CODE_INTERNAL;
}

enum exit_code provision_apply(
    struct objects_store *store, const struct seal_key *key, const char *path, check_tell_fn tell)
{
	struct edit_job *job = edit_job_new(EDIT_APPLY, 0);
	enum exit_code code;

	if (!job) {
		tell("out of memory");
		return EXIT_CODE_INTERNAL;
	}
	job->path = path;
	edit_now(store, key, job);
	provision_tell(job, tell);
	code = code_of(job, path);
	edit_job_free(&job);
	return code;
}

/* From the database. */

enum exit_code provision_read(
    struct objects_store *store, check_tell_fn tell, struct provision *provision_r)
{
	struct store_error error;
	int rc;

	memset(provision_r, 0, sizeof(*provision_r));
	rc = store->ops->params(store, &provision_r->params, &error);
	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = store->ops->count(store, kind, &provision_r->counts[kind], &error);
	return rc == 0 ? EXIT_CODE_OK : tell_error(&error, tell);
}

struct reading {
	struct objects_store *store;
	struct relay *relay;
	struct store_error error;
	int rc;
};

/* What is too long for the relay is too long for an object: that is for people to read. */
static int pass(void *context, enum object_kind kind, const void *object)
{
	struct reading *reading = context;
	int rc = relay_put(reading->relay, kind, object);

	if (rc != ERR_LIMIT)
		return rc;
	rc = objects_store_judge(reading->store, kind, object, NULL, &reading->error);
	return rc != 0 ? rc : ERR_LIMIT;
}

static void read_all(void *context)
{
	struct reading *reading = context;
	struct objects_store *store = reading->store;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && reading->rc == 0; kind++)
		reading->rc =
		    store->ops->read_unjudged(store, kind, pass, reading, &reading->error);
	relay_end(reading->relay);
}

/* One that was found right. */
struct known {
	enum object_kind kind;
	void *object;
};

static void forget(struct known *known)
{
	object_free(known->kind, known->object);
	known->object = NULL;
}

/* The last one with another upstream: those that follow mostly have the same. */
static void remember(struct known *known, const struct relay_item *item)
{
	if (known->object && object_is_known(item->kind, item->object, known->object))
		return;
	forget(known);
	*known = (struct known){item->kind, object_copy(item->kind, item->object)};
}

/* They are judged here, because the other thread has more to do as it is. */
static int put_all(
    struct reading *reading, provision_put_fn put, void *context, struct store_error *error)
{
	const struct relay_item *item;
	struct known known = {0};
	int rc = 0;

	while (rc == 0 && (item = relay_take(reading->relay))) {
		if (known.kind != item->kind)
			forget(&known);
		rc = objects_store_judge(
		    reading->store, item->kind, item->object, known.object, error);
		if (rc != 0)
			break;
		remember(&known, item);
		put(context, item->kind, item->object);
	}
	forget(&known);
	relay_stop(reading->relay);
	return rc;
}

enum exit_code provision_each(
    struct objects_store *store, check_tell_fn tell, provision_put_fn put, void *context)
{
	struct reading reading = {.store = store, .error = {STORE_MEMORY, "out of memory"}};
	struct store_error error;
	struct worker *worker = NULL;
	int rc;

	reading.relay = relay_new();
	if (reading.relay)
		worker = worker_start("objects", read_all, &reading);
	if (!worker) {
		relay_free(&reading.relay);
		return tell_error(&reading.error, tell);
	}
	rc = put_all(&reading, put, context, &error);
	worker_join(&worker);
	relay_free(&reading.relay);
	if (rc != 0)
		return tell_error(&error, tell);
	return reading.rc == 0 ? EXIT_CODE_OK : tell_error(&reading.error, tell);
}
