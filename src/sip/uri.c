// SPDX-License-Identifier: Apache-2.0
/*
 * SIP URIs: parsing and comparison. Some characters must be escaped by the
 * grammar, but peers send them as they are ('#' in users, UTF-8): these are let
 * through, unless they would change where a part ends.
 *
 * The number of parameters and headers is capped, since a comparison looks for
 * each of one side in the other: a hostile text must not make it long.
 */
#include "sip/uri.h"

#include "sip/lex.h"

#define PARTS_MAX 32 /* parameters; and as many headers */

/* True if every '%' begins an escape and every character may stand in a URI. */
static bool is_escaped_text(struct slice text, const char **bad_r)
{
	const char *p = text.p, *end = text.p + text.n;

	for (; p < end; p++) {
		if (!sip_char_is(*p, SIP_CHAR_TEXT) || *p == '@')
			break;
		if (*p == '%' && (end - p < 3 || !sip_char_is(p[1], SIP_CHAR_HEX) ||
		                     !sip_char_is(p[2], SIP_CHAR_HEX)))
			break;
	}
	*bad_r = p;
	return p == end;
}

struct reader {
	struct sip_lex lex;
	struct sip_error *error_r;
};

static int fail(struct reader *r, int code, const char *what)
{
	return sip_fail(r->error_r, code, what, sip_lex_offset(&r->lex));
}

static int check_text(struct reader *r, struct slice text, const char *what)
{
	const char *bad;

	if (text.n == 0 || is_escaped_text(text, &bad))
		return 0;
	r->lex.p = bad;
	return fail(r, ERR_SYNTAX, what);
}

static int read_scheme(struct reader *r, struct sip_uri *uri)
{
	uri->scheme_name = sip_lex_run(&r->lex, SIP_CHAR_TOKEN);
	if (!uri->scheme_name.n || !sip_lex_take(&r->lex, ':'))
		return fail(r, ERR_SYNTAX, "URI: no scheme");
	if (slice_equal_nocase(uri->scheme_name, SLICE("sip")))
		uri->scheme = SIP_SCHEME_SIP;
	else if (slice_equal_nocase(uri->scheme_name, SLICE("sips")))
		uri->scheme = SIP_SCHEME_SIPS;
	else if (slice_equal_nocase(uri->scheme_name, SLICE("tel")))
		uri->scheme = SIP_SCHEME_TEL;
	return 0;
}

static int read_other(struct reader *r, struct sip_uri *uri)
{
	uri->host = sip_lex_run(&r->lex, SIP_CHAR_TEXT);
	if (!uri->host.n || !sip_lex_done(&r->lex))
		return fail(r, ERR_SYNTAX, "URI: character that no URI holds");
	return 0;
}

/* "user:password@". The first '@' ends it: any other '@' of a URI must be escaped. */
static int read_userinfo(struct reader *r, struct sip_uri *uri)
{
	struct slice rest = sip_lex_rest(&r->lex);
	ptrdiff_t at = slice_find(rest, '@');
	ptrdiff_t colon;

	if (at < 0)
		return 0;
	uri->user = slice_make(rest.p, (size_t)at);
	colon = slice_find(uri->user, ':');
	if (colon >= 0) {
		uri->password = slice_skip(uri->user, (size_t)colon + 1);
		uri->user.n = (size_t)colon;
	}
	if (!uri->user.n)
		return fail(r, ERR_SYNTAX, "URI: no user before '@'");
	if (check_text(
	        r, slice_make(rest.p, (size_t)at), "URI: user with a bad escape or character"))
		return ERR_SYNTAX;
	r->lex.p = rest.p + at + 1;
	return 0;
}

static int read_hostport(struct reader *r, struct sip_uri *uri)
{
	int err;

	if (sip_lex_host(&r->lex, &uri->host))
		return fail(r, ERR_SYNTAX, "URI: no host");
	if (!sip_lex_take(&r->lex, ':'))
		return 0;
	err = sip_lex_port(&r->lex, &uri->port);
	return err ? fail(r, err, "URI: port is not 1 to 65535") : 0;
}

/* Name and value of a parameter or a header. */
struct part {
	struct slice name, value;
};

