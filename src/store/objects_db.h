// SPDX-License-Identifier: Apache-2.0
/*
 * The provisioned objects: STATE/regent.db, SQLite. Parameters that differ from
 * their defaults because somebody set them, and registrations with their
 * passwords sealed. Used by one thread at a time: by main before the core
 * starts, by the thread of edit/ afterwards (docs/architecture.md, decision 14).
 */
#pragma once

#include "model/registration_config.h"
#include "param/params.h"
#include "store/seal.h"

struct objects_db;

/* True where a database that may hold something is in the directory. */
bool objects_db_is_there(const struct state_dir *dir);

/* As db_open() does. `key` must outlive it. */
MUST_CHECK int objects_db_open(const struct state_dir *dir, const struct seal_key *key,
    enum db_need need, struct objects_db **db_r, struct store_error *error);
void objects_db_close(struct objects_db **db);

/* True where the disk takes nothing: it was read, and every change is refused (STORE_UNWRITABLE).
 */
bool objects_db_is_image(const struct objects_db *db);

/* Anything but 0 ends the reading with that code. The config lives for the call. */
typedef int (*objects_db_read_fn)(void *context, const struct registration_config *config);

/*
 * Sets the stored parameters over their defaults; then every registration, in the
 * order in which they were put. STORE_DAMAGED where something stored is not valid.
 */
MUST_CHECK int objects_db_params(
    struct objects_db *db, struct params *params_r, struct store_error *error);
MUST_CHECK int objects_db_read(
    struct objects_db *db, objects_db_read_fn read, void *context, struct store_error *error);

/*
 * A place in that order, behind all that are there; and those that were put since it was taken.
 */
typedef int64_t objects_db_place;
MUST_CHECK int objects_db_end(
    struct objects_db *db, objects_db_place *place_r, struct store_error *error);
MUST_CHECK int objects_db_read_since(struct objects_db *db, objects_db_place place,
    objects_db_read_fn read, void *context, struct store_error *error);

/* The one of that name. ERR_NOT_FOUND leaves `error` alone. */
MUST_CHECK int objects_db_get(struct objects_db *db, struct slice name, objects_db_read_fn read,
    void *context, struct store_error *error);

/* All as they are stored, by name: without the password, which is given sealed (empty: none). */
typedef int (*objects_db_sealed_fn)(
    void *context, const struct registration_config *config, struct slice sealed);
MUST_CHECK int objects_db_read_sealed(
    struct objects_db *db, objects_db_sealed_fn read, void *context, struct store_error *error);

/*
 * objects_db_read() in two halves that two threads share: the first reads each and
 * opens its password, the second judges it (object_check()).
 */
MUST_CHECK int objects_db_read_unjudged(
    struct objects_db *db, objects_db_read_fn read, void *context, struct store_error *error);
MUST_CHECK int objects_db_judge(const struct objects_db *db,
    const struct registration_config *config, const struct registration_config *known,
    struct store_error *error);

MUST_CHECK int objects_db_count(
    struct objects_db *db, uint32_t *count_r, struct store_error *error);

/*
 * Changes stand between begin and commit, and are durable when commit gives 0;
 * after anything else, and after rollback, none of them is.
 */
MUST_CHECK int objects_db_begin(struct objects_db *db, struct store_error *error);
MUST_CHECK int objects_db_commit(struct objects_db *db, struct store_error *error);
void objects_db_rollback(struct objects_db *db);

/* Adds or replaces a registration of that name. */
MUST_CHECK int objects_db_put(
    struct objects_db *db, const struct registration_config *config, struct store_error *error);

/* Adds one. ERR_EXISTS, which leaves `error` alone: there is one of that name, and it stays. */
MUST_CHECK int objects_db_add(
    struct objects_db *db, const struct registration_config *config, struct store_error *error);

/* ERR_NOT_FOUND leaves `error` alone. */
MUST_CHECK int objects_db_remove(
    struct objects_db *db, struct slice name, struct store_error *error);

/* A parameter as text that params_set() has accepted. */
MUST_CHECK int objects_db_put_param(struct objects_db *db, const struct param_row *row,
    struct slice text, struct store_error *error);

/* Back to its default; nothing where it is that already. */
MUST_CHECK int objects_db_reset_param(
    struct objects_db *db, const struct param_row *row, struct store_error *error);

/* Moves what was committed into the file itself: with nobody waiting, and before an orderly end. */
void objects_db_settle(struct objects_db *db);
