// SPDX-License-Identifier: Apache-2.0
/*
 * Files read for people; see check.h.
 */
#include "daemon/check.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void check_print(const char *line)
{
	fprintf(stderr, "regentd: %s\n", line);
}

void check_log(const char *line)
{
	log_line(LOG_LEVEL_ERROR, "%s", line);
}

static enum exit_code tell(
    const char *path, int rc, const struct problems *problems, check_tell_fn tell_fn)
{
	char text[PROBLEM_LINE_MAX];
	int saved_errno = errno;

	for (unsigned i = 0; i < problems_lines(problems); i++) {
		struct buf line = buf_over(text, sizeof(text));

		problems_put(&line, problems, i);
		tell_fn(buf_text(&line));
	}
	if (problems->count > 0)
		return rc == ERR_IO ? EXIT_CODE_NO_INPUT : EXIT_CODE_CONFIG;
	snprintf(text, sizeof(text), "%s: %s", path,
	    rc == ERR_IO ? strerror(saved_errno) : error_text(rc));
	tell_fn(text);
	return rc == ERR_IO ? EXIT_CODE_NO_INPUT : EXIT_CODE_INTERNAL;
}

enum exit_code check_config(const char *path, check_tell_fn tell_fn, struct node_config *config_r)
{
	struct problems problems;
	int rc;

	problems_init(&problems, path);
	rc = node_config_read(path, config_r, &problems);
	return rc < 0 ? tell(path, rc, &problems, tell_fn) : EXIT_CODE_OK;
}

/* A sink's failure passes through the reader as it is, so it is remembered here. */
struct watched_sink {
	const struct objects_sink *sink;
	bool has_failed;
};

static int watched_parameter(void *context, const struct param_row *row, struct slice text)
{
	struct watched_sink *watched = context;
	int rc = watched->sink->parameter(watched->sink->context, row, text);

	watched->has_failed = rc != 0;
	return rc;
}

static int watched_registration(void *context, const struct registration_config *config)
{
	struct watched_sink *watched = context;
	int rc = watched->sink->registration(watched->sink->context, config);

	watched->has_failed = rc != 0;
	return rc;
}

enum exit_code check_objects(
    const char *path, const struct objects_sink *sink, check_tell_fn tell_fn)
{
	struct watched_sink watched = {sink, false};
	const struct objects_sink own = {watched_parameter, watched_registration, &watched};
	struct problems problems;
	int rc;

	problems_init(&problems, path);
	rc = objects_read(path, &own, &problems);
	if (rc == 0)
		return EXIT_CODE_OK;
	return watched.has_failed ? EXIT_CODE_INTERNAL : tell(path, rc, &problems, tell_fn);
}

static int any_parameter(void *context, const struct param_row *row, struct slice text)
{
	(void)context;
	(void)row;
	(void)text;
	return 0;
}

static int any_registration(void *context, const struct registration_config *config)
{
	(void)config;
	++*(unsigned *)context;
	return 0;
}

enum exit_code check_files(const struct options *options)
{
	unsigned registrations = 0;
	const struct objects_sink sink = {any_parameter, any_registration, &registrations};
	struct node_config config;
	enum exit_code code = check_config(options->config, check_print, &config), objects;

	if (code == EXIT_CODE_OK)
		node_config_free(&config);
	if (options->objects) {
		objects = check_objects(options->objects, &sink, check_print);
		code = code == EXIT_CODE_OK ? objects : code;
	}
	if (code == EXIT_CODE_OK)
		printf("ok: %s%s%s, %u registration%s\n", options->config,
		    options->objects ? ", " : "", options->objects ? options->objects : "",
		    registrations, registrations == 1 ? "" : "s");
	return code;
}
