// SPDX-License-Identifier: Apache-2.0
/*
 * The report of a stop, as last-stop.json has it, for people.
 */
#pragma once

#include "ctl/http.h"

/* Prints the report, or its JSON. CTL_DONE where nothing is owed, CTL_UNSETTLED, or CTL_REFUSED. */
enum ctl_exit stop_table_print(const struct ctl *ctl, const struct http_reply *report);
