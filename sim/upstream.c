// SPDX-License-Identifier: Apache-2.0
/*
 * The face of the strict upstream: what arrives goes to the part it concerns,
 * and what is due is done.
 */
#include "sim/upstream.h"

#include "sim/upstream/change.h"
#include "sim/upstream/registrar.h"
#include "sim/upstream/ruling.h"
#include "sim/upstream/state.h"
#include "sip/build.h"

#include <stddef.h>

static struct hash_key make_key(struct random *random)
{
	return (struct hash_key){random_next(random), random_next(random)};
}

static int upstream_init(struct upstream *u)
{
	int rc = 0;

	rc |= location_init(&u->location, u->key, &u->wheel) != 0;
	rc |= nonces_init(&u->nonces) != 0;
	rc |= replays_init(&u->replays) != 0;
	rc |= flood_init(&u->flood, u->key) != 0;
	rc |= accounts_init(&u->accounts, u->key) != 0;
	rc |= judge_init(&u->judge, u->key) != 0;
	rc |= pings_init(&u->pings, &u->wheel) != 0;
	return rc ? ERR_MEMORY : 0;
}

struct upstream *upstream_new(const struct upstream_config *config, uint64_t seed)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->config = *config;
	random_seed(&u->random, seed);
	u->key = make_key(&u->random);
	wheel_init(&u->wheel, 0);
	if (upstream_init(u))
		upstream_free(&u);
	return u;
}

void upstream_free(struct upstream **upstream)
{
	struct upstream *u = *upstream;

	*upstream = NULL;
	if (!u)
		return;
	location_free(&u->location);
	storage_clear(&u->storage);
	nonces_free(&u->nonces);
	replays_free(&u->replays);
	flood_free(&u->flood);
	accounts_free(&u->accounts);
	judge_free(&u->judge);
	pings_free(&u->pings);
	outqueue_clear(&u->out);
	free(u);
}

struct upstream_config *upstream_config(struct upstream *u)
{
	return &u->config;
}

/* The first time that is heard of is when the life begins. */
static void set_clock(struct upstream *u, uint64_t now_us)
{
	if (!u->started) {
		u->started = true;
		u->forgot_us = u->wrote_us = now_us;
		wheel_init(&u->wheel, now_us);
	}
	u->now_us = now_us;
	rules_begin(&u->config, now_us);
}

bool upstream_next_send(struct upstream *u, struct upstream_send *send_r)
{
	return outqueue_take(&u->out, send_r);
}

/* CRLF keepalives (RFC 5626 4.4.1 over UDP is STUN, but many send these), empty datagrams. */
static bool is_keepalive(struct slice bytes)
{
	return slice_is_empty(slice_trim(bytes)) || (bytes.n <= 4 && bytes.p[0] == '\0');
}

/* True where the source is banned, or has just become so. */
static bool is_flood(struct upstream *u, const struct netaddr *source, struct slice bytes)
{
	const struct upstream_config *c = &u->config;
	struct flood_source *s;

	peak_arrival(&u->peak, u->now_us);
	s = flood_source(&u->flood, source);
	if (!s)
		return false;
	if (flood_window_arrival(&s->rate, u->now_us, c->rate_limit, US_PER_S))
		judge_offence(&u->judge, UPSTREAM_TOO_FAST, bytes);
	if (u->now_us < s->banned_until_us)
		return true;
	if (!flood_window_arrival(
	        &s->ban, u->now_us, c->flood_requests, c->flood_window_s * US_PER_S))
		return false;
	upstream_count(u, UPSTREAM_BANS);
	s->banned_until_us = u->now_us + c->flood_ban_s * US_PER_S;
	return true;
}

/* What the network and a dead or banning server swallow. */
static bool is_swallowed(struct upstream *u, const struct netaddr *source, struct slice bytes)
{
	bool banned = is_flood(u, source, bytes);

	if (upstream_chance(u, u->config.loss) || upstream_chance(u, u->config.loss_requests)) {
		upstream_count(u, UPSTREAM_LOST_REQUESTS);
		return true;
	}
	if (banned)
		upstream_count(u, UPSTREAM_BANNED);
	return banned || u->config.silent;
}

static bool top_via(const struct sip_message *msg, struct sip_via *via_r)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;

	return sip_message_list(msg, SIP_VIA, &cursor, &member) &&
	       !sip_via_parse(member, via_r, NULL);
}

static void answer_other(struct upstream *u, struct exchange *x)
{
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	sip_put_header(&b, SIP_ALLOW, SLICE("REGISTER, OPTIONS"));
	if (x->msg->method == SIP_OPTIONS)
		exchange_answer(u, x, 200, buf_slice(&b));
	else if (x->msg->method == SIP_CANCEL || x->msg->method == SIP_BYE)
		exchange_answer(u, x, 481, SLICE(""));
	else
		exchange_answer(u, x, 405, buf_slice(&b));
}

static void receive_other(struct upstream *u, struct exchange *x)
{
	bool options = x->msg->method == SIP_OPTIONS;
	struct rule_request about = {.kind = options ? UPSTREAM_ONLY_OPTIONS : UPSTREAM_ONLY_ALL};

	upstream_count(u, UPSTREAM_OTHERS);
	if (!ruling_ends(u, x, about))
		answer_other(u, x);
}

