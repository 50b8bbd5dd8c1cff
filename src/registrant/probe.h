// SPDX-License-Identifier: Apache-2.0
/*
 * Probes (RG_PROBE): looks whether upstream still has a binding, so that one
 * which restarted and forgot is found before calls are missed. A fetch, which
 * is a REGISTER without Contact (RFC 3261 10.2.3), where upstream lists what it
 * has; else OPTIONS to our own AOR, which have to come back to us.
 *
 * Whatever a probe meets, it ends no binding and is no evidence against an
 * address: silence says nothing, and only an answer without our binding has it
 * registered again, once for each probe. An upstream that says so again and
 * again although it has just bound us is not asked that way any more.
 */
#pragma once

#include "registrant/registration.h"
#include "upstream/exchange.h"

/* The functions for exchanges of HOLDER_PROBE. */
const struct exchange_ops *probe_ops(void);

/* A registration is bound until `refresh_us`: sets its timer, for a probe or for that. */
void probe_schedule(struct registrant *r, struct registration *registration);

/* Its timer while it is bound: true where the refresh is due, else a probe began or ended. */
bool probe_timer(struct registrant *r, struct registration *registration);

/* RG_PROBE changed: those that are bound follow it from now on. */
void probe_reschedule_all(struct registrant *r);

/* A request of this transaction came back to us: OPTIONS that were sent to our own AOR. */
void probe_came_back(struct registrant *r, const struct txn *txn);
