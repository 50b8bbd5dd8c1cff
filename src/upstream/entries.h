// SPDX-License-Identifier: Apache-2.0
/*
 * What the core tells this room: its timers, and events about names, flows and the
 * node's own network. A `struct upstreams` is the part that is handed to them.
 */
#pragma once

#include "txn/part.h"

extern const struct part_ops upstreams_ops;
