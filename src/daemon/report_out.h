// SPDX-License-Identifier: Apache-2.0
/*
 * The report of a stop on its way out: to the disk and, where it is whole, to
 * stdout. A disk that hangs or a terminal that is paused holds up no end.
 */
#pragma once

#include "daemon/report.h"

/*
 * Takes the report over, and waits at most so long until it is out. False where
 * it is not by then: whoever writes it goes on until the process ends.
 */
bool report_out(
    struct report **report, const struct state_dir *dir, bool is_printed, int64_t timeout_ms);
