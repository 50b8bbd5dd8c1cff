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
    struct objects_db *db, const struct seal_key *key, const char *path, check_tell_fn tell)
{
	struct edit_job *job = edit_job_new(EDIT_APPLY);
	enum exit_code code;

	if (!job) {
		tell("out of memory");
		return EXIT_CODE_INTERNAL;
	}
	job->path = path;
	edit_now(db, key, job);
	provision_tell(job, tell);
	code = code_of(job, path);
	edit_job_free(&job);
	return code;
}

/* From the database. */

enum exit_code provision_read(
    struct objects_db *db, check_tell_fn tell, struct provision *provision_r)
{
	struct store_error error;

	memset(provision_r, 0, sizeof(*provision_r));
	if (objects_db_params(db, &provision_r->params, &error) < 0 ||
	    objects_db_count(db, &provision_r->count, &error) < 0)
		return tell_error(&error, tell);
	return EXIT_CODE_OK;
}

struct reading {
	struct objects_db *db;
	struct relay *relay;
	struct store_error error;
	int rc;
};

/* What is too long for the relay is too long for a registration: that is for people to read. */
static int pass(void *context, const struct registration_config *config)
{
	struct reading *reading = context;
	int rc = relay_put(reading->relay, config, 0);

	if (rc != ERR_LIMIT)
		return rc;
	rc = objects_db_judge(reading->db, config, NULL, &reading->error);
	return rc != 0 ? rc : ERR_LIMIT;
}

static void read_all(void *context)
{
	struct reading *reading = context;

	reading->rc = objects_db_read_unjudged(reading->db, pass, reading, &reading->error);
	relay_end(reading->relay);
}

/* The last one with another upstream: those that follow mostly have the same. */
static void remember(struct registration_config **known, const struct registration_config *config)
{
	if (*known && object_is_known(OBJECT_REGISTRATION, config, *known))
		return;
	registration_config_free(known);
	*known = registration_config_copy(config);
}

/* They are judged here, because the other thread has more to do as it is. */
static int put_all(
    struct reading *reading, provision_put_fn put, void *context, struct store_error *error)
{
	struct registration_config *config, *known = NULL;
	int rc = 0;

	while (rc == 0 && (config = relay_take(reading->relay, NULL))) {
		rc = objects_db_judge(reading->db, config, known, error);
		if (rc != 0)
			break;
		remember(&known, config);
		put(context, config);
	}
	registration_config_free(&known);
	relay_stop(reading->relay);
	return rc;
}

enum exit_code provision_each(
    struct objects_db *db, check_tell_fn tell, provision_put_fn put, void *context)
{
	struct reading reading = {.db = db, .error = {STORE_MEMORY, "out of memory"}};
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
