// SPDX-License-Identifier: Apache-2.0
/*
 * Answers to requests that arrive and that nobody here serves yet: never
 * silence to a peer that asks (PRODUCT: requests from upstream are answered).
 * Stateless (RFC 3261 8.2.7): a repeated request gets the same answer.
 */
#pragma once

#include "base/map.h"
#include "effect/effect.h"
#include "sip/message.h"

struct response_context {
	struct outbox *outbox;
	struct hash_key key; /* for To tags */
	struct slice user_agent;
	bool is_stopping;
};

/* Answers one request; ACK gets none. */
void response_send(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow);

/* Answers 400 to a request that does not parse, where its Via and From can be read. */
void response_malformed(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow, const struct sip_error *error);
