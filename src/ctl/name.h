// SPDX-License-Identifier: Apache-2.0
/*
 * Registrations by name: their paths in the API, and what was probably meant
 * where there is none of a name.
 */
#pragma once

#include "ctl/http.h"

#define NAME_PATH     "/api/v1/registrations"
#define NAME_PATH_MAX 512

/* "/api/v1/registrations/NAME", and `what` ("/refresh") behind it; the name is escaped. */
const char *name_path(const char *name, const char *what, char path[NAME_PATH_MAX]);

/* As http_complain(), and with a suggestion where there is no registration of the name. */
enum ctl_exit name_complain(
    const struct ctl *ctl, const struct http_reply *reply, const char *name);
