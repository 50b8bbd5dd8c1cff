// SPDX-License-Identifier: Apache-2.0
/*
 * Reading of passing datagrams.
 */
#include "sim/facts.h"

#include "base/map.h"
#include "sip/address.h"
#include "sip/param.h"
#include "sip/uri.h"
#include "sip/via.h"

static void read_via(const struct sip_message *message, struct facts *facts)
{
	struct sip_list_cursor cursor = {0};
	struct sip_via via;
	struct slice top;

	if (sip_message_list(message, SIP_VIA, &cursor, &top) &&
	    sip_via_parse(top, &via, NULL) == 0)
		facts->branch = via.branch;
}

static void read_to(const struct sip_message *message, struct facts *facts)
{
	struct sip_address address;
	struct sip_uri uri;

	if (sip_address_parse(sip_message_value(message, SIP_TO), &address, NULL) < 0 ||
	    sip_uri_parse(address.uri, &uri, NULL) < 0)
		return;
	facts->user = uri.user;
	facts->host = uri.host;
}

static bool read_seconds(struct slice text, uint32_t *seconds_r)
{
	uint64_t number;

	if (slice_number(slice_trim(text), UINT32_MAX, &number) < 0)
		return false;
	*seconds_r = (uint32_t)number;
	return true;
}

static void read_contact(const struct sip_message *message, struct facts *facts)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address;
	struct sip_param expires;
	struct slice member;

	facts->has_expiry =
	    read_seconds(sip_message_value(message, SIP_EXPIRES), &facts->expires_s);
	if (!sip_message_list(message, SIP_CONTACT, &cursor, &member) ||
	    sip_address_parse(member, &address, NULL) < 0)
		return;
	facts->contact = address.uri;
	if (sip_param_find(address.params, "expires", &expires))
		facts->has_expiry = read_seconds(expires.value, &facts->expires_s);
	while (sip_message_list(message, SIP_CONTACT, &cursor, &member))
		if (sip_address_parse(member, &address, NULL) == 0 &&
		    sip_param_find(address.params, "expires", &expires))
			facts->ends_another |= slice_equal(expires.value, SLICE("0"));
}

void facts_read(struct slice bytes, struct facts *facts_r)
{
	struct sip_message message;
	struct sip_error error;

	*facts_r = (struct facts){.is_keepalive = slice_is_empty(slice_trim(bytes))};
	if (sip_message_parse(bytes, &message, &error) < 0)
		return;
	facts_r->is_sip = true;
	facts_r->is_request = message.is_request;
	facts_r->method = message.cseq_method;
	facts_r->is_register = message.cseq_method == SIP_REGISTER;
	facts_r->status = message.status;
	facts_r->cseq = message.cseq;
	facts_r->call_id = message.call_id;
	read_via(&message, facts_r);
	read_to(&message, facts_r);
	read_contact(&message, facts_r);
}

void facts_move(struct facts *facts, const char *from, const char *to)
{
	struct slice *slices[] = {
	    &facts->call_id, &facts->branch, &facts->user, &facts->host, &facts->contact};

	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++)
		if (slices[i]->n > 0)
			slices[i]->p = to + (slices[i]->p - from);
}

uint64_t facts_hash(struct slice text)
{
	return hash_bytes((struct hash_key){0x51a7e, 0x0c0ffee}, text);
}
