// SPDX-License-Identifier: Apache-2.0
/*
 * Writes messages into a bounded buffer, line by line. The caller checks
 * `buf.full` once at the end. CR and LF in a value are left out.
 */
#pragma once

#include "base/buf.h"
#include "sip/message.h"
#include "sip/via.h"

/* "METHOD uri SIP/2.0" */
void sip_put_request_line(struct buf *b, enum sip_method method, struct slice uri);

/* "Name: value" */
void sip_put_header(struct buf *b, enum sip_header_id id, struct slice value);
void sip_put_header_u64(struct buf *b, enum sip_header_id id, uint64_t value);

/* "Name: " alone: the caller appends the value and ends the line with sip_put_crlf(). */
void sip_put_header_name(struct buf *b, enum sip_header_id id);
void sip_put_crlf(struct buf *b);

/* Writes Content-Length, the empty line and the body. */
void sip_put_body(struct buf *b, struct slice body);

/*
 * Begins the response to a request: status line, all Vias, From, To, Call-ID, CSeq.
 * The topmost Via gets `received` and `rport` from `source`, unless that has no
 * family (RFC 3261 18.2.1, RFC 3581 4). To gets `to_tag` if it has no tag and
 * `to_tag` is not empty. An empty `reason` means the standard phrase. `status` is
 * 100 to 699. The caller may append headers, and ends with sip_put_body().
 */
void sip_put_response(struct buf *b, const struct sip_message *request,
    const struct netaddr *source, unsigned status, struct slice reason, struct slice to_tag);
