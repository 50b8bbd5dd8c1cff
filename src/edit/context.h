// SPDX-License-Identifier: Apache-2.0
/*
 * What the kinds of edits share while they are done; this room's alone. It is
 * the editing thread's but for the progress, which others look at.
 */
#pragma once

#include "edit/delivery.h"
#include "edit/job.h"
#include "store/seal.h"

#include <stdatomic.h>

struct edit_progress {
	atomic_bool running;       /* an apply */
	atomic_uint read;          /* objects of its file */
	atomic_ullong bytes, size; /* read of the file, and all */
	atomic_uint delivered;     /* to the core, of this apply */
};

struct edit_context {
	struct objects_store *store;
	const struct seal_key *key;
	const struct state_dir *dir;
	struct delivery *delivery; /* NULL: there is no core yet */
	struct params *params;     /* as committed */
	/* Objects of each kind that the core has room for; 0: no core yet. */
	uint32_t capacity[OBJECT_KINDS];
	atomic_bool is_ending;
	struct edit_progress progress;
};

/* Each does the job whole and sets its outcome. */
void apply_run(struct edit_context *context, struct edit_job *job);
void single_run(struct edit_context *context, struct edit_job *job);    /* an object */
void parameter_run(struct edit_context *context, struct edit_job *job); /* a parameter */
void export_run(struct edit_context *context, struct edit_job *job);

/* A failure of the database as the job's. */
int edit_job_fail_store(struct edit_job *job, const struct store_error *error);

/* The first problem of a body as the job's, with the field it is about. */
void edit_job_fail_problem(struct edit_job *job, const struct problems *problems, int error);

/* Before a commit: ERR_STATE once edits are at their end, and the key may be wiped. */
MUST_CHECK int edit_check_ending(struct edit_context *context, struct edit_job *job);

/* Before a commit: ERR_FULL where there are more than the core can take. */
MUST_CHECK int edit_check_capacity(struct edit_context *context, struct edit_job *job);

/* After a commit: hands over what is left and says so where the core refused. */
void edit_deliver_end(struct edit_context *context, struct edit_job *job, int error);

/* What an export wrote behind !sealed, opened; for the unseal of struct objects_sink. */
int edit_unseal(
    const struct seal_key *key, struct slice text, char *plain_r, size_t cap, size_t *n_r);
