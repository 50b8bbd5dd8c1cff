// SPDX-License-Identifier: Apache-2.0
/*
 * Follows a registration after an edit until it is known what came of it.
 */
#pragma once

#include "ctl/ctl.h"

/* True where `ctl` asks for it: --wait, or people at a terminal. */
bool follow_is_wanted(const struct ctl *ctl);

/*
 * Shows each state until the registration is up or in trouble, for 40 s at most.
 * CTL_DONE where it is up or switched off, CTL_UNSETTLED where it is not, and why is told.
 */
enum ctl_exit follow_registration(const struct ctl *ctl, const char *name);
