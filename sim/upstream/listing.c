// SPDX-License-Identifier: Apache-2.0
/*
 * Lists the bindings of an AOR.
 */
#include "sim/upstream/listing.h"

#include "sip/build.h"
#include "sip/uri.h"

#define REWRITE_HOST "203.0.113.77"
#define REWRITE_PORT 40961
#define FOREIGN      "sip:somebody@198.51.100.99:5062"
#define STALE        "sip:stale@198.51.100.98:5062"

static void put_host(struct buf *b, const struct sip_uri *uri, enum upstream_rewrite rewrite)
{
	if (rewrite == UPSTREAM_REWRITE_PORT)
		buf_put(b, uri->host);
	else
		buf_puts(b, REWRITE_HOST);
	if (rewrite != UPSTREAM_REWRITE_HOST || uri->port) {
		buf_putc(b, ':');
		buf_put_u64(b, rewrite == UPSTREAM_REWRITE_HOST ? uri->port : REWRITE_PORT);
	}
}

static struct slice user_of(const struct binding *binding)
{
	struct slice user = slice_skip(owned_slice(&binding->aor), 4);
	ptrdiff_t at = slice_find(user, '@');

	return at < 0 ? user : slice_make(user.p, (size_t)at);
}

/* As a session border controller does: its own name for the phone, where it saw it. */
static void put_seen(const struct upstream *u, const struct binding *binding, struct buf *b)
{
	struct netaddr seen = seen_as(u, &binding->source);

	buf_puts(b, "sip:");
	buf_put(b, user_of(binding));
	buf_putc(b, '@');
	netaddr_put(b, &seen);
}

static void put_user(const struct upstream *u, const struct binding *binding,
    const struct sip_uri *uri, struct buf *b)
{
	if (u->config.rewrite == UPSTREAM_REWRITE_WHOLE) {
		buf_putc(b, 'u');
		buf_put_u64(b, pool_handle_slot(binding->handle));
	} else {
		buf_put(b, uri->user);
	}
	if (uri->user.n || u->config.rewrite == UPSTREAM_REWRITE_WHOLE)
		buf_putc(b, '@');
}

/* The URI as it is listed; planted bindings are left alone. */
static void put_uri(const struct upstream *u, const struct binding *binding, struct buf *b)
{
	enum upstream_rewrite rewrite = u->config.rewrite;
	struct slice contact = owned_slice(&binding->contact);
	struct sip_uri uri;

	if (rewrite == UPSTREAM_REWRITE_NONE || binding->planted ||
	    sip_uri_parse(contact, &uri, NULL)) {
		buf_put(b, contact);
	} else if (rewrite == UPSTREAM_REWRITE_SEEN) {
		put_seen(u, binding, b);
	} else if (rewrite == UPSTREAM_REWRITE_ADDS) {
		buf_put(b, contact);
		buf_puts(b, ";transport=udp;line=");
		buf_put_u64(b, pool_handle_slot(binding->handle));
	} else if (rewrite == UPSTREAM_REWRITE_DROPS) {
		buf_put(b, slice_make(contact.p,
		               uri.params.n ? (size_t)(uri.params.p - contact.p) : contact.n));
	} else {
		buf_put(b, uri.scheme_name);
		buf_putc(b, ':');
		put_user(u, binding, &uri, b);
		put_host(b, &uri, rewrite);
		if (rewrite != UPSTREAM_REWRITE_WHOLE)
			buf_put(b, uri.params);
	}
}

static bool is_listed_as(
    const struct upstream *u, const struct binding *binding, struct slice contact)
{
	char text[2048];
	struct buf b = buf_over(text, sizeof(text));

	put_uri(u, binding, &b);
	return !b.full && sip_uri_equal_text(buf_slice(&b), contact);
}

struct binding *listing_find(const struct upstream *u, struct slice aor, struct slice contact)
{
	struct binding *binding = location_find(&u->location, aor, contact);
	uint32_t cursor = 0;

	if (binding || u->config.rewrite == UPSTREAM_REWRITE_NONE)
		return binding;
	while ((binding = location_next(&u->location, aor, &cursor)))
		if (is_listed_as(u, binding, contact))
			return binding;
	return NULL;
}

