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
	const struct object_table *table; /* that `rows` were made of */
	struct yaml_row rows[FIELDS_MAX];
	int error; /* of a sink or of memory; ends the reading */
};

/* True while objects are handed over. */
bool objects_wanted(const struct objects_reading *reading);

/* True once reading on is of no use. */
bool objects_stopped(const struct objects_reading *reading);

/* The line in which this name was first seen: `line` itself for a new one. */
unsigned objects_first_line(
    struct objects_reading *reading, enum object_kind kind, struct slice name, unsigned line);

/* Reads the object that `first` begins, number `index` of its section, and hands it over. */
void objects_read_object(
    struct objects_reading *reading, enum object_kind kind, struct yaml_item first, unsigned index);

/* Reads the one object of the document (objects_read_one) and hands it over. */
void objects_read_single(
    struct objects_reading *reading, enum object_kind kind, const void *base, struct slice name);
