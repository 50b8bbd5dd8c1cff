// SPDX-License-Identifier: Apache-2.0
/*
 * Writes messages into a bounded buffer, line by line; the caller checks
 * `buf.full` once at the end.
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

/* "Name: " alone, for a value that is then appended; end it with sip_put_crlf(). */
void sip_put_header_name(struct buf *b, enum sip_header_id id);
void sip_put_crlf(struct buf *b);

/* Content-Length, the empty line and the body. */
void sip_put_body(struct buf *b, struct slice body);

/*
 * Begins the response to a request: status line, every Via with `received` and
 * `rport` filled into the topmost (RFC 3261 18.2.1, RFC 3581 4), From, To with
 * `to_tag` added where it had none and `to_tag` is not empty, Call-ID, CSeq.
 * An empty `reason` means the standard phrase. Headers may follow, then sip_put_body().
 */
void sip_put_response(struct buf *b, const struct sip_message *request,
    const struct netaddr *source, unsigned status, struct slice reason, struct slice to_tag);
