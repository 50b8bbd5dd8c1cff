// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a REGISTER, or the OPTIONS of a probe.
 */
#include "registrant/request.h"

#include "registrant/debt.h"
#include "registrant/holder.h"
#include "sip/build.h"
#include "sip/param.h"
#include "upstream/authorization.h"
#include "upstream/sequence.h"

#define HOST_TEXT_MAX 320
#define UUID_SIZE     16

/* The request that is being written. */
struct draft {
	const struct request *asked;
	const struct holding *holding;
	const struct sequence *sequence;
	const struct txn *txn;
	const struct upstream *route;
	struct auths *auths;
};

static void put_aor(struct buf *b, const struct ledger_identity *identity)
{
	buf_puts(b, "<sip:");
	sip_put_user(b, identity->username);
	buf_putc(b, '@');
	buf_put(b, identity->host);
	buf_putc(b, '>');
}

/* The form of a REGISTER, read from the URI of its Contact. */
struct form {
	struct slice host;
	uint16_t port;
	bool is_bulk, is_outbound;
};

static struct form form_of(struct slice contact)
{
	struct form form = {0};
	struct sip_param param;
	struct sip_uri uri;

	if (sip_uri_parse(contact, &uri, NULL) < 0)
		return form;
	form.host = uri.host;
	form.port = uri.port;
	form.is_bulk = sip_param_find(uri.params, "bnc", &param);
	form.is_outbound = sip_param_find(uri.params, "ob", &param);
	return form;
}

/* The sent-by of Via is host and port of the Contact, so that we are reached at one address. */
static void put_sent_by(struct buf *b, const struct form *form)
{
	buf_put(b, form->host);
	if (form->port) {
		buf_putc(b, ':');
		buf_put_u64(b, form->port);
	}
}

static void put_via(
    struct registrant *r, struct buf *b, const struct draft *draft, const struct form *form)
{
	sip_put_header_name(b, SIP_VIA);
	buf_puts(b, "SIP/2.0/");
	buf_puts(b, sip_transport_name(draft->txn->flow.transport));
	buf_putc(b, ' ');
	put_sent_by(b, form);
	buf_puts(b, ";branch=");
	txn_put_branch(r->core->txns, draft->txn, b);
	buf_puts(b, ";rport"); /* RFC 3581 */
	sip_put_crlf(b);
}

/* If the proxy has ;lr, a Route header names it, too (RFC 3261 16.12). */
static void put_route(struct buf *b, const struct upstream *route)
{
	struct sip_param lr;

	if (!sip_param_find(route->uri.params, "lr", &lr))
		return;
	sip_put_header_name(b, SIP_ROUTE);
	buf_putc(b, '<');
	buf_puts(b, route->hop);
	buf_putc(b, '>');
	sip_put_crlf(b);
}

static void put_from_to(
    struct buf *b, const struct draft *draft, const struct ledger_identity *identity)
{
	sip_put_header_name(b, SIP_FROM);
	if (identity->display_name.n > 0) {
		sip_put_quoted(b, identity->display_name);
		buf_putc(b, ' ');
	}
	put_aor(b, identity);
	buf_puts(b, ";tag=");
	buf_put_base32(b, draft->sequence->from_tag, sizeof(draft->sequence->from_tag));
	sip_put_crlf(b);
	sip_put_header_name(b, SIP_TO);
	put_aor(b, identity);
	sip_put_crlf(b);
}

/*
 * The instance-id (RFC 5626 4.1) follows from the Contact, not from the registration: a registrar
 * finds such a binding by its instance-id, and the cancel of an earlier Contact must not remove the
 * next one.
 */
static void put_instance(
    struct registrant *r, struct buf *b, const struct ledger_identity *identity)
{
	uint8_t uuid[UUID_SIZE];

