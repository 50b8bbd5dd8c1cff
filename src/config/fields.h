// SPDX-License-Identifier: Apache-2.0
/*
 * What people are told of the keys of both files: their values, defaults and
 * meaning. It feeds `regentd --tables`, and so the documentation, the manual and
 * completion. What a key does is decided where it is read; a test holds both
 * against one another.
 */
#pragma once

#include <stddef.h>

struct field_row {
	const char *name; /* as written; of a section "log.level" */
	const char *values;
	const char *otherwise; /* what holds where it is not given; "required" */
	const char *meaning;   /* one sentence */
};

/* The fields of a registration, in the order in which they are shown. */
const struct field_row *fields_of_registration(size_t *count_r);

/* The keys of regent.yaml. */
const struct field_row *fields_of_node(size_t *count_r);
