// SPDX-License-Identifier: Apache-2.0
/*
 * What stands in the responses to a REGISTER.
 */
#include "registrar/register_reply.h"

#include "registrar/binding.h"
#include "registrar/held.h"
#include "sip/build.h"
#include "sip/param.h"
#include "txn/require.h"
#include "txn/stateless.h"

#define SUPPORTED      "path, outbound, gruu"
#define FLOW_TIMER     "Flow-Timer: 120\r\n" /* RFC 5626 4.4.1: seconds between its keepalives */
#define RETRY_LEAST_S  5
#define RETRY_SPREAD_S 26

static void begin(const struct incoming *in, struct buf *b, unsigned status, const char *reason)
{
	stateless_begin(in->registrar->core, b, in->request, in->flow, status, slice_of(reason));
}

static void send(const struct incoming *in, struct buf *b)
{
	(void)stateless_send(in->registrar->core, b, in->request, in->flow);
}

/* ";q=0.5" */
static void put_q(struct buf *b, uint16_t milli)
{
	unsigned unit = 100;

	if (milli == 1000)
		return;
	buf_puts(b, ";q=0.");
	do {
		buf_putc(b, (char)('0' + milli / unit % 10));
		unit /= 10;
	} while (unit > 0 && milli % (unit * 10) > 0);
}

/* A public GRUU: the AOR with the instance as `gr` (RFC 5627 5.1). */
static void put_gruu(struct buf *b, const struct incoming *in, const struct endpoint *endpoint,
    struct slice instance)
{
	struct sip_uri uri;

	if (sip_uri_parse(in->request->uri, &uri, NULL) != 0)
		return;
	buf_puts(b, ";pub-gruu=\"sip:");
	sip_put_user(b, endpoint_name(endpoint));
	buf_putc(b, '@');
	buf_put(b, uri.host);
	buf_puts(b, ";gr=");
	buf_put(b, instance);
	buf_putc(b, '"');
}

static void put_contact(struct buf *b, const struct incoming *in, const struct endpoint *endpoint,
    const struct binding *binding, bool with_gruu)
{
	struct slice instance = binding_text(binding, BINDING_INSTANCE);

	sip_put_header_name(b, SIP_CONTACT);
	buf_putc(b, '<');
	buf_put(b, binding_text(binding, BINDING_CONTACT));
	buf_puts(b, ">;expires=");
	buf_put_u64(b, binding_left_s(in->registrar, binding));
	put_q(b, binding->q_milli);
	if (instance.n > 0) {
		buf_puts(b, ";+sip.instance=\"<");
		buf_put(b, instance);
		buf_puts(b, ">\"");
	}
	if (binding->reg_id > 0) {
		buf_puts(b, ";reg-id=");
		buf_put_u64(b, binding->reg_id);
	}
	if (with_gruu && instance.n > 0)
		put_gruu(b, in, endpoint, instance);
	sip_put_crlf(b);
}

/* RFC 3327 5.3: the Path goes back to a client that says it knows what that is. */
static void put_path(struct buf *b, const struct incoming *in)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;

	if (!require_lists(in->request, SIP_SUPPORTED, "path"))
		return;
	while (sip_message_list(in->request, SIP_PATH, &cursor, &member))
		sip_put_header(b, SIP_PATH, member);
}

static void send_or_hold(const struct incoming *in, const struct endpoint *endpoint, struct buf *b)
{
	struct flow way;

	if (!held_is_needed(in->registrar, endpoint)) {
		send(in, b);
		return;
	}
	way = stateless_way(in->request, in->flow);
	if (stateless_end(in->registrar->core, b))
		held_add(in->registrar, endpoint, &way, buf_slice(b));
}

void register_reply_ok(const struct incoming *in, const struct endpoint *endpoint, bool is_outbound)
{
	bool with_gruu = require_lists(in->request, SIP_SUPPORTED, "gruu");
	char storage[STATELESS_SIZE];
	struct buf b = buf_over(storage, sizeof(storage));

	begin(in, &b, 200, NULL);
	for (const struct binding *binding = endpoint->bindings; binding; binding = binding->next)
		put_contact(&b, in, endpoint, binding, with_gruu);
	put_path(&b, in);
	if (is_outbound) {
		sip_put_header(&b, SIP_REQUIRE, SLICE("outbound"));
		buf_puts(&b, FLOW_TIMER);
	}
	sip_put_header(&b, SIP_SUPPORTED, SLICE(SUPPORTED));
	send_or_hold(in, endpoint, &b);
}

void register_reply_challenge(const struct incoming *in, bool stale)
{
	char storage[STATELESS_SIZE];
	struct buf b = buf_over(storage, sizeof(storage));

	begin(in, &b, 401, NULL);
	guard_put_challenge(
	    in->registrar->guard, &b, in->request, in->flow, SIP_WWW_AUTHENTICATE, stale);
	send(in, &b);
}

void register_reply_refuse(
    const struct incoming *in, unsigned status, const char *reason, struct slice line)
{
	char storage[STATELESS_SIZE];
	struct buf b = buf_over(storage, sizeof(storage));

	if (!in->registrar->core->params->reply_unauthorized &&
	    !guard_knows_source(in->registrar->guard, in->flow))
		return;
	begin(in, &b, status, reason);
	buf_put(&b, line);
	send(in, &b);
}

void register_reply_unavailable(const struct incoming *in)
{
	char text[64];
	struct buf line = buf_over(text, sizeof(text));

	sip_put_header_u64(&line, SIP_RETRY_AFTER,
	    RETRY_LEAST_S + random_below(in->registrar->core->random, RETRY_SPREAD_S));
	register_reply_refuse(in, 503, NULL, buf_slice(&line));
}
