// SPDX-License-Identifier: Apache-2.0
/*
 * The branch of a request carries the handle of its transaction.
 */
#include "sim/carrier/ping.h"

#include "sim/carrier/hex64.h"
#include "sim/carrier/state.h"
#include "sip/build.h"
#include "sip/uri.h"

#include <stddef.h>

#define T1_US    (500 * US_PER_MS)
#define T2_US    (4 * US_PER_S)
#define END_US   (32 * US_PER_S)
#define PING_MAX 2048
#define BRANCH   "z9hG4bKup"

int pings_init(struct pings *pings, struct wheel *wheel)
{
	*pings = (struct pings){pool_new(sizeof(struct ping), PINGS_MAX), wheel};
	return pings->pool ? 0 : ERR_MEMORY;
}

static void ping_remove(struct pings *pings, struct ping *ping)
{
	wheel_clear(pings->wheel, &ping->timer);
	owned_clear(&ping->bytes);
	pool_give(pings->pool, ping->handle);
}

void pings_forget(struct pings *pings)
{
	pool_handle handle;
	struct ping *ping;

	while ((ping = pool_walk(pings->pool, 0, &handle)))
		ping_remove(pings, ping);
}

void pings_free(struct pings *pings)
{
	if (pings->pool)
		pings_forget(pings);
	pool_free(&pings->pool);
}

/* The address the Contact names, where it is one; else where the REGISTER came from. */
static struct netaddr binding_target(const struct binding *b)
{
	struct netaddr target;
	struct sip_uri uri;

	if (sip_uri_parse(owned_slice(&b->contact), &uri, NULL) ||
	    netaddr_parse_ip(uri.host, &target))
		return b->source;
	target.port = uri.port ? uri.port : 5060;
	return target;
}

/* What makes a NOTIFY one that nobody subscribed to (RFC 6665, RFC 3842). */
static void put_notify(struct buf *b)
{
	sip_put_header(b, SIP_EVENT, SLICE("message-summary"));
	sip_put_header(b, SIP_SUBSCRIPTION_STATE, SLICE("terminated;reason=noresource"));
}

static void put_request(
    struct buf *b, const struct binding *to, const struct ping *ping, enum sip_method method)
{
	sip_put_request_line(b, method, owned_slice(&to->contact));
	buf_puts(b, "Via: SIP/2.0/UDP ");
	netaddr_put(b, &ping->local);
	buf_puts(b, ";rport;branch=" BRANCH);
	hex64_put(b, ping->handle);
	buf_puts(b, "\r\nFrom: <sip:upstream@");
	netaddr_put_host(b, &ping->local);
	buf_puts(b, ">;tag=up");
	hex64_put(b, ping->handle);
	buf_puts(b, "\r\nTo: <");
	buf_put(b, owned_slice(&to->contact));
	buf_puts(b, ">\r\nCall-ID: up-");
	hex64_put(b, ping->handle);
	buf_putc(b, '@');
	netaddr_put_host(b, &ping->local);
	buf_puts(b, "\r\nCSeq: 1 ");
	buf_puts(b, sip_method_name(method));
	buf_puts(b, "\r\nContact: <sip:upstream@");
	netaddr_put(b, &ping->local);
	buf_puts(b, ">\r\n");
	sip_put_header_u64(b, SIP_MAX_FORWARDS, 70);
	if (method == SIP_NOTIFY)
		put_notify(b);
	sip_put_body(b, SLICE(""));
}

static void ping_transmit(struct carrier *carrier, struct ping *ping)
{
	uint64_t again_us = carrier->now_us + ping->interval_us;

	carrier_put(carrier, &ping->local, &ping->to, 0, owned_slice(&ping->bytes));
	wheel_set(
	    &carrier->wheel, &ping->timer, again_us < ping->ends_us ? again_us : ping->ends_us);
	ping->interval_us = 2 * ping->interval_us < T2_US ? 2 * ping->interval_us : T2_US;
}

bool ping_send(struct carrier *carrier, const struct binding *to, enum sip_method method)
{
	char text[PING_MAX];
	struct buf b = buf_over(text, sizeof(text));
	pool_handle handle;
	struct ping *ping = pool_take(carrier->pings.pool, &handle);

	if (!ping)
		return false;
	ping->handle = handle;
	ping->local = to->local;
	ping->to = binding_target(to);
	ping->timer.kind = TIMER_PING;
	ping->ends_us = carrier->now_us + END_US;
	ping->interval_us = T1_US;
	put_request(&b, to, ping, method);
	if (b.full || owned_set(&ping->bytes, buf_slice(&b))) {
		ping_remove(&carrier->pings, ping);
		return false;
	}
	carrier_count(carrier, CARRIER_PINGS);
	ping_transmit(carrier, ping);
	return true;
}

void ping_due(struct carrier *carrier, struct ping *ping)
{
	if (carrier->now_us < ping->ends_us) {
		ping_transmit(carrier, ping);
		return;
	}
	carrier_count(carrier, CARRIER_PINGS_DEAD);
	ping_remove(&carrier->pings, ping);
}

static bool read_handle(struct slice branch, pool_handle *handle_r)
{
	return slice_starts(branch, SLICE(BRANCH)) && branch.n == sizeof(BRANCH) - 1 + HEX64_LEN &&
	       hex64_read(slice_skip(branch, sizeof(BRANCH) - 1), handle_r);
}

static struct ping *find_ping(const struct carrier *carrier, const struct sip_message *msg)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;
	struct sip_via via;
	pool_handle handle;

	if (!sip_message_list(msg, SIP_VIA, &cursor, &member) ||
	    sip_via_parse(member, &via, NULL) || !read_handle(via.branch, &handle))
		return NULL;
	return pool_get(carrier->pings.pool, handle);
}

void ping_answered(struct carrier *carrier, const struct sip_message *msg)
{
	struct ping *ping = find_ping(carrier, msg);

	if (!ping) {
		carrier_count(carrier, CARRIER_STRAYS);
		return;
	}
	if (msg->status < 200)
		return;
	if (msg->status < 300)
		carrier_count(carrier, CARRIER_PINGS_OK);
	else if (msg->status == 481)
		carrier_count(carrier, CARRIER_PINGS_481);
	else
		carrier_count(carrier, CARRIER_PINGS_OTHER);
	ping_remove(&carrier->pings, ping);
}
