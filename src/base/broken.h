// SPDX-License-Identifier: Apache-2.0
/*
 * Deliberate faults. Every one of them is 0 in what is shipped; a test of the
 * simulator sets one to 1 in a build of its own, and is content when a campaign
 * finds it (test/mutant.sh, docs/simulator.md). So the campaigns are known to
 * see the rules that are left out here, and stay able to.
 *
 * Each stands in the one place where its rule lives, in an ordinary expression.
 */
#pragma once

/* A REGISTER leaves before its row in the ledger is durable. */
#ifndef BROKEN_LEDGER_TICKET
#define BROKEN_LEDGER_TICKET 0
#endif

/* Any 200 to a cancel is a proof, whatever Contacts it lists. */
#ifndef BROKEN_CANCEL_PROOF
#define BROKEN_CANCEL_PROOF 0
#endif

/* The Call-ID is drawn by lot, so a restart begins another one. */
#ifndef BROKEN_CALL_ID
#define BROKEN_CALL_ID 0
#endif

/* A request that is given up is forgotten: nobody reckons with its arrival, its answer is dropped.
 */
#ifndef BROKEN_LATE_ANSWER
#define BROKEN_LATE_ANSWER 0
#endif

/* The branch does not tell one start of the process from another. */
#ifndef BROKEN_BRANCH_BOOT
#define BROKEN_BRANCH_BOOT 0
#endif

/* Holdings, and so debts, are known by the address that was asked, not by the upstream. */
#ifndef BROKEN_DEBT_KEY
#define BROKEN_DEBT_KEY 0
#endif

/* An answer is taken for that to whatever is outstanding, not to its own transaction's request. */
#ifndef BROKEN_JUDGED_BY_STATE
#define BROKEN_JUDGED_BY_STATE 0
#endif

/* An answer that opens a full window wakes nobody. */
#ifndef BROKEN_WINDOW_WAKE
#define BROKEN_WINDOW_WAKE 0
#endif

/* Realms that an earlier exchange asked for are answered beside those that this one asks for. */
#ifndef BROKEN_UNASKED_REALM
#define BROKEN_UNASKED_REALM 0
#endif

/* What refuses known nonces without a challenge is taken at its word. */
#ifndef BROKEN_KNOWN_NONCE
#define BROKEN_KNOWN_NONCE 0
#endif

/* A refusal that lists our Contact as bound is taken for what its status says: not bound. */
#ifndef BROKEN_REFUSAL_EVIDENCE
#define BROKEN_REFUSAL_EVIDENCE 0
#endif

/* One that is displaced is taken for one that holds nothing: no cancel follows. */
#ifndef BROKEN_DISPLACED_CANCEL
#define BROKEN_DISPLACED_CANCEL 0
#endif

/* Where a redirect leads away, what home has granted is forgotten. */
#ifndef BROKEN_REDIRECT_HOME
#define BROKEN_REDIRECT_HOME 0
#endif
