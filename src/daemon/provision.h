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

/* Everything provisioned, as the database holds it. */
struct provision {
	struct params params;
	struct registration_config **configs;
	uint32_t count, size;
	enum exit_code code; /* how the reading went; told already where it is not OK */
};

/* Puts a file's objects into the database in one transaction; what is wrong is told. */
MUST_CHECK enum exit_code provision_apply(
    struct objects_db *db, const struct seal_key *key, const char *path, check_tell_fn tell);

/* Tells what an apply met, a line for each problem of the file. */
void provision_tell(const struct edit_job *job, check_tell_fn tell);

/* Reads all of the database; `provision_r` is to be freed in any case. */
MUST_CHECK enum exit_code provision_read(
    struct objects_db *db, check_tell_fn tell, struct provision *provision_r);

/* Frees the configs, with their passwords overwritten. */
void provision_free(struct provision *provision);

/* The exit code of a failure of the state directory. */
enum exit_code provision_exit_code(const struct store_error *error);
