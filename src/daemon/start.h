// SPDX-License-Identifier: Apache-2.0
/*
 * From the command line to a running daemon and back: the parts are opened in
 * one order, each failure has one message and its own exit code, and what was
 * opened is closed in the opposite order.
 */
#pragma once

#include "daemon/exit.h"
#include "daemon/options.h"

/* Runs the daemon until it has stopped. */
enum exit_code start_run(const struct options *options);
