// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the watch, for its own files only: watch.c keeps what is broken and
 * what was asked for, watch_tables.c looks at upstreams' tables while processes run,
 * watch_quiet.c when things are quiet, watch_report.c says what it has come to.
 */
#pragma once

#include "base/map.h"
#include "sim/watch.h"
#include "sim/world.h"

#define WATCH_KEPT_MAX 12

struct violation {
	uint64_t at_us;
	char name[65], user[65], text[160];
};

/* A binding that was asked for at least once. */
struct asked {
	struct process *process;
	char *user, *host, *contact, *name;
	uint32_t found; /* of a walk over the tables */
	bool was_reported;
};

struct watch {
	struct watch_excuse excuse;
	struct violation kept[WATCH_KEPT_MAX];
	uint32_t violations;
	struct asked *asked;
	uint32_t asked_count, asked_size;
	struct map *asked_keys;
	struct calls *calls;
	struct trails *trails;
	struct meters *meters;
	uint64_t planted;
};

/* A violation of that registration, whose ladder is that of the user. */
void watch_complain(struct world *world, struct slice name, struct slice user, const char *text);

/* NULL: it was never asked for. */
struct asked *watch_find_asked(
    const struct watch *watch, struct slice user, struct slice host, struct slice contact);

/* ---- watch_tables.c ---- */

/* Visits each binding of ours; `asked` NULL: nobody has asked for it. */
typedef void (*watch_visit_fn)(
    struct world *world, struct asked *asked, const struct carrier_binding *binding);

void watch_walk(struct world *world, watch_visit_fn visit);

/* Sets `found` of all that was asked for to 0, before a walk that counts. */
void watch_forget_found(struct watch *watch);
