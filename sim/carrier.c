// SPDX-License-Identifier: Apache-2.0
/*
 * The face of the strict upstream: what arrives goes to the part it concerns,
 * and what is due is done.
 */
#include "sim/carrier.h"

#include "sim/carrier/change.h"
#include "sim/carrier/registrar.h"
#include "sim/carrier/ruling.h"
#include "sim/carrier/state.h"
#include "sip/build.h"

#include <stddef.h>

static struct hash_key make_key(struct random *random)
{
	return (struct hash_key){random_next(random), random_next(random)};
}

static int carrier_init(struct carrier *carrier)
{
	int rc = 0;

	rc |= location_init(&carrier->location, carrier->key, &carrier->wheel) != 0;
	rc |= nonces_init(&carrier->nonces) != 0;
	rc |= replays_init(&carrier->replays) != 0;
	rc |= flood_init(&carrier->flood, carrier->key) != 0;
	rc |= accounts_init(&carrier->accounts, carrier->key) != 0;
	rc |= judge_init(&carrier->judge, carrier->key) != 0;
	rc |= pings_init(&carrier->pings, &carrier->wheel) != 0;
	return rc ? ERR_MEMORY : 0;
}

struct carrier *carrier_new(const struct carrier_config *config, uint64_t seed)
{
	struct carrier *carrier = calloc(1, sizeof(*carrier));

	if (!carrier)
		return NULL;
	carrier->config = *config;
	random_seed(&carrier->random, seed);
	carrier->key = make_key(&carrier->random);
	wheel_init(&carrier->wheel, 0);
	if (carrier_init(carrier))
		carrier_free(&carrier);
	return carrier;
}

void carrier_free(struct carrier **carrier)
{
	struct carrier *gone = *carrier;

	*carrier = NULL;
	if (!gone)
		return;
	location_free(&gone->location);
	storage_clear(&gone->storage);
	nonces_free(&gone->nonces);
	replays_free(&gone->replays);
	flood_free(&gone->flood);
	accounts_free(&gone->accounts);
	judge_free(&gone->judge);
	pings_free(&gone->pings);
	outqueue_clear(&gone->out);
	free(gone);
}

struct carrier_config *carrier_config(struct carrier *carrier)
{
	return &carrier->config;
}

/* The first time that is heard of is when the life begins. */
static void set_clock(struct carrier *carrier, uint64_t now_us)
{
	if (!carrier->started) {
		carrier->started = true;
		carrier->forgot_us = carrier->wrote_us = now_us;
		wheel_init(&carrier->wheel, now_us);
	}
	carrier->now_us = now_us;
	rules_begin(&carrier->config, now_us);
}

bool carrier_next_send(struct carrier *carrier, struct carrier_send *send_r)
{
	return outqueue_take(&carrier->out, send_r);
}

/* CRLF keepalives (RFC 5626 4.4.1 over UDP is STUN, but many send these), empty datagrams. */
static bool is_keepalive(struct slice bytes)
{
	return slice_is_empty(slice_trim(bytes)) || (bytes.n <= 4 && bytes.p[0] == '\0');
}

/* True where the source is banned, or has just become so. */
static bool is_flood(struct carrier *carrier, const struct netaddr *source, struct slice bytes)
{
	const struct carrier_config *c = &carrier->config;
	struct flood_source *s;

	peak_arrival(&carrier->peak, carrier->now_us);
	s = flood_source(&carrier->flood, source);
	if (!s)
		return false;
	if (flood_window_arrival(&s->rate, carrier->now_us, c->rate_limit, US_PER_S))
		judge_offence(&carrier->judge, CARRIER_TOO_FAST, bytes);
	if (carrier->now_us < s->banned_until_us)
		return true;
	if (!flood_window_arrival(
	        &s->ban, carrier->now_us, c->flood_requests, c->flood_window_s * US_PER_S))
		return false;
	carrier_count(carrier, CARRIER_BANS);
	s->banned_until_us = carrier->now_us + c->flood_ban_s * US_PER_S;
	return true;
}

