// SPDX-License-Identifier: Apache-2.0
/*
 * What the parsers of this folder share: classes of characters, a cursor over
 * a value, quoted strings, and the report of an error. Only for sip/.
 *
 * Linear white space (LWS, RFC 3261 25.1) is taken leniently: CR and LF count
 * as spaces, since within a value they only occur in folds.
 */
#pragma once

#include "sip/error.h"

enum sip_class {
	SIP_CHAR_TOKEN = 1, /* token */
	SIP_CHAR_USER = 2,  /* a user part may hold it unescaped */
	SIP_CHAR_HOST = 4,  /* host names and IPv4; '_' too, which peers use */
	SIP_CHAR_PARAM = 8, /* parameter names; values may hold '=' besides */
	SIP_CHAR_TEXT = 16, /* every visible character except '"', '\\', '<', '>' */
	SIP_CHAR_LWS = 32,
	SIP_CHAR_HEX = 64,
	SIP_CHAR_DIGIT = 128,
};

extern const uint8_t sip_char_classes[256];

static inline bool sip_char_is(char c, unsigned classes)
{
	return sip_char_classes[(unsigned char)c] & classes;
}

/* The value of a hexadecimal digit; `c` must be SIP_CHAR_HEX. */
static inline unsigned sip_hex_value(char c)
{
	return sip_char_is(c, SIP_CHAR_DIGIT) ? (unsigned)(c - '0')
	                                      : (unsigned)((c | 0x20) - 'a' + 10);
}

/* A cursor: `p` is the position in the text from `start` to `end`. */
struct sip_lex {
	const char *start, *p, *end;
};

static inline struct sip_lex sip_lex_over(struct slice text)
{
	const char *start = text.p ? text.p : "";

	return (struct sip_lex){start, start, start + text.n};
}

static inline bool sip_lex_done(const struct sip_lex *lex)
{
	return lex->p == lex->end;
}

static inline size_t sip_lex_offset(const struct sip_lex *lex)
{
	return (size_t)(lex->p - lex->start);
}

static inline bool sip_lex_at(const struct sip_lex *lex, char c)
{
	return lex->p < lex->end && *lex->p == c;
}

/* Steps over `c`; false where something else stands there. */
static inline bool sip_lex_take(struct sip_lex *lex, char c)
{
	bool there = sip_lex_at(lex, c);

	lex->p += there;
	return there;
}

/*
 * Steps over the characters of `classes` and returns them. The loop keeps the position in a
 * local variable, so that no character costs a load and a store of the cursor.
 */
static inline struct slice sip_lex_run(struct sip_lex *lex, unsigned classes)
{
	const char *from = lex->p, *p = from, *end = lex->end;

	while (p < end && sip_char_is(*p, classes))
		p++;
	lex->p = p;
	return slice_make(from, (size_t)(p - from));
}

static inline void sip_lex_lws(struct sip_lex *lex)
{
	(void)sip_lex_run(lex, SIP_CHAR_LWS);
}

static inline struct slice sip_lex_rest(const struct sip_lex *lex)
{
	return slice_make(lex->p, (size_t)(lex->end - lex->p));
}

/*
 * Steps over a quoted string; `inner_r` is the text between its quotes, escapes
 * kept. The cursor must stand on the opening quote. ERR_SYNTAX if the string does
 * not end, or holds a CR or LF that is no fold: we send the text on in other
 * messages, where a line end would begin a header.
 */
MUST_CHECK int sip_lex_quoted(struct sip_lex *lex, struct slice *inner_r);

/* Reads the port that stands here: 1 to 65535. ERR_SYNTAX, ERR_RANGE. */
MUST_CHECK int sip_lex_port(struct sip_lex *lex, uint16_t *port_r);

/* Steps over a host: name, IPv4 address, IPv6 reference. ERR_SYNTAX. */
MUST_CHECK int sip_lex_host(struct sip_lex *lex, struct slice *host_r);

/* Fills `*error_r` unless it is NULL, and returns `code`. `what` must be a static text. */
int sip_fail(struct sip_error *error_r, int code, const char *what, size_t offset);
