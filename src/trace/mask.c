// SPDX-License-Identifier: Apache-2.0
/*
 * Masks header by header, with their folded lines. A body is copied as it is.
 */
#include "trace/mask.h"

#include "sip/header.h"

#define MASKED SLICE("***")

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void put_cut(struct buf *b, struct slice text)
{
	size_t room = b->cap - b->n;

	buf_put(b, slice_make(text.p, text.n < room ? text.n : room));
}

/* Takes the first `n` bytes off `rest`. */
static struct slice take(struct slice *rest, size_t n)
{
	struct slice taken = slice_make(rest->p, n);

	*rest = slice_skip(*rest, n);
	return taken;
}

static struct slice take_line(struct slice *rest)
{
	ptrdiff_t end = slice_find(*rest, '\n');

	return take(rest, end < 0 ? rest->n : (size_t)end + 1);
}

/* Takes a header with its folded lines, line ends included. */
static struct slice take_header(struct slice *rest)
{
	struct slice header = take_line(rest);

	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t'))
		header.n += take_line(rest).n;
	return header;
}

static struct slice take_blanks(struct slice *rest)
{
	size_t n = 0;

	while (n < rest->n && is_blank(rest->p[n]))
		n++;
	return take(rest, n);
}

/* Takes the text before the first of the characters `ends`, or all. */
static struct slice take_until(struct slice *rest, const char *ends)
{
	size_t n = 0;

	while (n < rest->n && (rest->p[n] == '\0' || !strchr(ends, rest->p[n])))
		n++;
	return take(rest, n);
}

/* Takes a quoted string with its quotes; if it does not end, all. */
static struct slice take_quoted(struct slice *rest)
{
	size_t n = 1;

	while (n < rest->n && rest->p[n] != '"')
		n += rest->p[n] == '\\' ? 2 : 1;
	return take(rest, n < rest->n ? n + 1 : rest->n);
}

enum showing { SHOW_NOTHING, SHOW_NAME, SHOW_BOTH };

/* A parameter is shown whole only if it is of no use without the password. */
static enum showing showing_of(struct slice name)
{
	static const char *const names[] = {"algorithm", "cnonce", "nc", "nextnonce", "nonce",
	    "opaque", "qop", "realm", "stale", "uri", "username"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal_nocase(name, slice_of(names[i])))
			return SHOW_BOTH;
	if (slice_equal_nocase(name, SLICE("response")) ||
	    slice_equal_nocase(name, SLICE("rspauth")))
		return SHOW_NAME;
	return SHOW_NOTHING;
}

static void put_value(struct buf *b, struct slice *rest, bool shown)
{
	struct slice value;

	put_cut(b, take_blanks(rest));
	value = rest->n > 0 && *rest->p == '"' ? take_quoted(rest) : take_until(rest, ", \t\r\n");
	put_cut(b, shown ? value : MASKED);
}

/* Masks a text, but keeps the blanks behind it, which may end the line. */
static void put_masked(struct buf *b, struct slice text)
{
	size_t n = text.n;

	while (n > 0 && is_blank(text.p[n - 1]))
		n--;
	if (n > 0)
		put_cut(b, MASKED);
	put_cut(b, slice_skip(text, n));
}

/* Reads `name=value, …` and masks everything that is no such pair. */
static void put_pairs(struct buf *b, struct slice rest)
{
	while (rest.n > 0) {
		enum showing showing;
		struct slice name;

		put_cut(b, take_blanks(&rest));
		name = take_until(&rest, "=,");
		if (rest.n > 0 && *rest.p == '=') {
			showing = showing_of(slice_trim(name));
			put_cut(b, showing == SHOW_NOTHING ? MASKED : name);
			put_cut(b, take(&rest, 1));
			put_value(b, &rest, showing == SHOW_BOTH);
			/* Text between a value and its comma is no part of a pair. */
			put_masked(b, take_until(&rest, ","));
		} else {
			put_masked(b, name);
		}
		if (rest.n > 0)
			put_cut(b, take(&rest, 1));
	}
}

static void put_credentials(struct buf *b, struct slice rest)
{
	struct slice scheme;

	put_cut(b, take_blanks(&rest));
	scheme = take_until(&rest, " \t\r\n,=");
	if (slice_equal_nocase(scheme, SLICE("Digest"))) {
		put_cut(b, scheme);
		put_pairs(b, rest);
		return;
	}
	/* A single word is no scheme, but may be the secret itself. */
	if (slice_trim(rest).n > 0)
		put_cut(b, scheme);
	put_cut(b, SLICE(" ***\r\n"));
}

/* Finds the password in "user:password@host", the text behind "sip:". */
static bool find_password(struct slice user, size_t *from_r, size_t *to_r)
{
	bool has_colon = false;

	for (size_t i = 0; i < user.n && !is_blank(user.p[i]) && !strchr("<>\"", user.p[i]); i++) {
		if (user.p[i] == ':' && !has_colon) {
			has_colon = true;
			*from_r = i + 1;
		} else if (user.p[i] == '@') {
			*to_r = i;
			return has_colon;
		}
	}
	return false;
}

static bool ends_with_scheme(struct slice text)
{
	struct slice tail = slice_skip(text, text.n < 4 ? 0 : text.n - 4);

	return slice_equal_nocase(tail, SLICE("sip:")) || slice_equal_nocase(tail, SLICE("ips:"));
}

static void put_plain(struct buf *b, struct slice rest)
{
	size_t n = 0, from, to;

	while (n < rest.n) {
		n++;
		if (rest.p[n - 1] != ':' || !ends_with_scheme(slice_make(rest.p, n)) ||
		    !find_password(slice_skip(rest, n), &from, &to))
			continue;
		put_cut(b, take(&rest, n + from));
		put_cut(b, MASKED);
		take(&rest, to - from);
		n = 0;
	}
	put_cut(b, rest);
}

static void put_header(struct buf *b, struct slice header)
{
	ptrdiff_t colon = slice_find(header, ':');
	struct slice name = slice_make(header.p, colon < 0 ? 0 : (size_t)colon);
	enum sip_header_id id = sip_header_find(slice_trim(name));
	size_t head = name.n + 1;

	if (id == SIP_AUTHORIZATION || id == SIP_PROXY_AUTHORIZATION) {
		put_cut(b, slice_make(header.p, head));
		put_credentials(b, slice_skip(header, head));
	} else if (id == SIP_AUTHENTICATION_INFO ||
	           slice_equal_nocase(slice_trim(name), SLICE("Proxy-Authentication-Info"))) {
		put_cut(b, slice_make(header.p, head));
		put_pairs(b, slice_skip(header, head));
	} else {
		put_plain(b, header);
	}
}

void mask_put(struct buf *b, struct slice message)
{
	put_plain(b, take_line(&message));
	while (message.n > 0) {
		struct slice header = take_header(&message);

		if (slice_trim(header).n == 0) {
			put_cut(b, header);
			break;
		}
		put_header(b, header);
	}
	put_cut(b, message);
}
