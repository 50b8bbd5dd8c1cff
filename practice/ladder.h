// SPDX-License-Identifier: Apache-2.0
/*
 * One line for each message, as the practice upstream saw it: seconds since its
 * start, arrow (→ towards the upstream), what it is, whose it is.
 */
#pragma once

#include "base/slice.h"

void ladder_print(uint64_t age_us, bool received, struct slice bytes);
