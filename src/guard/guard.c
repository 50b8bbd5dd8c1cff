// SPDX-License-Identifier: Apache-2.0
/*
 * The guard.
 */
#include "guard/guard.h"