/* The network loses datagrams; a server that is down, or that bans their source, drops them. */
static bool is_swallowed(struct carrier *carrier, const struct netaddr *source, struct slice bytes)
{
	bool banned = is_flood(carrier, source, bytes);

	if (carrier_chance(carrier, carrier->config.loss) ||
	    carrier_chance(carrier, carrier->config.loss_requests)) {
		carrier_count(carrier, CARRIER_LOST_REQUESTS);
		return true;
	}
	if (banned)
		carrier_count(carrier, CARRIER_BANNED);
	return banned || carrier->config.silent;
}

static bool top_via(const struct sip_message *msg, struct sip_via *via_r)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;

	return sip_message_list(msg, SIP_VIA, &cursor, &member) &&
	       !sip_via_parse(member, via_r, NULL);
}

static void answer_other(struct carrier *carrier, struct incoming *in)
{
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	sip_put_header(&b, SIP_ALLOW, SLICE("REGISTER, OPTIONS"));
	if (in->msg->method == SIP_OPTIONS)
		incoming_answer(carrier, in, 200, buf_slice(&b));
	else if (in->msg->method == SIP_CANCEL || in->msg->method == SIP_BYE)
		incoming_answer(carrier, in, 481, SLICE(""));
	else
		incoming_answer(carrier, in, 405, buf_slice(&b));
}

static void receive_other(struct carrier *carrier, struct incoming *in)
{
	bool options = in->msg->method == SIP_OPTIONS;
	struct rule_request about = {.kind = options ? CARRIER_ONLY_OPTIONS : CARRIER_ONLY_ALL};

	carrier_count(carrier, CARRIER_OTHERS);
	if (!ruling_ends(carrier, in, about))
		answer_other(carrier, in);
}

/* ACK is never answered, and CANCEL has the CSeq of what it cancels. */
static void receive_request(struct carrier *carrier, struct incoming *in, const struct sip_via *via)
{
	if (in->msg->method == SIP_ACK)
		return;
	incoming_begin(carrier, in, via);
	if (incoming_is_repeat(carrier, in))
		return;
	carrier_count(carrier, CARRIER_REQUESTS);
	judge_form(&carrier->judge, in->msg, via->branch);
	if (in->msg->method != SIP_CANCEL)
		in->late =
		    judge_order(&carrier->judge, in->msg, via->branch, carrier->config.ordered);
	if (in->late)
		carrier_count(carrier, CARRIER_LATE);
	if (in->msg->method == SIP_REGISTER)
		registrar_receive(carrier, in);
	else
		receive_other(carrier, in);
}

/* Not to be understood as a message; one that is a request with a Via gets its 400. */
static void receive_damaged(struct carrier *carrier, struct incoming *in)
{
	struct sip_via via;

	judge_offence(&carrier->judge, CARRIER_BAD_SYNTAX, in->msg->bytes);
	if (!in->msg->is_request || in->msg->method == SIP_ACK || !top_via(in->msg, &via))
		return;
	incoming_begin(carrier, in, &via);
	if (!incoming_is_repeat(carrier, in))
		incoming_answer(carrier, in, 400, SLICE(""));
}

void carrier_receive(struct carrier *carrier, uint64_t now_us, const struct netaddr *source,
    const struct netaddr *local, struct slice bytes)
{
	struct sip_message msg;
	struct sip_via via;
	struct incoming in = {.msg = &msg, .source = *source, .local = *local};
	int rc;

	carrier_advance(carrier, now_us);
	carrier_count(carrier, CARRIER_RECEIVED);
	if (is_keepalive(bytes)) {
		carrier_count(carrier, CARRIER_KEEPALIVES);
		return;
	}
	if (is_swallowed(carrier, source, bytes))
		return;
	rc = sip_message_parse(bytes, &msg, NULL);
	msg.bytes = bytes;
	if (rc || !top_via(&msg, &via))
		receive_damaged(carrier, &in);
	else if (msg.is_request)
		receive_request(carrier, &in, &via);
	else
		ping_answered(carrier, &msg);
}

