// SPDX-License-Identifier: Apache-2.0
/*
 * Reading and writing IP addresses as text: RFC 3986 3.2.2 for what is read,
 * RFC 5952 for what is written. No names and no interface scopes in text: the
 * shell fills `scope` in from what the operating system tells it.
 */
#include "base/netaddr.h"

#include "base/error.h"

#define GROUPS 8

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four decimal octets. A leading zero is refused: some would read it as octal. */
static int parse_ip4(struct slice text, uint8_t ip[4])
{
	for (int i = 0; i < 4; i++) {
		ptrdiff_t dot = slice_find(text, '.');
		struct slice octet = text;
		uint64_t value;

		if ((i < 3) != (dot >= 0))
			return ERR_SYNTAX;
		if (dot >= 0)
			octet.n = (size_t)dot;
		if (octet.n > 3 || (octet.n > 1 && octet.p[0] == '0'))
			return ERR_SYNTAX;
		if (slice_number(octet, 255, &value) != 0)
			return ERR_SYNTAX;
		ip[i] = (uint8_t)value;
		text = slice_skip(text, octet.n + 1);
	}
	return 0;
}

/* One to four hexadecimal digits at the start of `text`, taken off it. */
static int take_group(struct slice *text, uint16_t *group_r)
{
	uint16_t group = 0;
	size_t n = 0;

	while (n < text->n && hex_value(text->p[n]) >= 0) {
		if (n == 4)
			return ERR_SYNTAX;
		group = (uint16_t)(group << 4 | hex_value(text->p[n++]));
	}
	if (n == 0)
		return ERR_SYNTAX;
	*text = slice_skip(*text, n);
	*group_r = group;
	return 0;
}

/*
 * The groups on one side of "::", or all of them where there is none; an IPv4
 * address may stand for the last two. Empty text has no groups.
 */
static int parse_groups(struct slice text, bool ip4_allowed, uint16_t groups[GROUPS], int *count_r)
{
	int count = 0;

	while (text.n > 0) {
		uint8_t ip4[4];

		if (ip4_allowed && count <= GROUPS - 2 && parse_ip4(text, ip4) == 0) {
			groups[count++] = (uint16_t)(ip4[0] << 8 | ip4[1]);
			groups[count++] = (uint16_t)(ip4[2] << 8 | ip4[3]);
			break;
		}
		if (count == GROUPS || take_group(&text, &groups[count++]) != 0)
			return ERR_SYNTAX;
		if (text.n == 0)
			break;
		if (text.p[0] != ':' || text.n == 1)
			return ERR_SYNTAX;
		text = slice_skip(text, 1);
	}
	*count_r = count;
	return 0;
}

/* Where "::" begins, or -1. */
static ptrdiff_t find_gap(struct slice text)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] == ':' && text.p[i + 1] == ':')
			return (ptrdiff_t)i;
	}
	return -1;
}

static int parse_ip6(struct slice text, uint8_t ip[16])
{
	uint16_t front[GROUPS], back[GROUPS], groups[GROUPS] = {0};
	ptrdiff_t gap = find_gap(text);
	struct slice head = {text.p, gap < 0 ? text.n : (size_t)gap};
	int n_front, n_back = 0;

	if (parse_groups(head, gap < 0, front, &n_front) != 0)
		return ERR_SYNTAX;
	if (gap >= 0 && parse_groups(slice_skip(text, head.n + 2), true, back, &n_back) != 0)
		return ERR_SYNTAX;
	/* "::" stands for at least one group. */
	if (gap < 0 ? n_front != GROUPS : n_front + n_back >= GROUPS)
		return ERR_SYNTAX;

	memcpy(groups, front, (size_t)n_front * sizeof(groups[0]));
	memcpy(groups + GROUPS - n_back, back, (size_t)n_back * sizeof(groups[0]));
	for (int i = 0; i < GROUPS; i++) {
		ip[2 * i] = (uint8_t)(groups[i] >> 8);
		ip[2 * i + 1] = (uint8_t)groups[i];
	}
	return 0;
}

/* ::ffff:a.b.c.d is the IPv4 address a.b.c.d (RFC 4291 2.5.5.2). */
static void unmap(struct netaddr *addr)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (addr->family != 6 || memcmp(addr->ip, prefix, sizeof(prefix)) != 0)
		return;
	addr->family = 4;
	memmove(addr->ip, addr->ip + 12, 4);
	memset(addr->ip + 4, 0, 12);
}

