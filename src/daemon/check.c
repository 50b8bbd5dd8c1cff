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

static int any_parameter(void *context, const struct param_row *row, struct slice text)
{
	(void)context;
	(void)row;
	(void)text;
	return 0;
}

static int any_object(void *context, enum object_kind kind, const void *object)
{
	(void)object;
	((unsigned *)context)[kind]++;
	return 0;
}

/* All that is wrong with the objects file is told; `counts_r` has what is right, by kind. */
static enum exit_code check_objects(const char *path, unsigned counts_r[OBJECT_KINDS])
{
	const struct objects_sink sink = {
	    .parameter = any_parameter, .object = any_object, .context = counts_r};
	struct problems problems;
	int rc;

	problems_init(&problems, path);
	rc = objects_read(path, &sink, &problems);
	return rc == 0 ? EXIT_CODE_OK : tell(path, rc, &problems, check_print);
}

/* ", 3 registrations", and the other kinds that the file has. */
static void print_counts(const unsigned counts[OBJECT_KINDS])
{
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
		const struct object_table *table = object_table(kind);

		if (kind == OBJECT_REGISTRATION || counts[kind] > 0)
			printf(", %u %s", counts[kind],
			    counts[kind] == 1 ? table->name : table->plural);
	}
}

enum exit_code check_files(const struct options *options)
{
	unsigned counts[OBJECT_KINDS] = {0};
	struct node_config config;
	enum exit_code code = check_config(options->config, check_print, &config), objects;

	if (code == EXIT_CODE_OK)
		node_config_free(&config);
	if (options->objects) {
		objects = check_objects(options->objects, counts);
		code = code == EXIT_CODE_OK ? objects : code;
	}
	if (code != EXIT_CODE_OK)
		return code;
	printf("ok: %s%s%s", options->config, options->objects ? ", " : "",
	    options->objects ? options->objects : "");
	print_counts(counts);
	putchar('\n');
	return EXIT_CODE_OK;
}
