// SPDX-License-Identifier: Apache-2.0
/*
 * The workload of a stop: how many requests it will need of each address, and how long
 * that takes at the pace of a stop. The parts of the core add it up before they begin.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * How many requests the next one of this exchange will take at that target: two, with the answer
 * to a challenge, unless a good nonce is known.
 */
uint32_t workload_of(const struct exchange *exchange, const struct target *target);

/* Adds requests to a target; NULL: the target is not known yet. */
void workload_add(struct upstreams *u, struct target *target, uint32_t requests);

/* How long all requests take, in s, at the present pace (core->stop.mode). */
uint64_t workload_takes_s(const struct upstreams *u);
