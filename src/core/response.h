// SPDX-License-Identifier: Apache-2.0
/*
 * Responses to requests that no part of the core serves. Every request gets one,
 * so that a peer does not repeat it. They are stateless (RFC 3261 8.2.7): a
 * repeated request gets the same response.
 */
#pragma once

#include "base/map.h"
#include "effect/effect.h"
#include "sip/message.h"

struct response_context {
	struct outbox *outbox;
	struct hash_key key; /* for To tags */
	struct slice user_agent;
	bool is_stopping; /* OPTIONS and INVITE get 503 with Retry-After */
};

/* Answers one request; an ACK gets no response. */
void response_send(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow);

/* Answers 400 to a request that does not parse, if the headers that a response needs do. */
void response_malformed(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow, const struct sip_error *error);