static struct binding *binding_of(struct wheel_node *node, size_t offset)
{
	return (struct binding *)(void *)((char *)node - offset);
}

static void ping_binding(struct carrier *carrier, struct binding *b)
{
	if (!carrier->config.ping_s)
		return;
	wheel_set(&carrier->wheel, &b->ping, carrier->now_us + carrier->config.ping_s * US_PER_S);
	if (!ping_send(carrier, b, SIP_OPTIONS))
		carrier_count(carrier, CARRIER_OUT_DROPPED);
}

static void timer_due(struct carrier *carrier, struct wheel_node *node)
{
	switch (node->kind) {
	case TIMER_EXPIRY:
		registrar_expire(carrier, binding_of(node, offsetof(struct binding, expiry)));
		break;
	case TIMER_PING_BINDING:
		ping_binding(carrier, binding_of(node, offsetof(struct binding, ping)));
		break;
	case TIMER_PING:
		ping_due(
		    carrier, (struct ping *)(void *)((char *)node - offsetof(struct ping, timer)));
		break;
	}
}

/* TIME_NEVER where all that is bound is on the disk at once. */
static uint64_t writes_us(const struct carrier *carrier)
{
	if (!carrier->config.write_back_s || !carrier->started)
		return TIME_NEVER;
	return carrier->wrote_us + carrier->config.write_back_s * US_PER_S;
}

static uint64_t forgets_us(const struct carrier *carrier)
{
	if (!carrier->config.forget_s || !carrier->started)
		return TIME_NEVER;
	return carrier->forgot_us + carrier->config.forget_s * US_PER_S;
}

void carrier_advance(struct carrier *carrier, uint64_t now_us)
{
	struct wheel_node *node;

	set_clock(carrier, now_us);
	if (now_us >= forgets_us(carrier)) {
		carrier->counters[CARRIER_FORGOTTEN] += location_clear(&carrier->location);
		carrier->forgot_us = now_us;
	}
	if (now_us >= writes_us(carrier)) {
		storage_write(&carrier->storage, &carrier->location);
		carrier->wrote_us = now_us;
	}
	while ((node = wheel_pop(&carrier->wheel, now_us)))
		timer_due(carrier, node);
}

uint64_t carrier_next_deadline(const struct carrier *carrier)
{
	uint64_t next = wheel_next(&carrier->wheel);
	uint64_t forgets = forgets_us(carrier), writes = writes_us(carrier);

	if (forgets < next)
		next = forgets;
	return writes < next ? writes : next;
}

/* The table is as the disk had it: what was bound since is gone, what was taken back is there. */
static void read_back(struct carrier *carrier)
{
	uint32_t before = carrier->location.live,
	         returned = storage_mark(&carrier->storage, &carrier->location);
	uint32_t after;

	location_clear(&carrier->location);
	after = change_restore(carrier);
	carrier->counters[CARRIER_RETURNED] += returned;
	carrier->counters[CARRIER_FORGOTTEN] += before + returned - after;
}

void carrier_restart(struct carrier *carrier, uint64_t now_us, bool keep_table)
{
	carrier_advance(carrier, now_us);
	nonces_free(&carrier->nonces);
	if (nonces_init(&carrier->nonces))
		abort();
	replays_forget(&carrier->replays);
	flood_forget(&carrier->flood);
	pings_forget(&carrier->pings);
	if (keep_table) {
		if (carrier->config.write_back_s)
			read_back(carrier);
		return;
	}
	storage_clear(&carrier->storage);
	carrier->counters[CARRIER_FORGOTTEN] += location_clear(&carrier->location);
	carrier->forgot_us = now_us;
}