/* ACK is never answered, and CANCEL has the CSeq of what it cancels. */
static void receive_request(struct upstream *u, struct exchange *x, const struct sip_via *via)
{
	if (x->msg->method == SIP_ACK)
		return;
	exchange_begin(u, x, via);
	if (exchange_is_repeat(u, x))
		return;
	upstream_count(u, UPSTREAM_REQUESTS);
	judge_form(&u->judge, x->msg, via->branch);
	if (x->msg->method != SIP_CANCEL)
		x->late = judge_order(&u->judge, x->msg, via->branch, u->config.ordered);
	if (x->late)
		upstream_count(u, UPSTREAM_LATE);
	if (x->msg->method == SIP_REGISTER)
		registrar_receive(u, x);
	else
		receive_other(u, x);
}

/* Not to be understood as a message; one that is a request with a Via gets its 400. */
static void receive_damaged(struct upstream *u, struct exchange *x)
{
	struct sip_via via;

	judge_offence(&u->judge, UPSTREAM_BAD_SYNTAX, x->msg->bytes);
	if (!x->msg->is_request || x->msg->method == SIP_ACK || !top_via(x->msg, &via))
		return;
	exchange_begin(u, x, &via);
	if (!exchange_is_repeat(u, x))
		exchange_answer(u, x, 400, SLICE(""));
}

void upstream_receive(struct upstream *u, uint64_t now_us, const struct netaddr *source,
    const struct netaddr *local, struct slice bytes)
{
	struct sip_message msg;
	struct sip_via via;
	struct exchange x = {.msg = &msg, .source = *source, .local = *local};
	int rc;

	upstream_advance(u, now_us);
	upstream_count(u, UPSTREAM_RECEIVED);
	if (is_keepalive(bytes)) {
		upstream_count(u, UPSTREAM_KEEPALIVES);
		return;
	}
	if (is_swallowed(u, source, bytes))
		return;
	rc = sip_message_parse(bytes, &msg, NULL);
	msg.bytes = bytes;
	if (rc || !top_via(&msg, &via))
		receive_damaged(u, &x);
	else if (msg.is_request)
		receive_request(u, &x, &via);
	else
		ping_answered(u, &msg);
}

static struct binding *binding_of(struct wheel_node *node, size_t offset)
{
	return (struct binding *)(void *)((char *)node - offset);
}

static void ping_binding(struct upstream *u, struct binding *b)
{
	if (!u->config.ping_s)
		return;
	wheel_set(&u->wheel, &b->ping, u->now_us + u->config.ping_s * US_PER_S);
	if (!ping_send(u, b, SIP_OPTIONS))
		upstream_count(u, UPSTREAM_OUT_DROPPED);
}

static void timer_due(struct upstream *u, struct wheel_node *node)
{
	switch (node->kind) {
	case TIMER_EXPIRY:
		registrar_expire(u, binding_of(node, offsetof(struct binding, expiry)));
		break;
	case TIMER_PING_BINDING:
		ping_binding(u, binding_of(node, offsetof(struct binding, ping)));
		break;
	case TIMER_PING:
		ping_due(u, (struct ping *)(void *)((char *)node - offsetof(struct ping, timer)));
		break;
	}
}

/* TIME_NEVER where all that is bound is on the disk at once. */
static uint64_t writes_us(const struct upstream *u)
{
	if (!u->config.write_back_s || !u->started)
		return TIME_NEVER;
	return u->wrote_us + u->config.write_back_s * US_PER_S;
}

static uint64_t forgets_us(const struct upstream *u)
{
	if (!u->config.forget_s || !u->started)
		return TIME_NEVER;
	return u->forgot_us + u->config.forget_s * US_PER_S;
}

void upstream_advance(struct upstream *u, uint64_t now_us)
{
	struct wheel_node *node;

	set_clock(u, now_us);
	if (now_us >= forgets_us(u)) {
		u->counters[UPSTREAM_FORGOTTEN] += location_clear(&u->location);
		u->forgot_us = now_us;
	}
	if (now_us >= writes_us(u)) {
		storage_write(&u->storage, &u->location);
		u->wrote_us = now_us;
	}
	while ((node = wheel_pop(&u->wheel, now_us)))
		timer_due(u, node);
}

uint64_t upstream_next_deadline(const struct upstream *u)
{
	uint64_t next = wheel_next(&u->wheel);
	uint64_t forgets = forgets_us(u), writes = writes_us(u);

	if (forgets < next)
		next = forgets;
	return writes < next ? writes : next;
}

/* The table is as the disk had it: what was bound since is gone, what was taken back is there. */
static void read_back(struct upstream *u)
{
	uint32_t before = u->location.live, returned = storage_mark(&u->storage, &u->location);
	uint32_t after;

	location_clear(&u->location);
	after = change_restore(u);
	u->counters[UPSTREAM_RETURNED] += returned;
	u->counters[UPSTREAM_FORGOTTEN] += before + returned - after;
}

void upstream_restart(struct upstream *u, uint64_t now_us, bool keep_table)
{
	upstream_advance(u, now_us);
	nonces_free(&u->nonces);
	if (nonces_init(&u->nonces))
		abort();
	replays_forget(&u->replays);
	flood_forget(&u->flood);
	pings_forget(&u->pings);
	if (keep_table) {
		if (u->config.write_back_s)
			read_back(u);
		return;
	}
	storage_clear(&u->storage);
	u->counters[UPSTREAM_FORGOTTEN] += location_clear(&u->location);
	u->forgot_us = now_us;
}
