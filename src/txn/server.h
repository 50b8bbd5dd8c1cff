// SPDX-License-Identifier: Apache-2.0
/*
 * Non-INVITE server transactions (RFC 3261 17.2.2, RFC 4320): a request whose
 * answer must not be found anew for each repetition. What was answered is kept and
 * sent again until timer J, 64 times T1, says that no repetition can come any more.
 * On a reliable transport timer J is 0: nothing is kept there.
 *
 * A peer makes these grow, so they are bounded in number and bytes. A challenge, and
 * whatever else depends on the request alone, is better answered without one
 * (RFC 3261 8.2.7): then a flood of requests that nobody has authenticated takes no
 * memory. What does take one at the cap is answered 503 with Retry-After, without a
 * transaction and before anything is done for it: done without one, it would be done
 * again for each repetition.
 */
#pragma once

#include "effect/core_context.h"
#include "sip/message.h"
#include "txn/txn.h"

#define SERVER_SHORT_SIZE 1024 /* bytes of an answer that is kept; most are shorter */
#define SERVER_LONG_SIZE  8192 /* the longest that is kept: a 200 with many Contacts */

#define SIP_TJ_US (64 * SIP_T1_US) /* timer J: a repetition may still come */

/* RFC 4320 4.1: until a client's timer E has risen to T2, no 100 over an unreliable transport. */
#define SERVER_TRYING_US (7 * SIP_T1_US)

struct servers;

struct servers_config {
	uint32_t cap;        /* transactions; one in eight may keep a long answer */
	struct hash_key key; /* random, so that peers cannot choose what collides */
};

/* The core's context outlives it. NULL without memory. */
struct servers *servers_new(const struct servers_config *config, struct core_context *core);
void servers_free(struct servers **servers);

/* What tells a request from all others, of fixed size: hashes under the table's key. */
#define SERVER_KEY_PARTS 7
struct server_key {
	uint64_t parts[SERVER_KEY_PARTS];
};

/*
 * True where this is the repetition of a request that has a transaction (RFC 3261 17.2.3): what
 * was answered is sent again, to where the repetition came from, and nothing is left to do. Else
 * `key_r` is for server_begin(). Not for ACK and INVITE.
 *
 * A branch with the magic cookie is compared with sent-by and method. So are Call-ID and CSeq:
 * a true repetition has them, and two phones behind NATs that share a private address and a weak
 * generator do not get each other's answers. Without the cookie it is by RFC 2543: Request-URI,
 * From, To, Call-ID, CSeq and Via.
 */
bool servers_repeated(struct servers *servers, const struct sip_message *request,
    const struct flow *flow, struct server_key *key_r);

/*
 * A transaction for a request that came on this flow; server_answer() or server_defer() follows.
 * One that is never answered ends after 64 times T1. ERR_FULL: at the cap.
 */
MUST_CHECK int server_begin(struct servers *servers, const struct server_key *key,
    const struct flow *flow, pool_handle *server_r);

/*
 * The answer takes longer. `request` is what server_begin() was called for; if nothing is answered
 * until SERVER_TRYING_US have passed, a 100 is sent, as RFC 4320 4.1 demands. If nothing is
 * answered at all, nothing more is sent: no 408 (RFC 4320 4.2).
 */
void server_defer(struct servers *servers, pool_handle server, const struct sip_message *request);

/*
 * The final response, sent and kept. ERR_STATE: the transaction has ended, or was answered before;
 * nothing is sent, since nobody waits for it any more (RFC 4320 4.2). ERR_LIMIT, ERR_FULL: sent,
 * but too long to be kept, or no buffer is free; a repetition is taken for a new request then.
 */
MUST_CHECK int server_answer(struct servers *servers, pool_handle server, struct slice response);

/* A timer of the kind TIMER_SERVER is due. */
void servers_timer(struct servers *servers, struct wheel_node *node);

/* Transactions that live. */
uint32_t servers_count(const struct servers *servers);
