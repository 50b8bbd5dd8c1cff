// SPDX-License-Identifier: Apache-2.0
/*
 * What becomes of registrations and debts when the node's own network changes
 * (registrant/network.h): an address of ours is gone, or a way that was not there
 * may be there again. Silence and missing ways are looked at again soon, debts
 * first, in bounded steps; what an upstream said (a rest, a rejection) stands. The
 * pace holds: all wait for their turn in the queues of their targets, and an
 * address that was silent gets one probe before the others.
 */
#pragma once

#include "registrant/context.h"
#include "upstream/network.h"

void rounds_timer(struct registrant *r);
