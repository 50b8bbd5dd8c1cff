// SPDX-License-Identifier: Apache-2.0
/*
 * A registrar can demand proof twice, as a proxy in front of it would (407) and
 * for itself (401); each demand has its realm and its headers.
 */
#include "sim/carrier/challenge.h"

#include "sip/build.h"
#include "sip/param.h"

/* Which front end answers: each for a while, or each at an address of its own. */
static uint32_t front_end(const struct carrier *carrier, const struct incoming *in)
{
	uint64_t turn = carrier->config.front_end_s
	                    ? carrier->now_us / US_PER_S / carrier->config.front_end_s
	                    : in->local.ip[in->local.family == 4 ? 3 : 15];

	return (uint32_t)(turn % carrier->config.front_ends) + 1;
}

static void put_realm(const struct carrier *carrier, const struct incoming *in, struct buf *b)
{
	if (carrier->config.front_ends) {
		buf_puts(b, "fe-");
		buf_put_u64(b, front_end(carrier, in));
		buf_putc(b, '.');
	}
	buf_puts(b, carrier->config.realm);
}

struct demand demand_of(const struct carrier *carrier, const struct incoming *in, unsigned status)
{
	bool proxy = status == 407;
	struct demand demand = {
	    .status = status,
	    .challenge = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE,
	    .credentials = proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION,
	};
	struct buf realm = buf_over(demand.realm, sizeof(demand.realm) - 1);

	if (proxy && carrier->config.challenge == CARRIER_CHALLENGE_BOTH)
		buf_puts(&realm, carrier->config.proxy_realm);
	else
		put_realm(carrier, in, &realm);
	return demand;
}

/* Takes the next name off a comma-separated list. */
bool challenge_next_name(struct slice *rest, struct slice *name_r)
{
	ptrdiff_t comma = slice_find(*rest, ',');

	*name_r = slice_trim(slice_make(rest->p, comma < 0 ? rest->n : (size_t)comma));
	*rest = slice_skip(*rest, comma < 0 ? rest->n : (size_t)comma + 1);
	return name_r->n > 0;
}

static const char *qop_text(enum carrier_qop qop)
{
	switch (qop) {
	case CARRIER_QOP_AUTH:
		return ", qop=\"auth\"";
	case CARRIER_QOP_AUTH_INT:
		return ", qop=\"auth-int\"";
	case CARRIER_QOP_BOTH:
		return ", qop=\"auth,auth-int\"";
	case CARRIER_QOP_NONE:
		break;
	}
	return "";
}

static void put_challenge(struct carrier *carrier, struct buf *b, const struct demand *demand,
    struct slice algorithm, struct slice nonce, bool stale)
{
	sip_put_header_name(b, demand->challenge);
	buf_puts(b, "Digest realm=");
	sip_put_quoted(b, slice_of(demand->realm));
	buf_puts(b, ", nonce=\"");
	buf_put(b, nonce);
	buf_puts(b, "\", algorithm=");
	buf_put(b, algorithm);
	buf_puts(b, qop_text(carrier->config.qop));
	if (carrier->config.opaque[0]) {
		buf_puts(b, ", opaque=\"");
		buf_puts(b, carrier->config.opaque);
		buf_putc(b, '"');
	}
	if (stale)
		buf_puts(b, ", stale=true");
	sip_put_crlf(b);
}

static void issue(struct carrier *carrier, const struct incoming *in, struct buf *b)
{
	nonces_issue(&carrier->nonces, &carrier->random, carrier->now_us,
	    carrier->config.nonce_life_s * US_PER_S, &in->source, b);
}

void challenge_send(struct carrier *carrier, struct incoming *in, unsigned status, bool stale)
{
	struct demand demand = demand_of(carrier, in, status);
	struct buf b = buf_over(carrier->headers, sizeof(carrier->headers));
	char nonce_text[NONCE_TEXT_LEN];
	struct buf nonce = buf_over(nonce_text, sizeof(nonce_text));
	struct slice names = slice_of(carrier->config.algorithms), name;

	issue(carrier, in, &nonce);
	while (challenge_next_name(&names, &name))
		put_challenge(carrier, &b, &demand, name, buf_slice(&nonce), stale);
	if (stale)
		carrier_count(carrier, CARRIER_STALES);
	incoming_answer(carrier, in, status, buf_slice(&b));
}

void challenge_put_info(struct carrier *carrier, const struct incoming *in, struct buf *b)
{
	if (!carrier->config.next_nonce || carrier->config.challenge == CARRIER_CHALLENGE_NONE)
		return;
	sip_put_header_name(b, SIP_AUTHENTICATION_INFO);
	buf_puts(b, "nextnonce=\"");
	issue(carrier, in, b);
	buf_puts(b, "\"\r\n");
}
