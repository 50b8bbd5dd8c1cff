// SPDX-License-Identifier: Apache-2.0
/*
 * A SIP message as a table of slices into its datagram (RFC 3261 7). The parser
 * splits it into start line, headers and body, and reads the values that find the
 * message's owner: the topmost Via, Call-ID and CSeq. The users of other values
 * parse them. Nothing is copied: the table is valid as long as the bytes are.
 *
 * A folded line stays folded inside its value; every parser of values reads a fold
 * as a space. Not here: framing of streams, and the meaning of a message.
 */
#pragma once

#include "sip/error.h"
#include "sip/header.h"
#include "sip/list.h"
#include "sip/method.h"
#include "sip/via.h"

#define SIP_MESSAGE_MAX 65535 /* bytes */
#define SIP_HEADERS_MAX 1024  /* header lines: a registrar may list hundreds of Contacts */

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
	struct slice bytes;       /* the whole message */
	unsigned skipped;         /* responses: number of header lines that could not be read */
	const char *skipped_what; /* what was wrong with the first of them; static text */
	struct sip_via via;       /* the topmost one; valid if has_via */
	bool has_via;             /* the topmost Via could be parsed */
	unsigned header_count;
	struct sip_header headers[SIP_HEADERS_MAX];
};

/*
 * Parses one datagram. Without Content-Length the body is the rest (RFC 3261
 * 18.3); bytes beyond Content-Length are ignored. Via, From, To, Call-ID and
 * CSeq must be there; all but Via must stand once; Call-ID and CSeq must be
 * well-formed. The CSeq method of a request must be the request's method.
 *
 * A response is not lost because of a header line that nobody asked for: a line
 * that cannot be read is skipped and counted. Such a line has no name and colon,
 * or a stray CR, or it is a Content-Length that is no number or stands twice. If
 * two Content-Lengths differ, the body ends with the datagram. In a request every
 * such line is an error.
 *
 * ERR_SYNTAX; ERR_TRUNCATED (no end of the headers, or Content-Length beyond the
 * end); ERR_LIMIT (SIP_MESSAGE_MAX or SIP_HEADERS_MAX exceeded); ERR_UNSUPPORTED
 * (another SIP version). `error_r` may be NULL; it says what is wrong and where.
 * On an error, too, the table holds what could be read, so that a request with a
 * readable Via can be answered 400.
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
 * (RFC 3261 7.3.1). Begin with a zeroed cursor. False at the end. Commas inside
 * quotes and angle brackets do not separate. Not for Authorization and the
 * challenges: commas separate their parameters.
 */
struct sip_list_cursor {
	unsigned header;
	struct slice rest;
};
bool sip_message_list(const struct sip_message *message, enum sip_header_id id,
    struct sip_list_cursor *cursor, struct slice *member_r);
