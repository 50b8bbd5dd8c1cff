// SPDX-License-Identifier: Apache-2.0
/*
 * Responses without a transaction (RFC 3261 8.2.7): nothing is kept, and a repeated
 * request gets the same response, made anew.
 */
#pragma once

#include "effect/core_context.h"
#include "sip/message.h"

#define STATELESS_SIZE 16384 /* bytes of the longest response */

/*
 * Begins a response: everything that the request decides, and a To tag that follows from it.
 * `b` is over STATELESS_SIZE bytes of the caller's. An empty `reason` means the standard phrase.
 * Headers may follow.
 */
void stateless_begin(const struct core_context *core, struct buf *b,
    const struct sip_message *request, const struct flow *flow, unsigned status,
    struct slice reason);

/* Ends it, for one that is sent later. False: it is longer than its buffer. */
bool stateless_end(const struct core_context *core, struct buf *b);

/*
 * Ends it and sends it where stateless_way() leads. False: it is longer than its buffer, and
 * nothing was sent.
 */
bool stateless_send(const struct core_context *core, struct buf *b,
    const struct sip_message *request, const struct flow *flow);

/* The same with one more header line, which ends in CRLF or is empty. */
void stateless_answer(const struct core_context *core, const struct sip_message *request,
    const struct flow *flow, unsigned status, struct slice line);

/*
 * Where the response to a request that came on `flow` goes (RFC 3261 18.2.2, RFC 3581 4). Over a
 * stream that is the flow itself. Over UDP it is `maddr`; else, with rport, the source; else the
 * address of the source with the port of the Via. A Via that names another address than the source
 * was written behind a NAT: its port is no use, so the source port stands there, too.
 */
struct flow stateless_way(const struct sip_message *request, const struct flow *flow);
