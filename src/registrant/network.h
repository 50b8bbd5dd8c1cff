// SPDX-License-Identifier: Apache-2.0
/*
 * What becomes of registrations and debts when the node's own network changes:
 * an address of ours is gone, or a way that was not there may be there again.
 * Silence and missing ways are looked at again soon, debts first, in bounded
 * steps; what an upstream said (a rest, a rejection) stands. The pace holds: all
 * wait for their turn in the queues of their targets, and an address that was
 * silent gets one probe before the others.
 */
#pragma once

#include "registrant/context.h"

struct target;

/* The event: flows that were chosen before are chosen anew when they are needed next. */
void network_changed(struct registrant *r, bool is_back);

/*
 * Nothing leaves from that address any more; without a family it may be any. Whoever is bound
 * over it begins anew, with the Contact that follows from the way there is now.
 */
void network_address_gone(struct registrant *r, const struct netaddr *address);

/* An address that was silent answers: whoever met its silence does not wait any longer. */
void network_target_answers(struct registrant *r);

void network_timer(struct registrant *r);
