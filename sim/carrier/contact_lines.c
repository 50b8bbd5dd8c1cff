// SPDX-License-Identifier: Apache-2.0
/*
 * Lists the bindings of an AOR.
 */
#include "sim/carrier/contact_lines.h"

#include "sip/build.h"
#include "sip/uri.h"

#define REWRITE_HOST "203.0.113.77"
#define REWRITE_PORT 40961
#define FOREIGN      "sip:somebody@198.51.100.99:5062"
#define STALE        "sip:stale@198.51.100.98:5062"

static void put_host(struct buf *b, const struct sip_uri *uri, enum carrier_rewrite rewrite)
{
	if (rewrite == CARRIER_REWRITE_PORT)
		buf_put(b, uri->host);
	else
		buf_puts(b, REWRITE_HOST);
	if (rewrite != CARRIER_REWRITE_HOST || uri->port) {
		buf_putc(b, ':');
		buf_put_u64(b, rewrite == CARRIER_REWRITE_HOST ? uri->port : REWRITE_PORT);
	}
}

static struct slice user_of(const struct binding *binding)
{
	struct slice user = slice_skip(owned_slice(&binding->aor), 4);
	ptrdiff_t at = slice_find(user, '@');

	return at < 0 ? user : slice_make(user.p, (size_t)at);
}

/* As a session border controller does: its own name for the phone, where it saw it. */
static void put_seen(const struct carrier *carrier, const struct binding *binding, struct buf *b)
{
	struct netaddr seen = seen_as(carrier, &binding->source);

	buf_puts(b, "sip:");
	buf_put(b, user_of(binding));
	buf_putc(b, '@');
	netaddr_put(b, &seen);
}

static void put_user(const struct carrier *carrier, const struct binding *binding,
    const struct sip_uri *uri, struct buf *b)
{
	if (carrier->config.rewrite == CARRIER_REWRITE_WHOLE) {
		buf_putc(b, 'u');
		buf_put_u64(b, pool_handle_slot(binding->handle));
	} else {
		buf_put(b, uri->user);
	}
	if (uri->user.n || carrier->config.rewrite == CARRIER_REWRITE_WHOLE)
		buf_putc(b, '@');
}

/* The URI as it is listed; planted bindings are left alone. */
static void put_uri(const struct carrier *carrier, const struct binding *binding, struct buf *b)
{
	enum carrier_rewrite rewrite = carrier->config.rewrite;
	struct slice contact = owned_slice(&binding->contact);
	struct sip_uri uri;

	if (rewrite == CARRIER_REWRITE_NONE || binding->planted ||
	    sip_uri_parse(contact, &uri, NULL)) {
		buf_put(b, contact);
	} else if (rewrite == CARRIER_REWRITE_SEEN) {
		put_seen(carrier, binding, b);
	} else if (rewrite == CARRIER_REWRITE_ADDS) {
		buf_put(b, contact);
		buf_puts(b, ";transport=udp;line=");
		buf_put_u64(b, pool_handle_slot(binding->handle));
	} else if (rewrite == CARRIER_REWRITE_DROPS) {
		buf_put(b, slice_make(contact.p,
		               uri.params.n ? (size_t)(uri.params.p - contact.p) : contact.n));
	} else {
		buf_put(b, uri.scheme_name);
		buf_putc(b, ':');
		put_user(carrier, binding, &uri, b);
		put_host(b, &uri, rewrite);
		if (rewrite != CARRIER_REWRITE_WHOLE)
			buf_put(b, uri.params);
	}
}

static bool is_listed_as(
    const struct carrier *carrier, const struct binding *binding, struct slice contact)
{
	char text[2048];
	struct buf b = buf_over(text, sizeof(text));

	put_uri(carrier, binding, &b);
	return !b.full && sip_uri_equal_text(buf_slice(&b), contact);
}

struct binding *contact_lines_find(
    const struct carrier *carrier, struct slice aor, struct slice contact)
{
	struct binding *binding = location_find(&carrier->location, aor, contact);
	uint32_t cursor = 0;

	if (binding || carrier->config.rewrite == CARRIER_REWRITE_NONE)
		return binding;
	while ((binding = location_next(&carrier->location, aor, &cursor)))
		if (is_listed_as(carrier, binding, contact))
			return binding;
	return NULL;
}

