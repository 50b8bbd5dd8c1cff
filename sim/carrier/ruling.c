// SPDX-License-Identifier: Apache-2.0
/*
 * The header lines that a rule wants, and the answer with them.
 */
#include "sim/carrier/ruling.h"

#include "sim/carrier/challenge.h"
#include "sip/build.h"

/* Somebody else who holds the account, and that no more may (TS 24.229, P-Registrar-Error). */
static void put_holder(struct buf *b, struct slice user)
{
	sip_put_header_name(b, SIP_CONTACT);
	buf_puts(b, "<sip:");
	buf_put(b, user);
	buf_puts(b, "@198.51.100.9:5060>;expires=3000\r\n");
	buf_puts(b, RULING_TOO_MANY);
}

/* RFC 3261 20.40 and 20.32. */
static void put_option_tag(struct buf *b, const struct carrier_rule *rule)
{
	if (rule->status == 420)
		sip_put_header(b, SIP_UNSUPPORTED, slice_of(rule->without));
	else if (rule->status == 421)
		sip_put_header(b, SIP_REQUIRE, slice_of(rule->without));
}

/* "sip:A;q=0.1+sip:B": a Contact for each. */
static void put_places(struct buf *b, struct slice places)
{
	sip_put_header_name(b, SIP_CONTACT);
	while (places.n > 0) {
		ptrdiff_t plus = slice_find(places, '+');
		struct slice place = slice_make(places.p, plus < 0 ? places.n : (size_t)plus);
		size_t uri_n = 0;

		while (uri_n < place.n && !slice_starts(slice_skip(place, uri_n), SLICE(";q=")))
			uri_n++;
		buf_putc(b, '<');
		buf_put(b, slice_make(place.p, uri_n));
		buf_putc(b, '>');
		buf_put(b, slice_skip(place, uri_n));
		places = slice_skip(places, plus < 0 ? places.n : place.n + 1);
		if (places.n > 0)
			buf_puts(b, ", ");
	}
	sip_put_crlf(b);
}

void ruling_put(struct buf *b, const struct carrier_rule *rule, struct slice user)
{
	if (rule->retry_after_s)
		sip_put_header_u64(b, SIP_RETRY_AFTER, rule->retry_after_s);
	if (rule->contact[0])
		put_places(b, slice_of(rule->contact));
	if (rule->full)
		put_holder(b, user);
	if (rule->without[0])
		put_option_tag(b, rule);
}

static void answer_by_rule(struct carrier *carrier, struct incoming *in,
    const struct carrier_rule *rule, struct slice user)
{
	struct buf b = buf_over(carrier->headers, sizeof(carrier->headers));

	if (rule->status == 401 || rule->status == 407) {
		challenge_send(carrier, in, rule->status, false);
		return;
	}
	ruling_put(&b, rule, user);
	incoming_answer(carrier, in, rule->status, buf_slice(&b));
}

bool ruling_ends(struct carrier *carrier, struct incoming *in, struct rule_request about)
{
	const struct carrier_rule *rule;

	about.msg = in->msg;
	rule = rule_match(&carrier->config, &carrier->random, &about, carrier->now_us);
	if (!rule)
		return false;
	if (rule->lose) {
		in->lose = true;
		return false;
	}
	if (rule->lists) {
		in->rule = rule;
		return false;
	}
	if (rule->status)
		answer_by_rule(carrier, in, rule, about.user);
	return true;
}