	identity_derive(&r->identity_key, IDENTITY_INSTANCE, identity->contact, identity->username,
	    identity->host, identity->epoch, uuid, sizeof(uuid));
	uuid[6] = (uuid[6] & 0x0f) | 0x40; /* RFC 4122 4.4: version 4 ... */
	uuid[8] = (uuid[8] & 0x3f) | 0x80; /* ... and its variant */
	buf_puts(b, "<urn:uuid:");
	for (size_t i = 0; i < UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_putc(b, '-');
		buf_put_hex(b, &uuid[i], 1);
	}
	buf_putc(b, '>');
}

void request_put_instance(struct registrant *r, struct buf *b, const struct holding *holding)
{
	struct slice contact = holding_contact(holding);
	struct ledger_identity identity;

	/* Most Contacts have no parameter, and so are not of this form. */
	if (slice_find(contact, ';') < 0 || !form_of(contact).is_outbound)
		return;
	identity = holding_identity(holding);
	put_instance(r, b, &identity);
}

static void put_contact(struct registrant *r, struct buf *b, const struct ledger_identity *identity,
    struct form form, uint32_t expires_s)
{
	sip_put_header_name(b, SIP_CONTACT);
	buf_putc(b, '<');
	buf_put(b, identity->contact);
	buf_putc(b, '>');
	if (form.is_outbound) {
		buf_puts(b, ";reg-id=1;+sip.instance=\"");
		put_instance(r, b, identity);
		buf_putc(b, '"');
	}
	buf_puts(b, ";expires=");
	buf_put_u64(b, expires_s);
	sip_put_crlf(b);
}

/*
 * Require, Proxy-Require and Supported (RFC 6140 5.1, RFC 5626 4.2.1). Behind a proxy that adds
 * Path, a registrar may refuse a request that does not support `path` (RFC 3327 5.1, 5.3), even a
 * fetch or a cancel.
 */
static void put_extensions(struct buf *b, struct form form)
{
	if (form.is_bulk) {
		sip_put_header(b, SIP_REQUIRE, SLICE("gin"));
		sip_put_header(b, SIP_PROXY_REQUIRE, SLICE("gin"));
	}
	sip_put_header(
	    b, SIP_SUPPORTED, form.is_outbound ? SLICE("path, outbound") : SLICE("path"));
}

static enum sip_method method_of(const struct request *request)
{
	return request->probe == PROBE_OPTIONS ? SIP_OPTIONS : SIP_REGISTER;
}

static void put_cseq(struct buf *b, const struct draft *draft)
{
	sip_put_header_name(b, SIP_CSEQ);
	buf_put_u64(b, draft->sequence->cseq);
	buf_putc(b, ' ');
	buf_puts(b, sip_method_name(method_of(draft->asked)));
	sip_put_crlf(b);
}

/* The Call-ID of an OPTIONS is its branch: so we know it when it comes back. */
static void put_call_id(struct registrant *r, struct buf *b, const struct draft *draft)
{
	sip_put_header_name(b, SIP_CALL_ID);
	if (draft->asked->probe == PROBE_OPTIONS)
		txn_put_branch(r->core->txns, draft->txn, b);
	else
		sequence_put_call_id(b, draft->sequence);
	sip_put_crlf(b);
}

/* Writes Contacts and Expires; none of them in a probe. */
static void put_bindings(struct registrant *r, struct buf *b, const struct draft *draft,
    const struct ledger_identity *identity, struct form form)
{
	put_contact(r, b, identity, form, draft->asked->expires_s);
	for (unsigned i = 0; i < draft->asked->carried_count; i++) {
		struct ledger_identity ended = holding_identity(draft->asked->carried[i]->holding);

		put_contact(r, b, &ended, form_of(ended.contact), 0);
	}
	sip_put_header_u64(b, SIP_EXPIRES, draft->asked->expires_s);
}

static void put_auth(
    struct registrant *r, struct buf *b, const struct draft *draft, struct slice uri)
{
	struct authorization auth = {
	    .username = draft->asked->auth_username,
	    .password = draft->asked->password,
	    .uri = uri,
	    .method = method_of(draft->asked),
	    .random = r->core->random,
	};

