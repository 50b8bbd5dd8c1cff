// SPDX-License-Identifier: Apache-2.0
/*
 * What is answered to whom, by method.
 */
#include "core/response.h"

#include "sip/address.h"
#include "sip/build.h"

#define RESPONSE_MAX 4096
#define ALLOWED      "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY"
#define RETRY_AFTER  30 /* seconds until somebody else serves, or we do again */

struct response {
	unsigned status;
	bool with_allow, with_accept, with_retry_after;
	struct slice unsupported;
};

/* The same request gets the same tag, without anything being kept (RFC 3261 8.2.7). */
static struct slice make_tag(
    const struct response_context *context, const struct sip_message *request, char storage[16])
{
	struct buf b = buf_over(storage, 16);
	uint64_t hash = hash_bytes(context->key, request->call_id) ^ request->cseq;
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(hash >> (8 * i));
	buf_put_hex(&b, bytes, sizeof(bytes));
	return buf_slice(&b);
}

static void put(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow, const struct response *response, struct slice reason)
{
	char storage[RESPONSE_MAX], tag[16];
	struct buf b = buf_over(storage, sizeof(storage));

	sip_put_response(
	    &b, request, &flow->peer, response->status, reason, make_tag(context, request, tag));
	if (response->with_allow)
		sip_put_header(&b, SIP_ALLOW, SLICE(ALLOWED));
	if (response->with_accept)
		sip_put_header(&b, SIP_ACCEPT, SLICE("application/sdp"));
	if (response->with_retry_after)
		sip_put_header_u64(&b, SIP_RETRY_AFTER, RETRY_AFTER);
	if (response->unsupported.n > 0)
		sip_put_header(&b, SIP_UNSUPPORTED, response->unsupported);
	sip_put_header(&b, SIP_SERVER, context->user_agent);
	sip_put_body(&b, (struct slice){NULL, 0});
	if (!b.full)
		outbox_send(context->outbox, flow, buf_slice(&b));
}

static struct response choose(
    const struct response_context *context, const struct sip_message *request)
{
	struct slice required = sip_message_value(request, SIP_REQUIRE);

	/* No extension is spoken so far (RFC 3261 8.2.2.3); CANCEL carries none. */
	if (required.n > 0 && request->method != SIP_CANCEL)
		return (struct response){.status = 420, .unsupported = required};
	switch (request->method) {
	case SIP_OPTIONS:
		if (context->is_stopping)
			return (struct response){.status = 503, .with_retry_after = true};
		return (struct response){.status = 200, .with_allow = true, .with_accept = true};
	case SIP_INVITE:
		if (context->is_stopping)
			return (struct response){.status = 503, .with_retry_after = true};
		return (struct response){.status = 480};
	case SIP_NOTIFY:
	case SIP_BYE:
	case SIP_CANCEL:
		return (struct response){.status = 481};
	case SIP_METHOD_OTHER:
	case SIP_ACK:
	case SIP_INFO:
	case SIP_MESSAGE:
	case SIP_PRACK:
	case SIP_PUBLISH:
	case SIP_REFER:
	case SIP_REGISTER:
	case SIP_SUBSCRIBE:
	case SIP_UPDATE:
		break;
	}
	return (struct response){.status = 405, .with_allow = true};
}

void response_send(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow)
{
	struct response response;

	if (request->method == SIP_ACK)
		return;
	response = choose(context, request);
	put(context, request, flow, &response, (struct slice){NULL, 0});
}

void response_malformed(const struct response_context *context, const struct sip_message *request,
    const struct flow *flow, const struct sip_error *error)
{
	struct response response = {.status = 400};

	if (!request->is_request || request->method == SIP_ACK || request->call_id.n == 0 ||
	    !request->has_via)
		return;
	put(context, request, flow, &response, slice_of(error->what));
}
