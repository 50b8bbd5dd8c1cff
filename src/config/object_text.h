// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of an object written back as an operator writes them: for the
 * export and for the API.
 */
#pragma once

#include "model/object.h"

#define OBJECT_TEXT_MAX 2048 /* bytes of the longest value, escapes included */

/* Writes the value as JSON has it, and so YAML: "text", 300, true, null. Of a field that is shown.
 */
void object_text_put(struct buf *b, const struct field_row *row, const void *object);

/* Writes a text in quotes, with what JSON and YAML want escaped; it must be clean UTF-8. */
void object_text_quote(struct buf *b, struct slice text);