	authorization_put(draft->auths, b, &auth);
}

/*
 * The Request-URI of a REGISTER has no user part (RFC 3261 10.2): some home gateways silently drop
 * a REGISTER that has one. An OPTIONS goes to the AOR, and if that is bound, from there to us.
 */
static void put_request_uri(
    struct buf *b, const struct draft *draft, const struct ledger_identity *identity)
{
	buf_puts(b, "sip:");
	if (draft->asked->probe == PROBE_OPTIONS) {
		sip_put_user(b, identity->username);
		buf_putc(b, '@');
	}
	buf_put(b, identity->host);
}

static void put(struct registrant *r, struct buf *b, const struct draft *draft)
{
	struct ledger_identity identity = holding_identity(draft->holding);
	struct form form = form_of(identity.contact);
	char uri_text[HOST_TEXT_MAX];
	struct buf uri = buf_over(uri_text, sizeof(uri_text));

	put_request_uri(&uri, draft, &identity);
	if (uri.full)
		b->full = true;

	sip_put_request_line(b, method_of(draft->asked), buf_slice(&uri));
	put_via(r, b, draft, &form);
	put_route(b, draft->route);
	sip_put_header_u64(b, SIP_MAX_FORWARDS, 70);
	put_from_to(b, draft, &identity);
	put_call_id(r, b, draft);
	put_cseq(b, draft);
	if (draft->asked->probe == PROBE_OPTIONS)
		sip_put_header(b, SIP_ACCEPT, SLICE("application/sdp"));
	else
		put_extensions(b, form);
	if (draft->asked->probe == PROBE_NONE)
		put_bindings(r, b, draft, &identity, form);
	put_auth(r, b, draft, buf_slice(&uri));
	sip_put_header(b, SIP_USER_AGENT,
	    identity.user_agent.n ? identity.user_agent : slice_of(r->user_agent));
	sip_put_body(b, (struct slice){NULL, 0});
}

/* If it is written again, into a longer buffer, it is the same request, with the same CSeq. */
void request_write(
    void *context, struct exchange *exchange, struct txn *txn, const void *asked, struct buf *b)
{
	struct registrant *r = context;
	const struct holding *holding = holder_holding(exchange);
	struct sequence *sequence = sequence_get(r->core->sequences, holding->sequence);
	struct draft draft = {
	    .asked = asked,
	    .holding = holding,
	    .sequence = sequence,
	    .txn = txn,
	    .route = upstream_get(r->upstreams, exchange->route),
	    .auths = &exchange->auths,
	};

	if (txn->cseq == 0)
		txn->cseq = sequence_next(r->core->sequences, sequence);
	put(r, b, &draft);
}

static void mark_carried(const struct request *request, uint32_t cseq)
{
	for (unsigned i = 0; i < request->carried_count; i++) {
		request->carried[i]->carrier_cseq = cseq;
		debt_reach(request->carried[i], CANCEL_SENT);
	}
}

int request_send(struct registrant *r, struct exchange *exchange, const struct request *request)
{
	struct exchange_request sent = {
	    .method = method_of(request),
	    .is_probe = request->probe != PROBE_NONE,
	    .is_through = request->probe == PROBE_OPTIONS,
	    .is_combined = request->carried_count > 0,
	    .mark = request->expires_s,
	    .give_up_us = request->give_up_us,
	    .asked = request,
	};
	struct holding *holding = holder_holding(exchange);
	uint64_t bound_us = holding->bound_until_us;
	bool begins = !exchange->is_answering && !sent.is_probe;
	int rc = exchange_send(r->upstreams, exchange, &sent);

	if (rc < 0 || exchange->phase != EXCHANGE_SENT)
		return rc;
	if (begins)
		holding->bound_before_us = bound_us;
	if (request->carried_count > 0)
		mark_carried(request, txns_get(r->core->txns, exchange->txn)->cseq);
	return 0;
}
