// SPDX-License-Identifier: Apache-2.0
/*
 * What the kinds of edits share; see context.h.
 */
#include "edit/context.h"

#include <stdio.h>

#define SEALED_MAX 1024

int edit_job_fail_store(struct edit_job *job, const struct store_error *error)
{
	job->store = *error;
	return edit_job_fail(
	    job, error->failure == STORE_FULL ? ERR_FULL : ERR_IO, "%s", error->text);
}

/* A problem begins with the field it is about, where it is about one. */
void edit_job_fail_problem(struct edit_job *job, const struct problems *problems, int error)
{
	const char *text = problems->kept[0].text;
	size_t n = strcspn(text, ":");

	edit_job_fail(job, error, "%s", text);
	if (n < sizeof(job->field) && n == strspn(text, "abcdefghijklmnopqrstuvwxyz_"))
		snprintf(job->field, sizeof(job->field), "%.*s", (int)n, text);
}

int edit_check_ending(struct edit_context *context, struct edit_job *job)
{
	if (!atomic_load(&context->is_ending))
		return 0;
	return edit_job_fail(job, ERR_STATE, "regentd is stopping; nothing was changed");
}

static int check_kind(struct edit_context *context, struct edit_job *job, enum object_kind kind)
{
	uint32_t count, capacity = context->capacity[kind];
	struct store_error error;

	if (capacity == 0)
		return 0;
	if (context->store->ops->count(context->store, kind, &count, &error) != 0)
		return edit_job_fail_store(job, &error);
	if (count <= capacity)
		return 0;
	return edit_job_fail(job, ERR_FULL,
	    "%u %s are more than the %u that this process has room for; a restart makes more",
	    count, object_table(kind)->plural, capacity);
}

int edit_check_capacity(struct edit_context *context, struct edit_job *job)
{
	int rc = 0;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS && rc == 0; kind++)
		rc = check_kind(context, job, kind);
	return rc;
}

void edit_deliver_end(struct edit_context *context, struct edit_job *job, int error)
{
	char text[256];
	struct buf why = buf_over(text, sizeof(text));
	int flushed = delivery_flush(context->delivery, &why);

	error = error ? error : flushed;
	if (error == 0)
		return;
	job->is_kept = true;
	edit_job_fail(job, error, "kept, but not taken up before the next start: %s",
	    why.n > 0 ? buf_text(&why) : error_text(error));
}

int edit_unseal(
    const struct seal_key *key, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	uint8_t sealed[SEALED_MAX];
	size_t n;
	int rc = seal_read_text(text, sealed, sizeof(sealed), &n);

	if (rc != 0 || n < SEAL_OVERHEAD || n - SEAL_OVERHEAD > cap)
		return rc ? rc : ERR_SYNTAX;
	rc = seal_open(key, slice_make(sealed, n), plain_r);
	*n_r = n - SEAL_OVERHEAD;
	return rc;
}
