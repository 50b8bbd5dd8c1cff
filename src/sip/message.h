// SPDX-License-Identifier: Apache-2.0
/*
 * A SIP message as a table of slices into its datagram (RFC 3261 7). Parsing
 * splits it into start line, headers and body and reads what every message
 * needs to find its owner (Call-ID, CSeq); other values are parsed by whoever
 * asks for them. Nothing is copied: the table dies with the bytes.
 *
 * Folded lines stay folded inside a value; every reader of values takes a fold
 * for a space. Not here: framing of streams, and what a message means.
 */
#pragma once

#include "sip/error.h"
#include "sip/header.h"
#include "sip/list.h"
#include "sip/method.h"
#include "sip/via.h"

#define SIP_MESSAGE_MAX 65535 /* bytes */
#define SIP_HEADERS_MAX 128   /* header lines */

struct sip_header {
	enum sip_header_id id;
	struct slice name;
	struct slice value; /* trimmed; may hold folds and several list members */
};

struct sip_message {
	bool is_request;
	enum sip_method method; /* of a request's start line; of CSeq in a response */
	struct slice method_name;
	struct slice uri;     /* requests */
	unsigned status;      /* responses: 100 to 699 */
	struct slice reason;  /* responses */
	struct slice call_id; /* empty where missing */
	uint32_t cseq;
	enum sip_method cseq_method;
	struct slice cseq_method_name;
	struct slice body;
	struct slice bytes;       /* the whole */
	unsigned skipped;         /* responses: header lines that could not be read */
	const char *skipped_what; /* what was wrong with the first of them; static text */
	struct sip_via via;       /* the topmost */
	bool has_via;             /* it could be read */
	unsigned header_count;
	struct sip_header headers[SIP_HEADERS_MAX];
};

/*
 * Parses one datagram. Without Content-Length the body is the rest (RFC 3261
 * 18.3); bytes beyond Content-Length are ignored. Via, From, To, Call-ID and
 * CSeq must be there, Call-ID and CSeq must be well-formed and the CSeq method
 * of a request must be the request's.
 *
 * A header line of a response that cannot be read is skipped and counted: an
 * answer is not lost for a line that nobody asked for. That goes for a line
 * without name and colon or with a stray CR, and for a Content-Length that is no
 * number or stands twice; where two of them differ, the body ends with the
 * datagram. The five above must be whole and stand once in a response, too.
 * In a request every such line is an error.
 * ERR_SYNTAX, ERR_TRUNCATED (Content-Length beyond the end), ERR_LIMIT,
 * ERR_UNSUPPORTED (another SIP version); `error_r` says what and where.
 * Also on errors the table holds what was read so far, so that a request with
 * a readable Via can be answered 400.
 */
MUST_CHECK int sip_message_parse(
    struct slice bytes, struct sip_message *message_r, struct sip_error *error_r);

/* The `nth` (from 0) header line with this id, or NULL. */
const struct sip_header *sip_message_header(
    const struct sip_message *message, enum sip_header_id id, unsigned nth);

/* The value of the first header line with this id; empty where there is none. */
struct slice sip_message_value(const struct sip_message *message, enum sip_header_id id);

/*
 * Walks the comma-separated members of all header lines with this id, in order
 * (RFC 3261 7.3.1): begin with a zeroed cursor. False at the end. Commas inside
 * quotes and angle brackets do not separate. Not for Authorization and the
 * challenges, whose commas are their own.
 */
struct sip_list_cursor {
	unsigned header;
	struct slice rest;
};
bool sip_message_list(const struct sip_message *message, enum sip_header_id id,
    struct sip_list_cursor *cursor, struct slice *member_r);
