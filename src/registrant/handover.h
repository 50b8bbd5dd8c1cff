// SPDX-License-Identifier: Apache-2.0
/*
 * The registrant's share in a stop. A stop that cancels hands every binding to a debt
 * and has all debts asked at once; a stop that keeps leaves registrations and debts to
 * the next start. Each of them is a row of the report.
 */
#pragma once

#include "registrant/context.h"

/* A `struct registrant` is the part that is handed to them. */
extern const struct part_stop_ops handover_ops;
