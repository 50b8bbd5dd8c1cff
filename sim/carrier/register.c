// SPDX-License-Identifier: Apache-2.0
/*
 * Reads a REGISTER.
 */
#include "sim/carrier/register.h"

#include "sip/address.h"
#include "sip/param.h"
#include "sip/uri.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void register_put_aor(struct buf *b, struct slice user, struct slice host)
{
	buf_puts(b, "sip:");
	buf_put(b, user);
	buf_putc(b, '@');
	for (size_t i = 0; i < host.n; i++)
		buf_putc(b, lower(host.p[i]));
}

static int read_aor(struct carrier *carrier, const struct incoming *in, struct register_request *r)
{
	struct buf b = buf_over(r->aor_text, sizeof(r->aor_text));
	struct sip_address to;
	struct sip_uri uri;

	if (sip_address_parse(sip_message_value(in->msg, SIP_TO), &to, NULL) ||
	    sip_uri_parse(to.uri, &uri, NULL) || slice_is_empty(uri.user))
		return ERR_SYNTAX;
	if (sip_address_tag(&to).n)
		judge_offence(&carrier->judge, CARRIER_TO_TAG, in->msg->bytes);
	register_put_aor(&b, uri.user, uri.host);
	if (b.full)
		return ERR_LIMIT;
	r->aor = buf_slice(&b);
	r->user = slice_make(r->aor.p + 4, uri.user.n);
	r->host = slice_skip(r->aor, 4 + uri.user.n + 1);
	return 0;
}

static void judge_request_uri(struct carrier *carrier, const struct incoming *in)
{
	struct sip_uri uri;

	if (sip_uri_parse(in->msg->uri, &uri, NULL))
		judge_offence(&carrier->judge, CARRIER_BAD_SYNTAX, in->msg->bytes);
	else if (uri.user.n)
		judge_offence(&carrier->judge, CARRIER_REQUEST_URI_USER, in->msg->bytes);
}

static int read_expires(const struct carrier *carrier, struct register_request *r,
    const struct sip_address *address, struct register_contact *c)
{
	struct sip_param param;

	c->asked_s = r->has_expires ? r->expires_s : carrier->config.expires_default_s;
	c->has_expires = sip_param_find(address->params, "expires", &param);
	return c->has_expires ? sip_delta_seconds(param.value, &c->asked_s) : 0;
}

static int add_contact(struct carrier *carrier, struct register_request *r, struct slice member)
{
	struct register_contact *c;
	struct sip_address address;
	struct sip_uri uri;

	if (r->count == REGISTER_CONTACTS_MAX)
		return ERR_LIMIT;
	if (sip_address_parse(member, &address, NULL))
		return ERR_SYNTAX;
	if (address.is_star) {
		r->star = true;
		return 0;
	}
	if (sip_uri_parse(address.uri, &uri, NULL))
		return ERR_SYNTAX;
	c = &r->contacts[r->count++];
	c->uri = address.uri;
	c->params = address.params;
	return read_expires(carrier, r, &address, c);
}

static int read_contacts(
    struct carrier *carrier, const struct incoming *in, struct register_request *r)
{
	const struct sip_header *expires = sip_message_header(in->msg, SIP_EXPIRES, 0);
	struct sip_list_cursor cursor = {0};
	struct slice member;
	int rc = 0;

	if (expires) {
		r->has_expires = true;
		rc = sip_delta_seconds(expires->value, &r->expires_s);
	}
	while (!rc && sip_message_list(in->msg, SIP_CONTACT, &cursor, &member))
		rc = add_contact(carrier, r, member);
	/* Step 6: a star stands alone, with an expiry of 0. */
	if (!rc && r->star && (r->count || !r->has_expires || r->expires_s))
		rc = ERR_SYNTAX;
	return rc;
}

bool register_is_cancel(const struct register_request *r)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->contacts[i].asked_s)
			return false;
	return r->count || r->star;
}

static void judge_contacts(
    struct carrier *carrier, const struct incoming *in, const struct register_request *r)
{
	bool cancel = register_is_cancel(r);
	bool no_expiry = false, half = false;

	if (r->star) {
		judge_offence(&carrier->judge, CARRIER_STAR, in->msg->bytes);
		return;
	}
	for (unsigned i = 0; i < r->count; i++) {
		no_expiry |= !r->contacts[i].has_expires && !r->has_expires;
		half |= cancel && (!r->contacts[i].has_expires || !r->has_expires || r->expires_s);
	}
	if (no_expiry)
		judge_offence(&carrier->judge, CARRIER_NO_EXPIRY, in->msg->bytes);
	if (half)
		judge_offence(&carrier->judge, CARRIER_HALF_CANCEL, in->msg->bytes);
}

int register_read(struct carrier *carrier, const struct incoming *in, struct register_request *r)
{
	int rc;

	memset(r, 0, sizeof(*r));
	judge_request_uri(carrier, in);
	rc = read_aor(carrier, in, r);
	if (!rc)
		rc = read_contacts(carrier, in, r);
	if (rc)
		judge_offence(&carrier->judge, CARRIER_BAD_SYNTAX, in->msg->bytes);
	else
		judge_contacts(carrier, in, r);
	return rc;
}
