// SPDX-License-Identifier: Apache-2.0
/*
 * SIGHUP: the file of --apply is read again, put into the database and given to
 * the core, without the loop waiting for file or disk. What has not changed
 * causes nothing; a file with errors changes nothing.
 */
#pragma once

#include "daemon/provision.h"
#include "daemon/wiring.h"

struct reload;

/* `path` may be NULL: then the database is only read again. NULL without memory. */
struct reload *reload_new(
    uv_loop_t *loop, struct objects_db *db, const char *path, struct wiring *wiring);

/*
 * Feeds the core no more. A reading under way ends in the loop, which must be
 * run before the database is closed.
 */
void reload_free(struct reload **reload);

/* Begins; while one is under way another follows it. `done` is called at its end. */
void reload_begin(struct reload *reload, void (*done)(void *owner), void *owner);

/* The parameters, then a registration each: how a provision enters the core. */
void reload_put_params(struct wiring *wiring, const struct provision *provision);
void reload_put(struct wiring *wiring, const struct registration_config *config);
