// SPDX-License-Identifier: Apache-2.0
/*
 * An item of the API for people: a line for each field.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#define SHOW_LABEL 18 /* columns of the names on the left */

struct show_field {
	const char *key;
	const char *label; /* NULL: it has no line */
	const char *unit;
};

/*
 * Prints the fields in their order. A field that a newer daemon has follows under its
 * own name; "config" has no line.
 */
void show_fields(const json_t *item, const struct show_field *fields, size_t count);

/* Prints "config" of the item, if it has any: what is set, without `name_key`. */
void show_config(const json_t *item, const char *name_key);

/* Prints a line of words, wrapped. */
void show_words(const char *label, const char *words);
