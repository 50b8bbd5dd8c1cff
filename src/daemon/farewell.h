// SPDX-License-Identifier: Apache-2.0
/*
 * `regentd farewell`: what to do where a regentd was killed and none comes back.
 * A start that wants nothing, followed by a stop: everything the ledger holds is
 * cancelled, and reported. It gives way to a regentd that starts.
 */
#pragma once

#include "daemon/exit.h"
#include "daemon/options.h"

enum exit_code farewell_run(const struct options *options);
