// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of the control socket: one line in, one line of JSON out.
 */
#pragma once

#include "sim/carrier.h"

#include <jansson.h>

/*
 * Does what the line says; `line` is cut into words. Gives a new reference:
 * the result, or {"error": TEXT}. NULL without memory.
 */
json_t *command_run(struct carrier *carrier, uint64_t now_us, char *line);
