// SPDX-License-Identifier: Apache-2.0
/*
 * All objects as a file that apply takes: what differs from the defaults, with
 * passwords as they are sealed. It is written into a file without a name, so that
 * it is of one moment and a slow client holds up no edit.
 */
#include "edit/context.h"

#include "config/object_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define SEALED_TEXT_MAX 1024

static void put_parameters(FILE *file, const struct params *params)
{
	size_t count;
	const struct param_row *rows = params_rows(&count);
	struct params defaults;
	bool is_first = true;

	params_defaults(&defaults);
	for (size_t i = 0; i < count; i++) {
		char is_text[32], default_text[32];
		struct buf is = buf_over(is_text, sizeof(is_text));
		struct buf otherwise = buf_over(default_text, sizeof(default_text));

		params_put(&is, &rows[i], params);
		params_put(&otherwise, &rows[i], &defaults);
		if (slice_equal(buf_slice(&is), buf_slice(&otherwise)))
			continue;
		fprintf(file, "%s  %s: %s\n", is_first ? "parameters:\n" : "", rows[i].name,
		    buf_text(&is));
		is_first = false;
	}
}

struct exporting {
	FILE *file;
	enum object_kind kind;
	bool has_any; /* of the kind */
};

static void put_sealed(FILE *file, const struct field_row *row, struct slice sealed)
{
	char text[SEALED_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	seal_put_text(&b, sealed);
	fprintf(file, "    %s: !sealed \"%s\"\n", row->name, buf_text(&b));
}

/* The name comes first, and is never the default. */
static void put_shown(struct exporting *exporting, const struct field_row *row, const void *object)
{
	const struct object_table *table = object_table(exporting->kind);
	char text[OBJECT_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (field_equal(row, object, table->defaults))
		return;
	object_text_put(&b, row, object);
	fprintf(exporting->file, "%s%s: %s\n", row == table->rows ? "  - " : "    ", row->name,
	    buf_text(&b));
}

static int put_object(void *context, enum object_kind kind, const void *object, struct slice sealed)
{
	const struct object_table *table = object_table(kind);
	struct exporting *exporting = context;

	if (!exporting->has_any)
		fprintf(exporting->file, "%s:\n", table->plural);
	exporting->has_any = true;
	for (size_t i = 0; i < table->count; i++) {
		if (field_is_shown(&table->rows[i]))
			put_shown(exporting, &table->rows[i], object);
		else if (table->rows[i].type == FIELD_SECRET && sealed.n > 0)
			put_sealed(exporting->file, &table->rows[i], sealed);
	}
	return ferror(exporting->file) ? ERR_IO : 0;
}

static int fail_errno(struct edit_job *job, const char *what)
{
	return edit_job_fail(
	    job, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", what, strerror(errno));
}

static int put_kind(struct exporting *exporting, struct objects_store *store, enum object_kind kind,
    struct store_error *error)
{
	exporting->kind = kind;
	exporting->has_any = false;
	return store->ops->read_sealed(store, kind, put_object, exporting, error);
}

static int write_all(struct edit_context *context, struct edit_job *job, FILE *file)
{
	struct exporting exporting = {.file = file};
	struct store_error error = {STORE_FINE, ""};
	int rc = 0;

	fputs("# Regent " REGENT_VERSION
	      ": all registrations and parameters. What has its default value is left out.\n",
	    file);
	put_parameters(file, context->params);
	errno = 0;
	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = put_kind(&exporting, context->store, kind, &error);
	if (rc != 0 && error.failure != STORE_FINE)
		return edit_job_fail_store(job, &error);
	if (rc != 0 || fflush(file) != 0)
		return fail_errno(job, "the export cannot be written");
	return 0;
}

void export_run(struct edit_context *context, struct edit_job *job)
{
	int fd = state_dir_spool(context->dir->path);
	FILE *file = fd >= 0 ? fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "w") : NULL;

	if (!file)
		fail_errno(job, context->dir->path);
	else if (write_all(context, job, file) == 0)
		job->fd = fd;
	if (file)
		fclose(file);
	if (fd >= 0 && job->fd < 0)
		close(fd);
}
