// SPDX-License-Identifier: Apache-2.0
/*
 * The rule is RFC 3261's host with two changes: the underscore is allowed, since
 * some carriers' names have one, and names that no resolver accepts are refused.
 */
#include "model/host.h"

#include "base/netaddr.h"
#include "param/phrase.h"

#define LABEL_MAX 63

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static bool is_label(struct slice label)
{
	if (label.n == 0 || label.n > LABEL_MAX)
		return false;
	if (label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_label_char(label.p[i]))
			return false;
	}
	return true;
}

/* Digits and dots alone are an IPv4 address, or a mistake in one. */
static bool looks_like_ip4(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '.' && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	}
	return true;
}

bool host_is_valid(struct slice text)
{
	struct netaddr addr;

	if (text.n == 0 || text.n > HOST_MAX)
		return false;
	if (text.p[0] == '[' || looks_like_ip4(text))
		return netaddr_parse_ip(text, &addr) == 0;
	for (;;) {
		ptrdiff_t dot = slice_find(text, '.');
		struct slice label = {text.p, dot < 0 ? text.n : (size_t)dot};

		if (!is_label(label))
			return false;
		if (dot < 0)
			return true;
		text = slice_skip(text, label.n + 1);
	}
}

void host_explain(struct buf *b, struct slice text)
{
	struct netaddr addr;

	phrase_put_found(b, text);
	if (netaddr_parse_ip(text, &addr) == 0 && addr.family == 6) {
		buf_puts(b, "; an IPv6 address stands in brackets: [");
		phrase_put_found(b, text);
		buf_putc(b, ']');
	} else if (text.n > HOST_MAX) {
		buf_puts(b, " is longer than 253 bytes");
	} else if (slice_find(text, ':') >= 0) {
		buf_puts(b, "; a host name or an address without a port would be right");
	} else {
		buf_puts(b, "; a host name or an address would be right");
	}
}
