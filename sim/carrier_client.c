// SPDX-License-Identifier: Apache-2.0
/*
 * Writes its requests with printf, so that a test can break any part of them.
 */
#include "sim/carrier_client.h"

#include "sip/address.h"
#include "sip/auth.h"
#include "sip/param.h"
#include "sip/uri.h"

#include <assert.h>
#include <stdio.h>

static struct netaddr address(const char *text)
{
	struct netaddr a;
	int rc = netaddr_parse(slice_of(text), &a);

	assert(!rc);
	return a;
}

static void init(struct client *c)
{
	struct carrier_config config;

	carrier_config_default(&config);
	memset(c, 0, sizeof(*c));
	c->carrier = carrier_new(&config, 1);
	assert(c->carrier);
	c->now_us = CLIENT_US;
	c->source = address("127.0.0.1:5060");
	c->local = address("127.0.0.1:5070");
	c->user = "1001";
	c->password = "secret";
	c->contact = "sip:r1@127.0.0.1:5060";
	c->call_id = "call-1";
	c->from_tag = "tag-1";
	c->request_uri = "sip:carrier.example";
	c->via = "127.0.0.1:5060;rport";
	c->to_params = "";
	c->max_forwards = "Max-Forwards: 70\r\n";
	c->nc_format = "%08x";
	c->method = "REGISTER";
	c->branch_base = "z9hG4bKc";
	assert(!carrier_account_set(c->carrier, "1001", NULL, "secret"));
	carrier_advance(c->carrier, c->now_us);
}

int client_setup(void **state)
{
	static struct client client;

	init(&client);
	*state = &client;
	return 0;
}

int client_setup_ordered(void **state)
{
	client_setup(state);
	client_set(*state, "ordered", "on");
	return 0;
}

int client_teardown(void **state)
{
	struct client *c = *state;

	carrier_free(&c->carrier);
	return 0;
}

void client_set(struct client *c, const char *name, const char *value)
{
	int rc = carrier_config_set(carrier_config(c->carrier), name, value, NULL);

	assert(!rc);
}

static void copy_text(char *text_r, size_t cap, struct slice s)
{
	assert(s.n < cap);
	if (s.n)
		memcpy(text_r, s.p, s.n);
	text_r[s.n] = '\0';
}

static bool wants(const struct client *c, const struct sip_challenge *challenge)
{
	if (!challenge->is_digest || challenge->algorithm == SIP_DIGEST_UNKNOWN)
		return false;
	return !c->algorithm || challenge->algorithm == sip_digest_find(slice_of(c->algorithm));
}

static void learn(struct client *c, enum sip_header_id id, unsigned which)
{
	const struct sip_header *h;
	struct sip_challenge challenge;

	for (unsigned i = 0; (h = sip_message_header(&c->answer, id, i)); i++) {
		struct slice rest = h->value;

		while (sip_challenge_next(&rest, &challenge, NULL) == 1) {
			if (!wants(c, &challenge))
				continue;
			copy_text(c->realm[which], sizeof(c->realm[which]), challenge.realm);
			copy_text(c->nonce[which], sizeof(c->nonce[which]), challenge.nonce);
			copy_text(c->opaque, sizeof(c->opaque), challenge.opaque);
			c->has_nonce[which] = true;
			c->stale = challenge.stale;
			if (!c->has_nonce[!which])
				c->nc = 0;
			return;
		}
	}
}

