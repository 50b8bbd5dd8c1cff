// SPDX-License-Identifier: Apache-2.0
/*
 * The program's tables for other programs: documentation, completion and forms
 * are made from them, nothing parses C. Grows with each table that code reads.
 */
#pragma once

#include "base/attr.h"

#include <stdio.h>

/* All tables as one JSON document. ERR_MEMORY. */
MUST_CHECK int tables_print(FILE *file);

/* Bytes per object of the core, one a line. */
void tables_print_sizes(FILE *file);
