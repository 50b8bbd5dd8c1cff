// SPDX-License-Identifier: Apache-2.0
/*
 * FIELD=VALUE words as the JSON of an object. Values stay text: what they
 * mean is the daemon's to say.
 */
#pragma once

#include "ctl/ctl.h"

#include <jansson.h>

/*
 * Adds each word to `object`, which is of the command's kind and named by its first
 * argument; an empty value is null. A password of "-" is asked for, one of a file is read
 * here, where the file is. False after having said what is wrong.
 */
MUST_CHECK bool assign_words(const struct ctl *ctl, json_t *object, char **words, int count);

/* Asks for the password of `name` on the terminal and adds it. */
MUST_CHECK bool assign_password(json_t *object, const char *name);

/* Overwrites the password, and lets the object go. */
void assign_release(json_t **object);
