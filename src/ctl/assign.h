// SPDX-License-Identifier: Apache-2.0
/*
 * FIELD=VALUE words as the JSON of a registration. Values stay text: what they
 * mean is the daemon's to say.
 */
#pragma once

#include "ctl/ctl.h"

#include <jansson.h>

/*
 * Adds each word to `object`, which is of the registration `name`; an empty value is null.
 * A password of "-" is asked for, one of a file is read here, where the file is. False
 * after having said what is wrong.
 */
MUST_CHECK bool assign_words(json_t *object, const char *name, char **words, int count);

/* Asks for the password of `name` on the terminal and adds it. */
MUST_CHECK bool assign_password(json_t *object, const char *name);

/* Overwrites the password, and lets the object go. */
void assign_release(json_t **object);
