// SPDX-License-Identifier: Apache-2.0
/*
 * Deliberate faults. All of them are 0 in the product. A test builds the simulator
 * with one of them set to 1 and passes if a campaign finds the fault
 * (test/mutant.sh, docs/simulator.md). This proves that the campaigns notice if
 * one of these rules is broken.
 *
 * Each constant stands in the one place where its rule is decided, as part of an
 * ordinary expression.
 */
#pragma once

/* A REGISTER leaves before its row in the ledger is durable. */
#ifndef BROKEN_LEDGER_TICKET
#define BROKEN_LEDGER_TICKET 0
#endif

/* Any 200 to a cancel counts as a proof, even if it still lists the Contact. */
#ifndef BROKEN_CANCEL_PROOF
#define BROKEN_CANCEL_PROOF 0
#endif

/* The Call-ID is random, so a restart begins another one. */
#ifndef BROKEN_CALL_ID
#define BROKEN_CALL_ID 0
#endif

/* A request that is given up is forgotten: it is never loose, and its response is dropped. */
#ifndef BROKEN_LATE_ANSWER
#define BROKEN_LATE_ANSWER 0
#endif

/* The branch does not contain the number of this start. */
#ifndef BROKEN_BRANCH_BOOT
#define BROKEN_BRANCH_BOOT 0
#endif

/* The key of a holding has the address that was asked instead of the upstream. */
#ifndef BROKEN_DEBT_KEY
#define BROKEN_DEBT_KEY 0
#endif

/* A response counts for the request that is outstanding now, not for that of its transaction. */
#ifndef BROKEN_JUDGED_BY_STATE
#define BROKEN_JUDGED_BY_STATE 0
#endif

/* A response that makes room in a full window does not wake the queue. */
#ifndef BROKEN_WINDOW_WAKE
#define BROKEN_WINDOW_WAKE 0
#endif

/* A request answers realms of earlier exchanges as well as those that this exchange asked for. */
#ifndef BROKEN_UNASKED_REALM
#define BROKEN_UNASKED_REALM 0
#endif

/* A refusal without a challenge is never repeated without the known nonce. */
#ifndef BROKEN_KNOWN_NONCE
#define BROKEN_KNOWN_NONCE 0
#endif

/* A refusal that lists our Contact as bound counts as not bound, as its status says. */
#ifndef BROKEN_REFUSAL_EVIDENCE
#define BROKEN_REFUSAL_EVIDENCE 0
#endif

/* A displaced registration counts as not bound: no cancel follows. */
#ifndef BROKEN_DISPLACED_CANCEL
#define BROKEN_DISPLACED_CANCEL 0
#endif

/* If a redirect leads to another upstream, the binding at the first one is forgotten. */
#ifndef BROKEN_REDIRECT_HOME
#define BROKEN_REDIRECT_HOME 0
#endif
