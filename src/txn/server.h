// SPDX-License-Identifier: Apache-2.0
/*
 * Non-INVITE server transactions (RFC 3261 17.2.2, RFC 4320), for requests that must
 * not be processed again when they are repeated. The response is kept and sent again
 * until timer J ends after 64 times T1, when no repetition can come any more. On a
 * reliable transport timer J is 0: there the response is not kept.
 *
 * Peers decide how many there are, so their number and bytes have caps. A response
 * that depends on the request alone, such as a challenge, needs no transaction
 * (RFC 3261 8.2.7): so a flood of unauthenticated requests takes no memory. At the
 * cap, a request that needs a transaction gets 503 with Retry-After, and nothing else
 * is done for it: without a transaction it would be done again for each repetition.
 */
#pragma once

#include "effect/core_context.h"
#include "sip/message.h"
#include "txn/txn.h"

#define SERVER_SHORT_SIZE 1024 /* bytes; most responses are shorter */
#define SERVER_LONG_SIZE  8192 /* bytes; a longer response is not kept */

#define SIP_TJ_US (64 * SIP_T1_US) /* timer J: until then a repetition may come */

/*
 * RFC 4320 4.1: over an unreliable transport no 100 is sent before the client's timer E has
 * risen to T2.
 */
#define SERVER_TRYING_US (7 * SIP_T1_US)

struct servers;

struct servers_config {
	uint32_t cap;        /* transactions; one in eight may keep a long response */
	struct hash_key key; /* random, so that peers cannot choose keys that collide */
};

/* The caller keeps the core's context until servers_free(). NULL without memory. */
struct servers *servers_new(const struct servers_config *config, struct core_context *core);
void servers_free(struct servers **servers);

/* Two requests with the same key are the same request; made of keyed hashes. */
#define SERVER_KEY_PARTS 7
struct server_key {
	uint64_t parts[SERVER_KEY_PARTS];
};

/*
 * True if the request repeats one that has a transaction (RFC 3261 17.2.3). The caller does
 * nothing then: if there is a response, it has been sent again, to `flow`. Else `key_r` is for
 * server_begin(). Not for ACK and INVITE.
 *
 * If the branch has the magic cookie, the key is branch, sent-by, method, Call-ID and CSeq. The
 * last two are not in the RFC: they keep apart two phones behind NATs that have the same private
 * address and a weak random generator. Without the cookie the key is that of RFC 2543:
 * Request-URI, From, To, Call-ID, CSeq and Via.
 */
bool servers_repeated(struct servers *servers, const struct sip_message *request,
    const struct flow *flow, struct server_key *key_r);

/*
 * Begins a transaction for a request that came on this flow. The caller calls server_answer(), or
 * server_defer() first. Without an answer the transaction ends after 64 times T1. ERR_FULL: the
 * number of transactions is at its cap.
 */
MUST_CHECK int server_begin(struct servers *servers, const struct server_key *key,
    const struct flow *flow, pool_handle *server_r);

/*
 * The answer will take a while. If there is none within SERVER_TRYING_US of server_begin(), a 100
 * to `request`, the same request, is sent (RFC 4320 4.1). If there is none at all, nothing else is
 * sent, not even a 408 (RFC 4320 4.2).
 */
void server_defer(struct servers *servers, pool_handle server, const struct sip_message *request);

/*
 * Sends the final response and keeps a copy. ERR_STATE: nothing was sent, because the transaction
 * has ended or was answered before (RFC 4320 4.2). ERR_LIMIT, ERR_FULL: the response was sent but
 * could not be kept, because it is too long or no buffer is free. The transaction has ended then,
 * so a repetition counts as a new request.
 */
MUST_CHECK int server_answer(struct servers *servers, pool_handle server, struct slice response);

/* A timer of the kind TIMER_SERVER is due: sends the 100 of server_defer(), or ends the
 * transaction. */
void servers_timer(struct servers *servers, struct wheel_node *node);

/* The number of transactions. */
uint32_t servers_count(const struct servers *servers);
