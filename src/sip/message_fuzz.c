// SPDX-License-Identifier: Apache-2.0
/*
 * Parses any datagram and hands every header to the parser of its value. The
 * headers that find the owner must be sound. A response to a valid request must
 * parse again and belong to the same transaction.
 */
#include "sip/address.h"
#include "sip/auth.h"
#include "sip/build.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_addresses(const struct sip_message *message, enum sip_header_id id)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;
	struct sip_address address;
	struct sip_uri uri;

	while (sip_message_list(message, id, &cursor, &member)) {
		assert(member.n);
		if (sip_address_parse(member, &address, NULL) == 0 &&
		    sip_uri_parse(address.uri, &uri, NULL) == 0)
			assert(sip_uri_equal(&uri, &uri));
	}
}

static void walk_vias(const struct sip_message *message)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;
	struct sip_via via;

	while (sip_message_list(message, SIP_VIA, &cursor, &member))
		(void)!sip_via_parse(member, &via, NULL);
}

static void walk_value(const struct sip_header *header)
{
	struct sip_credentials credentials;
	struct sip_challenge challenge;
	struct slice rest = header->value;
	struct slice nonce;
	uint32_t seconds;

	assert(header->id == sip_header_find(header->name));
	(void)!sip_delta_seconds(header->value, &seconds);
	(void)!sip_credentials_parse(header->value, &credentials, NULL);
	(void)sip_next_nonce(header->value, &nonce);
	while (sip_challenge_next(&rest, &challenge, NULL) == 1)
		;
}

static void walk(const struct sip_message *message)
{
	assert(message->header_count <= SIP_HEADERS_MAX);
	for (unsigned i = 0; i < message->header_count; i++)
		walk_value(&message->headers[i]);
	for (enum sip_header_id id = SIP_HEADER_OTHER; id < SIP_HEADER_COUNT; id++)
		walk_addresses(message, id);
	walk_vias(message);
}

/* Whatever was skipped: the headers that find the owner stand there, and once. */
static void check_sound(const struct sip_message *message)
{
	static const enum sip_header_id once[] = {SIP_FROM, SIP_TO, SIP_CALL_ID, SIP_CSEQ};

	assert(sip_message_header(message, SIP_VIA, 0));
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		assert(sip_message_header(message, once[i], 0) &&
		       !sip_message_header(message, once[i], 1));
	assert(message->call_id.n && message->cseq_method_name.n);
}

static void answer(const struct sip_message *request)
{
	static char storage[2 * SIP_MESSAGE_MAX];
	static struct sip_message response;
	const struct netaddr source = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5062};
	struct buf b = buf_over(storage, sizeof(storage));

	sip_put_response(&b, request, &source, 486, (struct slice){0}, SLICE("t"));
	sip_put_body(&b, SLICE("body"));
	assert(!b.full);
	if (b.n > SIP_MESSAGE_MAX)
		return;
	assert(sip_message_parse(buf_slice(&b), &response, NULL) == 0);
	assert(!response.is_request && response.status == 486);
	assert(slice_equal(response.call_id, request->call_id));
	assert(response.cseq == request->cseq);
	assert(slice_equal(response.method_name, request->method_name));
	assert(slice_equal(response.body, SLICE("body")));
	walk(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sip_message message;
	struct sip_error error = {0};
	int err = sip_message_parse(slice_make(data, size), &message, &error);

	if (err)
		assert(error.what && error.offset <= size);
	if (message.skipped > 0)
		assert(!message.is_request && message.skipped_what);
	if (!err)
		check_sound(&message);
	walk(&message);
	if (!err && message.is_request)
		answer(&message);
	return 0;
}