static int put_credentials(struct client *c, unsigned which, char *text, size_t cap)
{
	struct sip_digest_input in = {
	    .algorithm = sip_digest_find(slice_of(c->algorithm ? c->algorithm : "MD5")),
	    .qop =
	        carrier_config(c->carrier)->qop == CARRIER_QOP_NONE ? SIP_QOP_NONE : SIP_QOP_AUTH,
	    .username = slice_of(c->user),
	    .realm = slice_of(c->realm[which]),
	    .password = slice_of(c->password),
	    .nonce = slice_of(c->nonce[which]),
	    .cnonce = SLICE("abc"),
	    .nc = c->nc,
	    .method = slice_of(c->method),
	    .uri = slice_of(c->digest_uri ? c->digest_uri : c->request_uri),
	};
	char hex[SIP_DIGEST_HEX_MAX], nc[32], qop[96] = "", opaque[300] = "";
	size_t n = sip_digest_response(&in, hex);

	/* The compiler cannot see the format, which is what the test is about. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(nc, sizeof(nc), c->nc_format, c->nc);
#pragma GCC diagnostic pop
	if (in.qop == SIP_QOP_AUTH)
		snprintf(qop, sizeof(qop), ", qop=auth, cnonce=\"abc\", nc=%s", nc);
	if (c->opaque[0])
		snprintf(opaque, sizeof(opaque), ", opaque=\"%s\"", c->opaque);
	return snprintf(text, cap,
	    "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
	    "response=\"%.*s\", algorithm=%s%s%s\r\n",
	    which ? "Proxy-Authorization" : "Authorization", c->user, c->realm[which],
	    c->nonce[which], in.uri.p, (int)n, hex, sip_digest_name(in.algorithm), qop, opaque);
}

static void put_lines(const struct client *c, uint32_t expires_s, char *text, size_t cap)
{
	if (c->lines)
		snprintf(text, cap, "%s", c->lines);
	else
		snprintf(text, cap, "Contact: <%s>;expires=%u\r\nExpires: %u\r\n", c->contact,
		    expires_s, expires_s);
}

static void build(struct client *c, uint32_t expires_s)
{
	char lines[1024], credentials[2048] = "";
	int n = 0;

	c->nc += c->has_nonce[0] || c->has_nonce[1];
	for (unsigned which = 0; which < 2; which++)
		if (c->has_nonce[which])
			n += put_credentials(
			    c, which, credentials + n, sizeof(credentials) - (size_t)n);
	put_lines(c, expires_s, lines, sizeof(lines));
	c->cseq += !c->resend_cseq;
	c->resend_cseq = false;
	n = snprintf(c->request, sizeof(c->request),
	    "%s %s SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP %s;branch=%s%u\r\n"
	    "%s"
	    "From: <sip:%s@carrier.example>;tag=%s\r\n"
	    "To: <sip:%s@Carrier.example>%s\r\n"
	    "Call-ID: %s\r\nCSeq: %u %s\r\n%s%sContent-Length: 0\r\n\r\n",
	    c->method, c->request_uri, c->via, c->branch_base, ++c->branch, c->max_forwards,
	    c->user, c->from_tag, c->user, c->to_params, c->call_id, c->cseq, c->method, lines,
	    credentials);
	assert(n > 0 && (size_t)n < sizeof(c->request));
	c->request_n = (size_t)n;
}

unsigned client_raw(struct client *c, const char *bytes, size_t n)
{
	struct carrier_send send;
	unsigned status = 0;

	c->answers = 0;
	carrier_receive(c->carrier, c->now_us, &c->source, &c->local, slice_make(bytes, n));
	while (carrier_next_send(c->carrier, &send)) {
		c->sent = send;
		assert(send.bytes.n <= sizeof(c->answer_bytes));
		memcpy(c->answer_bytes, send.bytes.p, send.bytes.n);
		assert(!sip_message_parse(
		    slice_make(c->answer_bytes, send.bytes.n), &c->answer, NULL));
		status = c->answer.status;
		c->answers++;
	}
	return status;
}

unsigned client_send(struct client *c, uint32_t expires_s)
{
	build(c, expires_s);
	return client_repeat(c);
}

unsigned client_repeat(struct client *c)
{
	return client_raw(c, c->request, c->request_n);
}

unsigned client_try(struct client *c, uint32_t expires_s, unsigned rounds)
{
	unsigned status = client_send(c, expires_s);

	while (rounds-- && (status == 401 || status == 407)) {
		learn(c, SIP_WWW_AUTHENTICATE, 0);
		learn(c, SIP_PROXY_AUTHENTICATE, 1);
		status = client_send(c, expires_s);
	}
	if (!c->keep_nonce)
		c->has_nonce[0] = c->has_nonce[1] = false;
	return status;
}

unsigned client_register(struct client *c, uint32_t expires_s)
{
	return client_try(c, expires_s, 2);
}

void client_wait(struct client *c, uint64_t seconds)
{
	c->now_us += seconds * US_PER_S;
	carrier_advance(c->carrier, c->now_us);
}

long client_listed(const struct client *c, const char *contact)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address_;
	struct sip_param param;
	struct slice member;
	uint32_t seconds;

	while (sip_message_list(&c->answer, SIP_CONTACT, &cursor, &member)) {
		if (sip_address_parse(member, &address_, NULL) ||
		    !sip_uri_equal_text(address_.uri, slice_of(contact)) ||
		    !sip_param_find(address_.params, "expires", &param) ||
		    sip_delta_seconds(param.value, &seconds))
			continue;
		return (long)seconds;
	}
	return -1;
}

unsigned client_listed_count(const struct client *c)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;
	unsigned count = 0;

	while (sip_message_list(&c->answer, SIP_CONTACT, &cursor, &member))
		count++;
	return count;
}
