// SPDX-License-Identifier: Apache-2.0
/*
 * The registrant's share in a stop. A stop that cancels hands every binding to a debt,
 * and lets all debts ask at once. A stop that keeps leaves registrations and debts to
 * the next start. Each of them is a row of the report.
 */
#pragma once

#include "registrant/context.h"

/* The functions for a stop; the `part` that they get is the struct registrant. */
extern const struct part_stop_ops handover_ops;