/* Takes the next part that is not empty off `rest`. */
static bool take_part(struct slice *rest, char separator, struct part *part_r)
{
	ptrdiff_t at;

	do {
		if (!rest->n)
			return false;
		at = slice_find(*rest, separator);
		part_r->name = slice_make(rest->p, at < 0 ? rest->n : (size_t)at);
		*rest = slice_skip(*rest, part_r->name.n + 1);
	} while (!part_r->name.n);
	at = slice_find(part_r->name, '=');
	part_r->value = slice_make(NULL, 0);
	if (at >= 0) {
		part_r->value = slice_skip(part_r->name, (size_t)at + 1);
		part_r->name.n = (size_t)at;
	}
	return true;
}

/* Every part needs a name. ERR_SYNTAX, ERR_LIMIT. */
static int check_parts(struct reader *r, struct slice text, char separator)
{
	struct slice rest = text;
	struct part part;
	unsigned count = 0;

	if (check_text(r, text, "URI: parameter or header with a bad escape or character"))
		return ERR_SYNTAX;
	while (take_part(&rest, separator, &part)) {
		r->lex.p = part.name.p;
		if (!part.name.n)
			return fail(r, ERR_SYNTAX, "URI: parameter or header without a name");
		if (++count > PARTS_MAX)
			return fail(r, ERR_LIMIT, "URI: too many parameters or headers");
	}
	return 0;
}

static int read_tail(struct reader *r, struct sip_uri *uri)
{
	struct slice rest = sip_lex_rest(&r->lex);
	ptrdiff_t mark = slice_find(rest, '?');
	int err;

	if (rest.n && *rest.p != ';' && *rest.p != '?')
		return fail(r, ERR_SYNTAX, "URI: neither port, ';' nor '?' behind the host");
	if (mark >= 0) {
		uri->headers = slice_skip(rest, (size_t)mark + 1);
		rest.n = (size_t)mark;
	}
	uri->params = rest;
	if (slice_find(rest, ',') >= 0)
		return fail(r, ERR_SYNTAX, "URI: comma in a parameter");
	err = check_parts(r, uri->params, ';');
	return err ? err : check_parts(r, uri->headers, '&');
}

int sip_uri_parse(struct slice text, struct sip_uri *uri_r, struct sip_error *error_r)
{
	struct reader r = {sip_lex_over(text), error_r};
	int err;

	*uri_r = (struct sip_uri){0};
	err = read_scheme(&r, uri_r);
	if (err)
		return err;
	if (uri_r->scheme != SIP_SCHEME_SIP && uri_r->scheme != SIP_SCHEME_SIPS)
		return read_other(&r, uri_r);
	err = read_userinfo(&r, uri_r);
	if (!err)
		err = read_hostport(&r, uri_r);
	if (!err)
		err = read_tail(&r, uri_r);
	return err;
}

static const char *const transport_names[] = {
    [SIP_TRANSPORT_NONE] = "",
    [SIP_UDP] = "UDP",
    [SIP_TCP] = "TCP",
    [SIP_TLS] = "TLS",
    [SIP_TRANSPORT_OTHER] = "",
};

enum sip_transport sip_transport_find(struct slice name)
{
	for (enum sip_transport t = SIP_UDP; t <= SIP_TLS; t++)
		if (slice_equal_nocase(name, slice_make(transport_names[t], 3)))
			return t;
	return SIP_TRANSPORT_OTHER;
}

const char *sip_transport_name(enum sip_transport transport)
{
	return transport <= SIP_TRANSPORT_OTHER ? transport_names[transport] : "";
}

