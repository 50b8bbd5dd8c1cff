// SPDX-License-Identifier: Apache-2.0
/*
 * Prints ladder lines to stdout.
 */
#include "practice/ladder.h"

#include "sip/address.h"
#include "sip/message.h"
#include "sip/param.h"
#include "sip/uri.h"

#include <inttypes.h>
#include <stdio.h>

/* Whose registration it is: the user of To. */
static struct slice user_of(const struct sip_message *msg)
{
	struct sip_address to;
	struct sip_uri uri;

	if (sip_address_parse(sip_message_value(msg, SIP_TO), &to, NULL) ||
	    sip_uri_parse(to.uri, &uri, NULL))
		return SLICE("?");
	return uri.user;
}

/* "3600" of the first Contact, else of the Expires header; empty without. */
static struct slice expiry_of(const struct sip_message *msg)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address contact;
	struct sip_param expires;
	struct slice member;

	if (sip_message_list(msg, SIP_CONTACT, &cursor, &member) &&
	    !sip_address_parse(member, &contact, NULL) &&
	    sip_param_find(contact.params, "expires", &expires))
		return expires.value;
	return sip_message_value(msg, SIP_EXPIRES);
}

static void print_what(const struct sip_message *msg)
{
	struct slice expiry = expiry_of(msg);
	char what[64];

	if (msg->is_request)
		snprintf(what, sizeof(what), "%.*s", SLICE_ARG(msg->method_name));
	else
		snprintf(what, sizeof(what), "%u %.*s", msg->status, SLICE_ARG(msg->reason));
	printf("%-26s %-16.*s", what, SLICE_ARG(user_of(msg)));
	if (expiry.n)
		printf(" expires %-6.*s", SLICE_ARG(expiry));
	else
		printf(" %-14s", "");
}

void ladder_print(uint64_t age_us, bool received, struct slice bytes)
{
	struct sip_message msg;
	int call_id_n;

	printf("%9" PRIu64 ".%03u %s ", age_us / 1000000, (unsigned)(age_us / 1000 % 1000),
	    received ? "→" : "←");
	if (sip_message_parse(bytes, &msg, NULL)) {
		printf("(%zu bytes that are no SIP message)\n", bytes.n);
		return;
	}
	print_what(&msg);
	call_id_n = msg.call_id.n > 8 ? 8 : (int)msg.call_id.n;
	printf("  call %.*s  CSeq %" PRIu32 "\n", call_id_n, msg.call_id.p, msg.cseq);
}
