// SPDX-License-Identifier: Apache-2.0
/*
 * A registrar can demand proof twice, as a proxy in front of it would (407) and
 * for itself (401); each demand has its realm and its headers.
 */
#include "sim/upstream/challenge.h"

#include "sip/build.h"
#include "sip/param.h"

/* Which front end answers: each for a while, or each at an address of its own. */
static uint32_t front_end(const struct upstream *u, const struct exchange *x)
{
	uint64_t turn = u->config.front_end_s ? u->now_us / US_PER_S / u->config.front_end_s
	                                      : x->local.ip[x->local.family == 4 ? 3 : 15];

	return (uint32_t)(turn % u->config.front_ends) + 1;
}

static void put_realm(const struct upstream *u, const struct exchange *x, struct buf *b)
{
	if (u->config.front_ends) {
		buf_puts(b, "fe-");
		buf_put_u64(b, front_end(u, x));
		buf_putc(b, '.');
	}
	buf_puts(b, u->config.realm);
}

struct demand demand_of(const struct upstream *u, const struct exchange *x, unsigned status)
{
	bool proxy = status == 407;
	struct demand demand = {
	    .status = status,
	    .challenge = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE,
	    .credentials = proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION,
	};
	struct buf realm = buf_over(demand.realm, sizeof(demand.realm) - 1);

	if (proxy && u->config.challenge == UPSTREAM_CHALLENGE_BOTH)
		buf_puts(&realm, u->config.proxy_realm);
	else
		put_realm(u, x, &realm);
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

static const char *qop_text(enum upstream_qop qop)
{
	switch (qop) {
	case UPSTREAM_QOP_AUTH:
		return ", qop=\"auth\"";
	case UPSTREAM_QOP_AUTH_INT:
		return ", qop=\"auth-int\"";
	case UPSTREAM_QOP_BOTH:
		return ", qop=\"auth,auth-int\"";
	case UPSTREAM_QOP_NONE:
		break;
	}
	return "";
}

static void put_challenge(struct upstream *u, struct buf *b, const struct demand *demand,
    struct slice algorithm, struct slice nonce, bool stale)
{
	sip_put_header_name(b, demand->challenge);
	buf_puts(b, "Digest realm=");
	sip_put_quoted(b, slice_of(demand->realm));
	buf_puts(b, ", nonce=\"");
	buf_put(b, nonce);
	buf_puts(b, "\", algorithm=");
	buf_put(b, algorithm);
	buf_puts(b, qop_text(u->config.qop));
	if (u->config.opaque[0]) {
		buf_puts(b, ", opaque=\"");
		buf_puts(b, u->config.opaque);
		buf_putc(b, '"');
	}
	if (stale)
		buf_puts(b, ", stale=true");
	sip_put_crlf(b);
}

static void issue(struct upstream *u, const struct exchange *x, struct buf *b)
{
	nonces_issue(
	    &u->nonces, &u->random, u->now_us, u->config.nonce_life_s * US_PER_S, &x->source, b);
}

void challenge_send(struct upstream *u, struct exchange *x, unsigned status, bool stale)
{
	struct demand demand = demand_of(u, x, status);
	struct buf b = buf_over(u->headers, sizeof(u->headers));
	char nonce_text[NONCE_TEXT_LEN];
	struct buf nonce = buf_over(nonce_text, sizeof(nonce_text));
	struct slice names = slice_of(u->config.algorithms), name;

	issue(u, x, &nonce);
	while (challenge_next_name(&names, &name))
		put_challenge(u, &b, &demand, name, buf_slice(&nonce), stale);
	if (stale)
		upstream_count(u, UPSTREAM_STALES);
	exchange_answer(u, x, status, buf_slice(&b));
}

void challenge_put_info(struct upstream *u, const struct exchange *x, struct buf *b)
{
	if (!u->config.next_nonce || u->config.challenge == UPSTREAM_CHALLENGE_NONE)
		return;
	sip_put_header_name(b, SIP_AUTHENTICATION_INFO);
	buf_puts(b, "nextnonce=\"");
	issue(u, x, b);
	buf_puts(b, "\"\r\n");
}
