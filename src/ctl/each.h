// SPDX-License-Identifier: Apache-2.0
/*
 * The same request for each object that is named on the command line.
 */
#pragma once

#include "ctl/http.h"

struct each {
	const char *method;
	const char *what;     /* behind the object's path, "/refresh"; "" for nothing */
	const json_t *object; /* the body; NULL without */
	const char *done;     /* said of each that succeeded */
};

/* Goes on to the next name if one is refused. Gives the worst exit code. */
enum ctl_exit each_do(const struct ctl *ctl, const struct each *each);
