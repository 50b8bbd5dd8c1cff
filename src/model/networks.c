// SPDX-License-Identifier: Apache-2.0
/*
 * A length that leaves bits of the address outside the prefix is refused: it is
 * mostly a slip in one of the two.
 */
#include "model/networks.h"

#include "base/error.h"
#include "param/phrase.h"

#define TEXT_MAX    1024 /* bytes of a list: 16 of the longest prefixes, and some blanks */
#define BITS4       32
#define BITS6       128
#define MAPPED_BITS 96 /* in front of an IPv4-mapped address, RFC 4291 2.5.5.2 */

static unsigned width(const struct netaddr *addr)
{
	return addr->family == 4 ? BITS4 : BITS6;
}

/* Sets all bits behind the prefix to 0; false where one of them was 1. */
static bool cut(struct subnet *network)
{
	bool was_clean = true;

	for (unsigned bit = network->bits; bit < width(&network->base); bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		was_clean &= !(network->base.ip[bit / 8] & mask);
		network->base.ip[bit / 8] &= (uint8_t)~mask;
	}
	return was_clean;
}

static int parse_length(struct slice text, bool is_mapped, struct subnet *network)
{
	unsigned hidden = is_mapped ? MAPPED_BITS : 0;
	uint64_t bits;
	int rc = slice_number(text, width(&network->base) + hidden, &bits);

	if (rc != 0)
		return rc;
	if (bits < hidden)
		return ERR_RANGE;
	network->bits = (uint8_t)(bits - hidden);
	return 0;
}

/* As it stands, though the address may have bits outside the prefix. */
static int parse(struct slice text, struct subnet *network_r)
{
	ptrdiff_t slash = slice_find(text, '/');
	struct slice address = {text.p, slash < 0 ? text.n : (size_t)slash};
	int rc = netaddr_parse_ip(address, &network_r->base);

	if (rc != 0)
		return rc;
	network_r->bits = (uint8_t)width(&network_r->base);
	if (slash < 0)
		return 0;
	return parse_length(slice_skip(text, address.n + 1),
	    network_r->base.family == 4 && slice_find(address, ':') >= 0, network_r);
}

/* Takes the next member off the list; false at its end. */
static bool next(struct slice *list, struct slice *member_r)
{
	size_t n = 0;

	while (list->n > 0 && (list->p[0] == ',' || list->p[0] == ' '))
		*list = slice_skip(*list, 1);
	while (n < list->n && list->p[n] != ',' && list->p[n] != ' ')
		n++;
	*member_r = slice_make(list->p, n);
	*list = slice_skip(*list, n);
	return n > 0;
}

int networks_parse(struct slice text, struct subnet *networks_r, unsigned max)
{
	struct slice member;
	unsigned count = 0;

	while (next(&text, &member)) {
		int rc;

		if (count == max)
			return ERR_LIMIT;
		rc = parse(member, &networks_r[count]);
		if (rc != 0)
			return rc;
		if (!cut(&networks_r[count++]))
			return ERR_SYNTAX;
	}
	return (int)count;
}

static void put(struct buf *b, const struct subnet *network)
{
	netaddr_put_ip(b, &network->base);
	buf_putc(b, '/');
	buf_put_u64(b, network->bits);
}

static int check_member(struct slice member, struct buf *message)
{
	struct subnet network;
	int rc = parse(member, &network);

	if (rc == 0 && cut(&network))
		return 0;
	phrase_put_found(message, member);
	if (rc == 0) {
		buf_puts(message, " has bits outside its prefix; ");
		put(message, &network);
		buf_puts(message, " would be right");
		return ERR_SYNTAX;
	}
	buf_puts(message, "; addresses and networks as \"192.0.2.0/24, 2001:db8::/32\" would be "
	                  "right");
	return rc;
}

int networks_check(struct slice text, struct buf *message)
{
	struct slice member;
	unsigned count = 0;

	if (text.n > TEXT_MAX || !phrase_is_clean(text)) {
		phrase_put_found(message, text);
		buf_puts(message, text.n > TEXT_MAX
		                      ? " is longer than 1024 bytes"
		                      : "; a list without control characters would be right");
		return text.n > TEXT_MAX ? ERR_LIMIT : ERR_SYNTAX;
	}
	while (next(&text, &member)) {
		int rc;

		if (count++ == NETWORKS_MAX) {
			buf_puts(message, "has more than 16 networks");
			return ERR_LIMIT;
		}
		rc = check_member(member, message);
		if (rc != 0)
			return rc;
	}
	return 0;
}

bool subnet_has(const struct subnet *network, const struct netaddr *addr)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;
	uint8_t differs;

	if (network->base.family != addr->family || memcmp(network->base.ip, addr->ip, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	differs = network->base.ip[whole] ^ addr->ip[whole];
	return differs >> (8 - rest) == 0;
}
