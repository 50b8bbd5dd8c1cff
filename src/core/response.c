// SPDX-License-Identifier: Apache-2.0
/*
 * What is answered to whom, by method.
 */
#include "core/response.h"

#include "sip/address.h"
#include "sip/build.h"
#include "txn/require.h"
#include "txn/stateless.h"

#define LINES_MAX   1024
#define ALLOWED     "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER"
#define RETRY_AFTER 30 /* seconds until somebody else serves, or we do again */

/* No extension is spoken outside REGISTER. */
static const char *const spoken[] = {NULL};

static unsigned unavailable(struct buf *lines)
{
	sip_put_header_u64(lines, SIP_RETRY_AFTER, RETRY_AFTER);
	return 503;
}

/* Gives the status; its own header lines are written to `lines`. */
static unsigned choose(
    const struct core_context *core, const struct sip_message *request, struct buf *lines)
{
	/* A stop that keeps the bindings refuses nothing: the next start goes on with them. */
	bool is_stopping = core->stop.mode == CORE_STOPS;
	struct sip_address to;
	struct sip_uri uri;

	if (sip_uri_parse(request->uri, &uri, NULL) != 0 ||
	    sip_address_parse(sip_message_value(request, SIP_TO), &to, NULL) != 0)
		return 400;
	if (uri.scheme == SIP_SCHEME_OTHER)
		return 416;
	/* CANCEL carries none (RFC 3261 8.2.2.3). */
	if (request->method != SIP_CANCEL && require_put_unsupported(lines, request, spoken))
		return 420;
	switch (request->method) {
	case SIP_OPTIONS:
		if (is_stopping)
			return unavailable(lines);
		sip_put_header(lines, SIP_ALLOW, SLICE(ALLOWED));
		sip_put_header(lines, SIP_ACCEPT, SLICE("application/sdp"));
		return 200;
	case SIP_INVITE:
		return is_stopping ? unavailable(lines) : 480;
	case SIP_NOTIFY:
	case SIP_BYE:
	case SIP_CANCEL:
		return 481;
	case SIP_METHOD_OTHER:
		sip_put_header(lines, SIP_ALLOW, SLICE(ALLOWED));
		return 501;
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
	sip_put_header(lines, SIP_ALLOW, SLICE(ALLOWED));
	return 405;
}

void response_send(
    const struct core_context *core, const struct sip_message *request, const struct flow *flow)
{
	char storage[LINES_MAX];
	struct buf lines = buf_over(storage, sizeof(storage));
	unsigned status;

	if (request->method == SIP_ACK)
		return;
	status = choose(core, request, &lines);
	stateless_answer(core, request, flow, status, buf_slice(&lines));
}

void response_malformed(const struct core_context *core, const struct sip_message *request,
    const struct flow *flow, int rc, const struct sip_error *error)
{
	char storage[STATELESS_SIZE];
	struct buf b = buf_over(storage, sizeof(storage));

	if (!request->is_request || request->method == SIP_ACK || request->call_id.n == 0 ||
	    !request->has_via)
		return;
	if (rc == ERR_UNSUPPORTED)
		stateless_begin(core, &b, request, flow, 505, (struct slice){NULL, 0});
	else
		stateless_begin(core, &b, request, flow, 400, slice_of(error->what));
	(void)stateless_send(core, &b, request, flow);
}