int netaddr_parse_ip(struct slice text, struct netaddr *addr_r)
{
	struct netaddr addr = {0};
	bool brackets = text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';

	if (brackets)
		text = (struct slice){text.p + 1, text.n - 2};
	if (!brackets && parse_ip4(text, addr.ip) == 0) {
		addr.family = 4;
	} else {
		memset(addr.ip, 0, sizeof(addr.ip));
		if (parse_ip6(text, addr.ip) != 0)
			return ERR_SYNTAX;
		addr.family = 6;
		unmap(&addr);
	}
	*addr_r = addr;
	return 0;
}

int netaddr_parse(struct slice text, struct netaddr *addr_r)
{
	bool brackets = text.n > 0 && text.p[0] == '[';
	ptrdiff_t end = slice_find(text, brackets ? ']' : ':');
	struct slice host = text, port;
	struct netaddr addr;
	uint64_t number = 0;
	int rc;

	if (brackets) {
		if (end < 0)
			return ERR_SYNTAX;
		host.n = (size_t)end + 1;
	} else if (end >= 0 && slice_find(slice_skip(text, (size_t)end + 1), ':') < 0) {
		/* With two colons or more it is an IPv6 address without a port. */
		host.n = (size_t)end;
	}
	port = slice_skip(text, host.n);
	rc = netaddr_parse_ip(host, &addr);
	if (rc != 0)
		return rc;
	if (port.n > 0) {
		if (port.p[0] != ':')
			return ERR_SYNTAX;
		rc = slice_number(slice_skip(port, 1), UINT16_MAX, &number);
		if (rc != 0)
			return rc;
	}
	addr.port = (uint16_t)number;
	*addr_r = addr;
	return 0;
}

static uint16_t group_at(const struct netaddr *addr, int i)
{
	return (uint16_t)(addr->ip[2 * i] << 8 | addr->ip[2 * i + 1]);
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 4.2). */
static void longest_zeros(const struct netaddr *addr, int *start_r, int *length_r)
{
	int best = 1;

	*start_r = GROUPS;
	*length_r = 0;
	for (int i = 0; i < GROUPS; i++) {
		int n = 0;

		while (i + n < GROUPS && group_at(addr, i + n) == 0)
			n++;
		if (n > best) {
			best = n;
			*start_r = i;
			*length_r = n;
		}
		i += n;
	}
}

static void put_group(struct buf *b, uint16_t group)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		buf_putc(b, digits[group >> shift & 15]);
}

static void put_ip6(struct buf *b, const struct netaddr *addr)
{
	int gap, gap_length;

	longest_zeros(addr, &gap, &gap_length);
	for (int i = 0; i < GROUPS; i++) {
		if (i == gap) {
			buf_puts(b, "::");
			i += gap_length - 1;
			continue;
		}
		if (i > 0 && i != gap + gap_length)
			buf_putc(b, ':');
		put_group(b, group_at(addr, i));
	}
}

void netaddr_put_ip(struct buf *b, const struct netaddr *addr)
{
	if (addr->family == 6) {
		put_ip6(b, addr);
	} else if (addr->family == 4) {
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				buf_putc(b, '.');
			buf_put_u64(b, addr->ip[i]);
		}
	}
}

void netaddr_put_host(struct buf *b, const struct netaddr *addr)
{
	if (addr->family == 6)
		buf_putc(b, '[');
	netaddr_put_ip(b, addr);
	if (addr->family == 6)
		buf_putc(b, ']');
}

void netaddr_put(struct buf *b, const struct netaddr *addr)
{
	netaddr_put_host(b, addr);
	if (addr->port != 0) {
		buf_putc(b, ':');
		buf_put_u64(b, addr->port);
	}
}

void netaddr_copy(struct netaddr *copy_r, const struct netaddr *addr)
{
	copy_r->family = addr->family;
	memcpy(copy_r->ip, addr->ip, sizeof(copy_r->ip));
	copy_r->port = addr->port;
	copy_r->scope = addr->scope;
}

bool netaddr_equal(const struct netaddr *a, const struct netaddr *b)
{
	return netaddr_equal_ip(a, b) && a->port == b->port && a->scope == b->scope;
}

bool netaddr_equal_ip(const struct netaddr *a, const struct netaddr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

bool netaddr_is_any(const struct netaddr *addr)
{
	static const uint8_t any[16] = {0};

	return addr->family != 0 && memcmp(addr->ip, any, addr->family == 4 ? 4 : 16) == 0;
}