/* The next character with its escape resolved; -1 at the end. */
static int next_resolved(struct slice *text)
{
	int c;

	if (!text->n)
		return -1;
	c = (unsigned char)text->p[0];
	if (c == '%' && text->n >= 3 && sip_char_is(text->p[1], SIP_CHAR_HEX) &&
	    sip_char_is(text->p[2], SIP_CHAR_HEX)) {
		c = (int)(sip_hex_value(text->p[1]) << 4 | sip_hex_value(text->p[2]));
		*text = slice_skip(*text, 3);
	} else {
		*text = slice_skip(*text, 1);
	}
	return c;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool equal_resolved(struct slice a, struct slice b, bool nocase)
{
	for (;;) {
		int x = next_resolved(&a);
		int y = next_resolved(&b);

		if (x != y && !(nocase && lower(x) == lower(y)))
			return false;
		if (x < 0)
			return true;
	}
}

bool sip_user_equal(struct slice a, struct slice b)
{
	return equal_resolved(a, b, false);
}

void sip_put_resolved(struct buf *b, struct slice user)
{
	for (int c = next_resolved(&user); c >= 0; c = next_resolved(&user))
		buf_putc(b, (char)c);
}

/* IPv6 references compare as addresses (RFC 5954 4.2). */
static bool host_equal(struct slice a, struct slice b)
{
	struct netaddr x, y;

	if (slice_equal_nocase(a, b))
		return true;
	if (!a.n || !b.n || *a.p != '[' || *b.p != '[')
		return false;
	return !netaddr_parse_ip(a, &x) && !netaddr_parse_ip(b, &y) && netaddr_equal_ip(&x, &y);
}

static bool find_part(struct slice params, struct slice name, struct part *part_r)
{
	while (take_part(&params, ';', part_r))
		if (equal_resolved(part_r->name, name, true))
			return true;
	return false;
}

/* A parameter that must be on both sides or on none. */
static bool is_significant(struct slice name)
{
	static const char *const names[] = {"transport", "user", "method", "ttl", "maddr"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (equal_resolved(name, slice_of(names[i]), true))
			return true;
	return false;
}

/* Every parameter of `a` agrees with `b`. If a name is given twice, the first counts. */
static bool params_agree(struct slice a, struct slice b)
{
	struct slice rest = a;
	struct part mine, first, theirs;

	while (take_part(&rest, ';', &mine)) {
		if (find_part(a, mine.name, &first) && first.name.p != mine.name.p)
			continue;
		if (find_part(b, mine.name, &theirs)) {
			if (!equal_resolved(mine.value, theirs.value, true))
				return false;
		} else if (is_significant(mine.name)) {
			return false;
		}
	}
	return true;
}

static unsigned count_equal(struct slice headers, const struct part *wanted)
{
	struct part part;
	unsigned count = 0;

	while (take_part(&headers, '&', &part))
		count += equal_resolved(part.name, wanted->name, true) &&
		         equal_resolved(part.value, wanted->value, true);
	return count;
}

/* Every header of `a` stands as often in `b`, in any order. */
static bool headers_agree(struct slice a, struct slice b)
{
	struct slice rest = a;
	struct part part;

	while (take_part(&rest, '&', &part))
		if (count_equal(a, &part) != count_equal(b, &part))
			return false;
	return true;
}

bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == SIP_SCHEME_OTHER || a->scheme == SIP_SCHEME_TEL)
		return slice_equal(a->scheme_name, b->scheme_name) && slice_equal(a->host, b->host);
	return a->port == b->port && sip_user_equal(a->user, b->user) &&
	       sip_user_equal(a->password, b->password) && host_equal(a->host, b->host) &&
	       params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       headers_agree(a->headers, b->headers) && headers_agree(b->headers, a->headers);
}

bool sip_uri_equal_text(struct slice a, struct slice b)
{
	struct sip_uri x, y;

	return !sip_uri_parse(a, &x, NULL) && !sip_uri_parse(b, &y, NULL) && sip_uri_equal(&x, &y);
}

enum sip_transport sip_uri_transport(const struct sip_uri *uri)
{
	struct part part;

	if (!find_part(uri->params, SLICE("transport"), &part))
		return SIP_TRANSPORT_NONE;
	return sip_transport_find(part.value);
}

void sip_put_user(struct buf *b, struct slice user)
{
	static const char digits[] = "0123456789ABCDEF";
	struct sip_lex lex = sip_lex_over(user);

	for (buf_put(b, sip_lex_run(&lex, SIP_CHAR_USER)); !sip_lex_done(&lex);
	     buf_put(b, sip_lex_run(&lex, SIP_CHAR_USER))) {
		unsigned char c = (unsigned char)*lex.p++;

		buf_putc(b, '%');
		buf_putc(b, digits[c >> 4]);
		buf_putc(b, digits[c & 15]);
	}
}
