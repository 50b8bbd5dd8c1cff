// SPDX-License-Identifier: Apache-2.0
/*
 * Objects on their way into the core: from the file of --apply into the
 * database, and from there, all of them, to the core. Applying adds and
 * changes; what a file does not name stays. A core that is given what it has
 * already sends nothing.
 */
#pragma once

#include "base/attr.h"
#include "daemon/check.h"
#include "edit/edit.h"

/* What the database holds, but for the registrations themselves. */
struct provision {
	struct params params;
	uint32_t counts[OBJECT_KINDS];
};

/* Puts a file's objects into the database in one transaction; what is wrong is told. */
MUST_CHECK enum exit_code provision_apply(
    struct objects_store *store, const struct seal_key *key, const char *path, check_tell_fn tell);

/* Tells what an apply met, a line for each problem of the file. */
void provision_tell(const struct edit_job *job, check_tell_fn tell);

MUST_CHECK enum exit_code provision_read(
    struct objects_store *store, check_tell_fn tell, struct provision *provision_r);

/* It lives for the call, and may be changed. */
typedef void (*provision_put_fn)(void *context, enum object_kind kind, void *object);

/*
 * Every object, kind by kind, one by one in the order in which they were put into the
 * database. A thread reads ahead meanwhile, and is the only one to use `store`.
 */
MUST_CHECK enum exit_code provision_each(
    struct objects_store *store, check_tell_fn tell, provision_put_fn put, void *context);

/* The exit code of a failure of the state directory. */
enum exit_code provision_exit_code(const struct store_error *error);
