// SPDX-License-Identifier: Apache-2.0
/*
 * Secrets of regentctl: the token of the API, and a registration's password. They
 * come from the environment, a file, standard input or the terminal, never from
 * the command line, where everybody on the machine reads them.
 */
#pragma once

#include "ctl/ctl.h"

#define SECRET_MAX 512

/* The token from `file` where one is named, else $REGENT_TOKEN, else NULL; said where it fails. */
MUST_CHECK enum ctl_exit secret_token(const char *file, const char **token_r);

/* The first line of a file without its end; false after having said why not. */
MUST_CHECK bool secret_read_file(const char *path, char secret_r[SECRET_MAX]);

/*
 * A line from the terminal without echo, after `prompt`, or from standard input where
 * that is none; false after having said why not.
 */
MUST_CHECK bool secret_ask(const char *prompt, char secret_r[SECRET_MAX]);