static void put_contact(const struct upstream *u, struct slice uri, struct slice params,
    uint64_t expires_s, struct buf *b)
{
	sip_put_header_name(b, SIP_CONTACT);
	buf_putc(b, '<');
	buf_put(b, uri);
	buf_putc(b, '>');
	buf_put(b, params);
	if (u->config.report != UPSTREAM_REPORT_BARE) {
		buf_puts(b, ";expires=");
		buf_put_u64(b, expires_s);
	}
	sip_put_crlf(b);
}

static uint64_t remaining_s(const struct upstream *u, const struct binding *binding)
{
	if (binding->expires_us <= u->now_us)
		return 0;
	return (binding->expires_us - u->now_us + US_PER_S - 1) / US_PER_S;
}

static void put_binding(const struct upstream *u, const struct binding *binding, struct buf *b)
{
	char text[2048];
	struct buf uri = buf_over(text, sizeof(text));

	put_uri(u, binding, &uri);
	put_contact(u, buf_slice(&uri), owned_slice(&binding->params), remaining_s(u, binding), b);
}

/* Contacts of this request that are not bound (any more) but named with an expiry of 0. */
static void put_zeros(const struct upstream *u, const struct registration *r, struct buf *b)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct registration_contact *c = &r->contacts[i];

		if (c->granted_s == 0 && (c->asked_s || u->config.cancel == UPSTREAM_CANCEL_ZERO))
			put_contact(u, c->uri, SLICE(""), 0, b);
	}
}

static uint32_t largest_grant_s(const struct registration *r)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < r->count; i++)
		if (r->contacts[i].granted_s > most)
			most = r->contacts[i].granted_s;
	return most;
}

bool listing_names(const struct upstream *u, const struct registration *r, const struct binding *b)
{
	for (unsigned i = 0; i < r->count; i++)
		if (listing_find(u, r->aor, r->contacts[i].uri) == b)
			return true;
	return false;
}

void listing_put_bound(const struct upstream *u, struct slice aor, struct buf *b)
{
	struct binding *binding;
	uint32_t cursor = 0;

	while ((binding = location_next(&u->location, aor, &cursor)))
		if (!binding->tombstone)
			put_binding(u, binding, b);
}

static void put_named(const struct upstream *u, const struct registration *r, struct buf *b)
{
	struct binding *binding;
	uint32_t cursor = 0;

	while ((binding = location_next(&u->location, r->aor, &cursor)))
		if (!binding->tombstone && listing_names(u, r, binding))
			put_binding(u, binding, b);
}

static void put_contacts(const struct upstream *u, const struct registration *r, struct buf *b)
{
	bool foreign =
	    u->config.extra == UPSTREAM_EXTRA_FOREIGN || u->config.extra == UPSTREAM_EXTRA_ONLY;

	if (foreign)
		put_contact(u, SLICE(FOREIGN), SLICE(""), (uint64_t)largest_grant_s(r) + 1800, b);
	if (u->config.extra == UPSTREAM_EXTRA_ONLY)
		return;
	if (u->config.report == UPSTREAM_REPORT_OWN)
		put_named(u, r, b);
	else
		listing_put_bound(u, r->aor, b);
	put_zeros(u, r, b);
	if (u->config.extra == UPSTREAM_EXTRA_STALE)
		put_contact(u, SLICE(STALE), SLICE(""), 0, b);
}

void listing_put(struct upstream *u, const struct registration *r, struct buf *b)
{
	enum upstream_report report = u->config.report;
	bool hides = u->config.fetch_hides && !r->count && !r->star;

	if (!hides && report != UPSTREAM_REPORT_EXPIRES && report != UPSTREAM_REPORT_NOTHING)
		put_contacts(u, r, b);
	if (report == UPSTREAM_REPORT_BARE || report == UPSTREAM_REPORT_EXPIRES)
		sip_put_header_u64(b, SIP_EXPIRES, largest_grant_s(r));
	if (u->config.service_route[0])
		sip_put_header(b, SIP_SERVICE_ROUTE, slice_of(u->config.service_route));
}
