// SPDX-License-Identifier: Apache-2.0
/*
 * Probes (RG_PROBE) check whether upstream still has a binding: an upstream that
 * restarted and lost it is found before calls are missed. If upstream lists our
 * Contact, a probe is a fetch: a REGISTER without Contact (RFC 3261 10.2.3).
 * Otherwise it is an OPTIONS to our own AOR, which has to come back to us.
 *
 * Silence to a probe says nothing, of the binding or of the address. An answer
 * without our binding makes us register again, once for each probe. An upstream that
 * answers so again and again, although it has just bound us, is not probed in that
 * way any more.
 */
#pragma once

#include "registrant/registration.h"
#include "upstream/exchange.h"

/* The functions for exchanges of HOLDER_PROBE. */
const struct exchange_ops *probe_ops(void);

/* The registration is bound: sets its timer for the next probe, or for the refresh if sooner. */
void probe_schedule(struct registrant *r, struct registration *registration);

/* At its timer while it is bound: true if the refresh is due; else a probe began or ended. */
bool probe_timer(struct registrant *r, struct registration *registration);

/* Call it when parameters change: if RG_PROBE has, all that are bound follow it from now on. */
void probe_reschedule_all(struct registrant *r);

/* The request of this transaction came back to us: an OPTIONS that was sent to our own AOR. */
void probe_came_back(struct registrant *r, const struct txn *txn);
