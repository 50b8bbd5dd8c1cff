// SPDX-License-Identifier: Apache-2.0
/*
 * The functions by which the core tells this room of its timers, and of events about
 * names, flows and the node's own network.
 */
#pragma once

#include "txn/part.h"

/* The `part` of these functions is a struct upstreams. */
extern const struct part_ops upstreams_ops;
