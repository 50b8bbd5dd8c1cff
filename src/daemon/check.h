// SPDX-License-Identifier: Apache-2.0
/*
 * Reading of the two files for people: their problems as lines, their errors as
 * exit codes. Changes nothing.
 */
#pragma once

#include "base/attr.h"
#include "config/node_config.h"
#include "config/objects.h"
#include "daemon/exit.h"
#include "daemon/options.h"

/* How a problem is shown: `regentd --check` prints it, a daemon logs it. */
typedef void (*check_tell_fn)(const char *line);

/* Prints to stderr with the program's name. */
void check_print(const char *line);

/* A line of the log, at level error. */
void check_log(const char *line);

/* Reads regent.yaml; all that is wrong is told. On EXIT_CODE_OK the caller frees the config. */
MUST_CHECK enum exit_code check_config(
    const char *path, check_tell_fn tell, struct node_config *config_r);

/* `regentd --check`: both files, then "ok". */
enum exit_code check_files(const struct options *options);
