// SPDX-License-Identifier: Apache-2.0
/*
 * Making, filling and freeing of jobs.
 */
#include "edit/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct edit_job *edit_job_new(enum edit_verb verb, enum object_kind kind)
{
	struct edit_job *job = calloc(1, sizeof(*job));

	if (job) {
		job->verb = verb;
		job->kind = kind;
		job->fd = -1;
	}
	return job;
}

void edit_job_free(struct edit_job **job)
{
	struct edit_job *gone = *job;

	*job = NULL;
	if (!gone)
		return;
	if (gone->fd >= 0)
		close(gone->fd);
	if (gone->body)
		explicit_bzero(gone->body, gone->size);
	free(gone->body);
	free(gone->problems);
	free(gone->items);
	free(gone);
}

int edit_job_fail(struct edit_job *job, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(job->text, sizeof(job->text), format, args);
	va_end(args);
	job->error = error;
	return error;
}

void edit_job_note(struct edit_job *job, const struct edit_item *item, struct slice name)
{
	struct edit_item *grown = job->items;

	job->counts[item->action]++;
	if (item->action == OBJECTS_UNCHANGED || job->item_count == EDIT_ITEMS_MAX)
		return;
	/* Doubles at each power of two. */
	if ((job->item_count & (job->item_count - 1)) == 0) {
		uint32_t room = job->item_count ? job->item_count * 2 : 1;

		grown = realloc(job->items, room * sizeof(*grown));
		if (!grown)
			return;
		job->items = grown;
	}
	grown[job->item_count] = *item;
	snprintf(grown[job->item_count].name, sizeof(grown->name), "%.*s", SLICE_ARG(name));
	job->item_count++;
}
