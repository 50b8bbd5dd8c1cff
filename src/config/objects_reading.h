// SPDX-License-Identifier: Apache-2.0
/*
 * What the sections of the objects file share while it is read; nobody else's.
 */
#pragma once

#include "base/map.h"
#include "config/objects.h"
#include "config/yaml.h"

struct objects_reading {
	struct yaml *yaml;
	const char *directory; /* that relative paths start from; NULL: there are none */
	const struct objects_sink *sink;
	struct params params;     /* judges parameters, and is thrown away */
	uint64_t parameters_seen; /* bit by row */
	struct map *names;        /* hash of each name seen, to its line */
	struct hash_key key;
	int error; /* of a sink or of memory; ends the reading */
};

/* True while objects are handed over. */
bool objects_wanted(const struct objects_reading *reading);

/* True once reading on is of no use. */
bool objects_stopped(const struct objects_reading *reading);

/* The line in which this name was first seen: `line` itself for a new one. */
unsigned objects_first_line(struct objects_reading *reading, struct slice name, unsigned line);

/* Reads the registration that `first` begins, number `index` of the file, and hands it over. */
void objects_read_registration(
    struct objects_reading *reading, struct yaml_item first, unsigned index);

/* The keys of a registration, also those that this version does not read. */
const struct yaml_row *objects_registration_rows(size_t *count_r);

/* Reads the one registration of the document (objects_read_one) and hands it over. */
void objects_read_single(
    struct objects_reading *reading, const struct registration_config *base, struct slice name);
