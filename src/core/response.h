// SPDX-License-Identifier: Apache-2.0
/*
 * Responses to requests that no part of the core serves. Every request gets one,
 * so that a peer does not repeat it. They are stateless (RFC 3261 8.2.7): a
 * repeated request gets the same response.
 */
#pragma once

#include "effect/core_context.h"
#include "sip/message.h"

/* Answers one request; an ACK gets no response. During a stop OPTIONS and INVITE get 503. */
void response_send(
    const struct core_context *core, const struct sip_message *request, const struct flow *flow);

/*
 * Answers a request that does not parse, if the headers that a response needs do: 505 to another
 * version of SIP, else 400. `rc` and `error` are those of sip_message_parse().
 */
void response_malformed(const struct core_context *core, const struct sip_message *request,
    const struct flow *flow, int rc, const struct sip_error *error);
