// SPDX-License-Identifier: Apache-2.0
/*
 * Opens each database as one that must be there, and makes what turns out to be
 * missing or empty. What is damaged is left for its owner to look at, and so is the WAL of a
 * database that is lost.
 */
#include "daemon/anew.h"

#include "base/log.h"
#include "daemon/check.h"
#include "daemon/provision.h"
#include "net/clock.h"
#include "store/ledger.h"
#include "store/node_identity.h"
#include "store/objects_db.h"
#include "store/wal.h"

#include <strings.h>

struct place {
	struct state_dir dir;
	struct seal_key key;
	struct ledger_start start;
	unsigned made;
};

static int open_ledger(struct place *place, enum db_need need, struct store_error *error)
{
	struct ledger *ledger;
	int rc = ledger_open(
	    &place->dir, &place->key, need, clock_now().wall_ms, &place->start, &ledger, error);

	if (rc == 0)
		ledger_close(&ledger);
	return rc;
}

static int open_objects(struct place *place, enum db_need need, struct store_error *error)
{
	struct objects_store *objects;
	int rc = objects_db_open(&place->dir, &place->key, need, &objects, error);

	if (rc == 0)
		objects_store_close(&objects);
	return rc;
}

/* It may hold the last commits of the lost database, and stands in the way of a new one. */
static int set_wal_aside(struct place *place, const char *what, struct store_error *error)
{
	char path[STATE_PATH_MAX];
	bool renamed;
	int rc = wal_set_aside(state_dir_path(&place->dir, what, path), &renamed, error);

	if (rc != 0 || !renamed)
		return rc;
	log_line(LOG_LEVEL_INFO, "%s-wal: left by the lost database; renamed to %s-wal.lost", path,
	    path);
	return state_dir_sync(&place->dir, error);
}

/* After it the database is there; it may have been all the time. */
static int make(struct place *place, const char *what, const char *follows,
    int (*open_fn)(struct place *place, enum db_need need, struct store_error *error),
    struct store_error *error)
{
	int rc = open_fn(place, DB_IN_USE, error);

	if (rc == 0 || error->failure != STORE_MISSING)
		return rc;
	rc = set_wal_aside(place, what, error);
	if (rc == 0)
		rc = open_fn(place, DB_MAY_BE_NEW, error);
	if (rc != 0)
		return rc;
	place->made++;
	log_line(LOG_LEVEL_INFO, "%s/%s: made anew and empty; %s", place->dir.path, what, follows);
	return 0;
}

static int make_missing(struct place *place, struct store_error *error)
{
	int rc = make(place, "ledger.db",
	    "the next start registers what regent.db names; the bindings that upstreams hold now "
	    "are not cancelled, but expire",
	    open_ledger, error);

	if (rc == 0)
		rc = make(place, "regent.db",
		    "the next start, or a farewell, cancels every binding that the ledger names; a "
		    "start with --apply FILE keeps those of registrations that FILE names",
		    open_objects, error);
	return rc;
}

/* Neither there: that is a first start, which makes both by itself. */
static int run_at(struct place *place, struct store_error *error)
{
	struct node_identity identity;
	int rc;

	if (!ledger_is_there(&place->dir) && !objects_db_is_there(&place->dir))
		return 0;
	rc = node_identity_load(&place->dir, true, &identity, error);
	explicit_bzero(&identity, sizeof(identity));
	if (rc == 0)
		rc = seal_key_load(&place->dir, true, &place->key, error);
	return rc == 0 ? make_missing(place, error) : rc;
}

static enum exit_code run(const char *state)
{
	struct store_error error;
	struct place place = {.made = 0};
	int rc = state_dir_open(state, &place.dir, &error);

	if (rc == 0) {
		rc = run_at(&place, &error);
		state_dir_close(&place.dir);
		explicit_bzero(&place.key, sizeof(place.key));
	}
	if (rc != 0) {
		log_line(LOG_LEVEL_ERROR, "%s", error.text);
		return provision_exit_code(&error);
	}
	if (place.made == 0)
		log_line(LOG_LEVEL_INFO, "%s: no database is missing", state);
	return EXIT_CODE_OK;
}

enum exit_code anew_run(const struct options *options)
{
	struct node_config config;
	enum exit_code code = check_config(options->config, check_log, &config);

	if (code != EXIT_CODE_OK)
		return code;
	code = run(config.state);
	node_config_free(&config);
	return code;
}
