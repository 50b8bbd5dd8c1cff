// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of a registration written back as an operator writes them: for the
 * export, for the API, and to name what an edit has changed. The password is not
 * among them. A test holds them against the fields that are read.
 */
#pragma once

#include "model/registration_config.h"

#define REGISTRATION_TEXT_MAX 2048 /* bytes of the longest value, escapes included */

unsigned registration_text_count(void);
const char *registration_text_name(unsigned field);

/* Writes the value as JSON has it, and so YAML: "text", 300, true, null. */
void registration_text_put(struct buf *b, unsigned field, const struct registration_config *config);

/* A bit for each field in which they differ. */
uint64_t registration_text_differences(
    const struct registration_config *a, const struct registration_config *b);

/* Writes a text in quotes, with what JSON and YAML want escaped; it must be clean UTF-8. */
void registration_text_quote(struct buf *b, struct slice text);
