// SPDX-License-Identifier: Apache-2.0
/*
 * Answers and their retransmission.
 */
#include "sim/upstream/exchange.h"

#include "sip/build.h"

static uint64_t hash_text(const struct upstream *u, struct buf *b)
{
	return hash_bytes(u->key, buf_slice(b));
}

/*
 * Branch, sent-by and method name a transaction; a branch from before RFC 3261
 * needs Call-ID and CSeq as well (17.2.3).
 */
static uint64_t transaction_key(
    struct upstream *u, const struct sip_message *msg, const struct sip_via *via)
{
	struct buf b = buf_over(u->message, sizeof(u->message));

	buf_put(&b, via->branch);
	buf_putc(&b, ' ');
	buf_put(&b, via->host);
	buf_putc(&b, ' ');
	buf_put_u64(&b, via->port);
	buf_putc(&b, ' ');
	buf_put(&b, msg->method_name);
	if (!slice_starts(via->branch, SLICE("z9hG4bK"))) {
		buf_put(&b, msg->call_id);
		buf_put_u64(&b, msg->cseq);
	}
	return hash_text(u, &b);
}

static uint64_t sequence_key(struct upstream *u, const struct sip_message *msg)
{
	struct buf b = buf_over(u->message, sizeof(u->message));

	buf_put_u64(&b, msg->cseq);
	buf_putc(&b, ' ');
	buf_put(&b, msg->call_id);
	return hash_text(u, &b);
}

static struct netaddr answer_target(const struct exchange *x, const struct sip_via *via)
{
	struct netaddr to = x->source;

	if (!via->has_rport)
		to.port = via->port ? via->port : 5060;
	return to;
}

void exchange_begin(struct upstream *u, struct exchange *x, const struct sip_via *via)
{
	x->replay = (struct replay){
	    .key = transaction_key(u, x->msg, via),
	    .sequence = sequence_key(u, x->msg),
	    .bytes = hash_bytes(u->key, x->msg->bytes),
	    .to = answer_target(x, via),
	};
}

static void transmit(struct upstream *u, const struct exchange *x, const struct netaddr *to,
    uint64_t delay_us, struct slice bytes)
{
	unsigned copies = upstream_chance(u, u->config.duplicate) ? 2 : 1;

	if (x->lose || upstream_chance(u, u->config.loss) ||
	    upstream_chance(u, u->config.loss_answers)) {
		upstream_count(u, UPSTREAM_LOST_ANSWERS);
		return;
	}
	while (copies--)
		upstream_put(u, &x->local, to, delay_us, bytes);
}

bool exchange_is_repeat(struct upstream *u, const struct exchange *x)
{
	struct replay *r = replays_find(&u->replays, x->replay.key, u->now_us);

	if (!r)
		return false;
	if (r->sequence != x->replay.sequence) {
		judge_offence(&u->judge, UPSTREAM_BRANCH_REUSED, x->msg->bytes);
		return false;
	}
	if (r->bytes != x->replay.bytes)
		judge_offence(&u->judge, UPSTREAM_ALTERED_REPEAT, x->msg->bytes);
	upstream_count(u, UPSTREAM_REPEATS);
	/* Before its answer has left the request is absorbed. */
	if (u->now_us >= r->answers_us)
		transmit(u, x, &r->to, 0, owned_slice(&r->answer));
	return true;
}

static void put_to_tag(struct upstream *u, struct buf *b)
{
	uint8_t bytes[5];

	random_bytes(&u->random, bytes, sizeof(bytes));
	buf_put_base32(b, bytes, sizeof(bytes));
}

static struct slice build(
    struct upstream *u, const struct exchange *x, unsigned status, struct slice headers)
{
	struct buf b = buf_over(u->message, sizeof(u->message));
	char tag_text[16];
	struct buf tag = buf_over(tag_text, sizeof(tag_text));

	struct netaddr seen = seen_as(u, &x->source);

	put_to_tag(u, &tag);
	sip_put_response(&b, x->msg, &seen, status, SLICE(""), buf_slice(&tag));
	if (u->config.server[0])
		sip_put_header(&b, SIP_SERVER, slice_of(u->config.server));
	buf_put(&b, headers);
	sip_put_body(&b, SLICE(""));
	return b.full ? SLICE("") : buf_slice(&b);
}

static bool is_challenge(unsigned status)
{
	return status == 401 || status == 407;
}

static void count_answer(struct upstream *u, const struct exchange *x, unsigned status)
{
	if (is_challenge(status))
		upstream_count(u, UPSTREAM_CHALLENGES);
	else if (status < 300)
		u->counters[UPSTREAM_OK] += x->msg->method == SIP_REGISTER;
	else
		upstream_count(u, UPSTREAM_REFUSED);
	if (!x->account)
		return;
	x->account->challenged += is_challenge(status);
	x->account->last_status = status;
}

void exchange_answer(struct upstream *u, struct exchange *x, unsigned status, struct slice headers)
{
	uint64_t delay_us = u->config.delay_ms * US_PER_MS +
	                    random_below(&u->random, u->config.jitter_ms * US_PER_MS);
	struct slice bytes = build(u, x, status, headers);

	if (slice_is_empty(bytes)) {
		status = 500;
		bytes = build(u, x, status, SLICE(""));
	}
	if (slice_is_empty(bytes))
		return;
	if (u->config.prompt_challenges && is_challenge(status))
		delay_us = 0;
	count_answer(u, x, status);
	x->replay.began_us = u->now_us;
	x->replay.answers_us = u->now_us + delay_us;
	replays_add(&u->replays, &x->replay, bytes);
	transmit(u, x, &x->replay.to, delay_us, bytes);
}
