// SPDX-License-Identifier: Apache-2.0
/*
 * What people are told of the keys of regent.yaml: their values, defaults and
 * meaning. It feeds `regentd --tables`, and so the documentation and the manual.
 * What a key does is decided where it is read; a test holds both against one another.
 */
#pragma once

#include <stddef.h>

struct node_key {
	const char *name; /* as written; of a section "log.level" */
	const char *values;
	const char *otherwise; /* what holds where it is not given; "required" */
	const char *meaning;   /* one sentence */
};

/* In the order in which they are shown. */
const struct node_key *node_keys(size_t *count_r);
