// SPDX-License-Identifier: Apache-2.0
/*
 * Objects by name: their paths in the API, and the name that was probably meant if
 * there is none of a name. A command says in its table which kind it is about.
 */
#pragma once

#include "ctl/http.h"

#define NAME_PATH_MAX 512

/* "/api/v1/registrations", and `query` ("?debts=1") behind it. */
const char *name_all(const struct ctl *ctl, const char *query, char path[NAME_PATH_MAX]);

/* "/api/v1/registrations/NAME", and `what` ("/refresh") behind it; the name is escaped. */
const char *name_path(
    const struct ctl *ctl, const char *name, const char *what, char path[NAME_PATH_MAX]);

/* The same under "/api/v1/PLURAL". */
const char *name_under(
    const char *plural, const char *name, const char *what, char path[NAME_PATH_MAX]);

/* As http_complain(), with a suggestion if there is no object of the name. */
enum ctl_exit name_complain(
    const struct ctl *ctl, const struct http_reply *reply, const char *name);
