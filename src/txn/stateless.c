// SPDX-License-Identifier: Apache-2.0
/*
 * The frame of a response, and the way back.
 */
#include "txn/stateless.h"

#include "sip/build.h"
#include "sip/param.h"

#define TAG_BYTES 8
#define SIP_PORT  5060

/* The same request gets the same tag, without anything being kept (RFC 3261 8.2.7). */
static struct slice make_tag(
    const struct core_context *core, const struct sip_message *request, char storage[2 * TAG_BYTES])
{
	struct buf b = buf_over(storage, 2 * TAG_BYTES);
	uint64_t hash = hash_bytes(core->tag_key, request->call_id) ^ request->cseq;
	uint8_t bytes[TAG_BYTES];

	for (int i = 0; i < TAG_BYTES; i++)
		bytes[i] = (uint8_t)(hash >> (8 * i));
	buf_put_hex(&b, bytes, sizeof(bytes));
	return buf_slice(&b);
}

void stateless_begin(const struct core_context *core, struct buf *b,
    const struct sip_message *request, const struct flow *flow, unsigned status,
    struct slice reason)
{
	char tag[2 * TAG_BYTES];

	sip_put_response(b, request, &flow->peer, status, reason, make_tag(core, request, tag));
}

/* maddr is an address or a name; a name nobody resolves for the sake of a response. */
static bool read_maddr(const struct sip_via *via, struct netaddr *peer)
{
	struct netaddr address;
	struct sip_param param;

	if (!sip_param_find(via->params, "maddr", &param) ||
	    netaddr_parse_ip(param.value, &address) != 0 || address.family != peer->family)
		return false;
	address.scope = peer->scope;
	address.port = via->port ? via->port : SIP_PORT;
	netaddr_copy(peer, &address);
	return true;
}

struct flow stateless_way(const struct sip_message *request, const struct flow *flow)
{
	const struct sip_via *via = &request->via;
	struct flow way = *flow;
	struct netaddr address;

	if (flow_is_reliable(flow) || !request->has_via || read_maddr(via, &way.peer) ||
	    via->has_rport)
		return way;
	if (netaddr_parse_ip(via->host, &address) == 0 && netaddr_equal_ip(&address, &flow->peer))
		way.peer.port = via->port ? via->port : SIP_PORT;
	return way;
}

bool stateless_end(const struct core_context *core, struct buf *b)
{
	sip_put_header(b, SIP_SERVER, core->user_agent);
	sip_put_body(b, (struct slice){NULL, 0});
	return !b->full;
}

bool stateless_send(const struct core_context *core, struct buf *b,
    const struct sip_message *request, const struct flow *flow)
{
	struct flow way = stateless_way(request, flow);

	if (!stateless_end(core, b))
		return false;
	outbox_send(core->outbox, &way, buf_slice(b));
	return true;
}

void stateless_answer(const struct core_context *core, const struct sip_message *request,
    const struct flow *flow, unsigned status, struct slice line)
{
	char storage[STATELESS_SIZE];
	struct buf b = buf_over(storage, sizeof(storage));

	stateless_begin(core, &b, request, flow, status, (struct slice){NULL, 0});
	buf_put(&b, line);
	(void)stateless_send(core, &b, request, flow);
}