static void put_contact(const struct carrier *carrier, struct slice uri, struct slice params,
    uint64_t expires_s, struct buf *b)
{
	sip_put_header_name(b, SIP_CONTACT);
	buf_putc(b, '<');
	buf_put(b, uri);
	buf_putc(b, '>');
	buf_put(b, params);
	if (carrier->config.report != CARRIER_REPORT_BARE) {
		buf_puts(b, ";expires=");
		buf_put_u64(b, expires_s);
	}
	sip_put_crlf(b);
}

static uint64_t remaining_s(const struct carrier *carrier, const struct binding *binding)
{
	if (binding->expires_us <= carrier->now_us)
		return 0;
	return (binding->expires_us - carrier->now_us + US_PER_S - 1) / US_PER_S;
}

static void put_binding(const struct carrier *carrier, const struct binding *binding, struct buf *b)
{
	char text[2048];
	struct buf uri = buf_over(text, sizeof(text));

	put_uri(carrier, binding, &uri);
	put_contact(carrier, buf_slice(&uri), owned_slice(&binding->params),
	    remaining_s(carrier, binding), b);
}

/* Contacts of this request that are not bound (any more) but named with an expiry of 0. */
static void put_zeros(
    const struct carrier *carrier, const struct register_request *r, struct buf *b)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct register_contact *c = &r->contacts[i];

		if (c->granted_s == 0 &&
		    (c->asked_s || carrier->config.cancel == CARRIER_CANCEL_ZERO))
			put_contact(carrier, c->uri, SLICE(""), 0, b);
	}
}

static uint32_t largest_grant_s(const struct register_request *r)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < r->count; i++)
		if (r->contacts[i].granted_s > most)
			most = r->contacts[i].granted_s;
	return most;
}

bool contact_lines_names(
    const struct carrier *carrier, const struct register_request *r, const struct binding *b)
{
	for (unsigned i = 0; i < r->count; i++)
		if (contact_lines_find(carrier, r->aor, r->contacts[i].uri) == b)
			return true;
	return false;
}

void contact_lines_put_bound(const struct carrier *carrier, struct slice aor, struct buf *b)
{
	struct binding *binding;
	uint32_t cursor = 0;

	while ((binding = location_next(&carrier->location, aor, &cursor)))
		if (!binding->tombstone)
			put_binding(carrier, binding, b);
}

static void put_named(
    const struct carrier *carrier, const struct register_request *r, struct buf *b)
{
	struct binding *binding;
	uint32_t cursor = 0;

	while ((binding = location_next(&carrier->location, r->aor, &cursor)))
		if (!binding->tombstone && contact_lines_names(carrier, r, binding))
			put_binding(carrier, binding, b);
}

static void put_contacts(
    const struct carrier *carrier, const struct register_request *r, struct buf *b)
{
	bool foreign = carrier->config.extra == CARRIER_EXTRA_FOREIGN ||
	               carrier->config.extra == CARRIER_EXTRA_ONLY;

	if (foreign)
		put_contact(
		    carrier, SLICE(FOREIGN), SLICE(""), (uint64_t)largest_grant_s(r) + 1800, b);
	if (carrier->config.extra == CARRIER_EXTRA_ONLY)
		return;
	if (carrier->config.report == CARRIER_REPORT_OWN)
		put_named(carrier, r, b);
	else
		contact_lines_put_bound(carrier, r->aor, b);
	put_zeros(carrier, r, b);
	if (carrier->config.extra == CARRIER_EXTRA_STALE)
		put_contact(carrier, SLICE(STALE), SLICE(""), 0, b);
}

void contact_lines_put(struct carrier *carrier, const struct register_request *r, struct buf *b)
{
	enum carrier_report report = carrier->config.report;
	bool hides = carrier->config.fetch_hides && !r->count && !r->star;

	if (!hides && report != CARRIER_REPORT_EXPIRES && report != CARRIER_REPORT_NOTHING)
		put_contacts(carrier, r, b);
	if (report == CARRIER_REPORT_BARE || report == CARRIER_REPORT_EXPIRES)
		sip_put_header_u64(b, SIP_EXPIRES, largest_grant_s(r));
	if (carrier->config.service_route[0])
		sip_put_header(b, SIP_SERVICE_ROUTE, slice_of(carrier->config.service_route));
}
