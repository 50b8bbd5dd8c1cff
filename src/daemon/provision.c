// SPDX-License-Identifier: Apache-2.0
/*
 * Objects from file to database to memory; see provision.h.
 */
#include "daemon/provision.h"

#include <stdlib.h>
#include <string.h>

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

struct applying {
	struct objects_db *db;
	struct store_error error;
};

static int put_parameter(void *context, const struct param_row *row, struct slice text)
{
	struct applying *applying = context;

	return objects_db_put_param(applying->db, row, text, &applying->error);
}

static int put_registration(void *context, const struct registration_config *config)
{
	struct applying *applying = context;

	return objects_db_put(applying->db, config, &applying->error);
}

enum exit_code provision_apply(struct objects_db *db, const char *path, check_tell_fn tell)
{
	struct applying applying = {.db = db};
	struct objects_sink sink = {put_parameter, put_registration, &applying};
	enum exit_code code;

	if (objects_db_begin(db, &applying.error) < 0)
		return tell_error(&applying.error, tell);
	code = check_objects(path, &sink, tell);
	if (code == EXIT_CODE_OK && objects_db_commit(db, &applying.error) == 0)
		return EXIT_CODE_OK;
	objects_db_rollback(db);
	return applying.error.failure != STORE_FINE ? tell_error(&applying.error, tell) : code;
}

/* From the database. */

static int keep(void *context, const struct registration_config *config)
{
	struct provision *provision = context;
	struct registration_config **grown = provision->configs;
	uint32_t size = provision->size ? provision->size * 2 : 64;

	if (provision->count == provision->size) {
		grown = realloc(grown, size * sizeof(grown[0]));
		if (!grown)
			return ERR_MEMORY;
		provision->configs = grown;
		provision->size = size;
	}
	grown[provision->count] = registration_config_copy(config);
	return grown[provision->count] ? (provision->count++, 0) : ERR_MEMORY;
}

enum exit_code provision_read(
    struct objects_db *db, check_tell_fn tell, struct provision *provision_r)
{
	struct store_error error = {STORE_FINE, "out of memory"};

	memset(provision_r, 0, sizeof(*provision_r));
	if (objects_db_params(db, &provision_r->params, &error) < 0 ||
	    objects_db_read(db, keep, provision_r, &error) < 0)
		return tell_error(&error, tell);
	return EXIT_CODE_OK;
}

void provision_free(struct provision *provision)
{
	for (uint32_t i = 0; i < provision->count; i++)
		registration_config_free(&provision->configs[i]);
	free(provision->configs);
	memset(provision, 0, sizeof(*provision));
}
