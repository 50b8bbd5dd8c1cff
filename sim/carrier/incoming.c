// SPDX-License-Identifier: Apache-2.0
/*
 * Answers and their retransmission.
 */
#include "sim/carrier/incoming.h"

#include "sip/build.h"

static uint64_t hash_text(const struct carrier *carrier, struct buf *b)
{
	return hash_bytes(carrier->key, buf_slice(b));
}

/*
 * Branch, sent-by and method name a transaction; a branch from before RFC 3261
 * needs Call-ID and CSeq as well (17.2.3).
 */
static uint64_t transaction_key(
    struct carrier *carrier, const struct sip_message *msg, const struct sip_via *via)
{
	struct buf b = buf_over(carrier->message, sizeof(carrier->message));

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
	return hash_text(carrier, &b);
}

static uint64_t sequence_key(struct carrier *carrier, const struct sip_message *msg)
{
	struct buf b = buf_over(carrier->message, sizeof(carrier->message));

	buf_put_u64(&b, msg->cseq);
	buf_putc(&b, ' ');
	buf_put(&b, msg->call_id);
	return hash_text(carrier, &b);
}

static struct netaddr answer_target(const struct incoming *in, const struct sip_via *via)
{
	struct netaddr to = in->source;

	if (!via->has_rport)
		to.port = via->port ? via->port : 5060;
	return to;
}

void incoming_begin(struct carrier *carrier, struct incoming *in, const struct sip_via *via)
{
	in->replay = (struct replay){
	    .key = transaction_key(carrier, in->msg, via),
	    .sequence = sequence_key(carrier, in->msg),
	    .bytes = hash_bytes(carrier->key, in->msg->bytes),
	    .to = answer_target(in, via),
	};
}

static void transmit(struct carrier *carrier, const struct incoming *in, const struct netaddr *to,
    uint64_t delay_us, struct slice bytes)
{
	unsigned copies = carrier_chance(carrier, carrier->config.duplicate) ? 2 : 1;

	if (in->lose || carrier_chance(carrier, carrier->config.loss) ||
	    carrier_chance(carrier, carrier->config.loss_answers)) {
		carrier_count(carrier, CARRIER_LOST_ANSWERS);
		return;
	}
	while (copies--)
		carrier_put(carrier, &in->local, to, delay_us, bytes);
}

bool incoming_is_repeat(struct carrier *carrier, const struct incoming *in)
{
	struct replay *r = replays_find(&carrier->replays, in->replay.key, carrier->now_us);

	if (!r)
		return false;
	if (r->sequence != in->replay.sequence) {
		judge_offence(&carrier->judge, CARRIER_BRANCH_REUSED, in->msg->bytes);
		return false;
	}
	if (r->bytes != in->replay.bytes)
		judge_offence(&carrier->judge, CARRIER_ALTERED_REPEAT, in->msg->bytes);
	carrier_count(carrier, CARRIER_REPEATS);
	/* Before its answer has left the request is absorbed. */
	if (carrier->now_us >= r->answers_us)
		transmit(carrier, in, &r->to, 0, owned_slice(&r->answer));
	return true;
}

static void put_to_tag(struct carrier *carrier, struct buf *b)
{
	uint8_t bytes[5];

	random_bytes(&carrier->random, bytes, sizeof(bytes));
	buf_put_base32(b, bytes, sizeof(bytes));
}

static struct slice build(
    struct carrier *carrier, const struct incoming *in, unsigned status, struct slice headers)
{
	struct buf b = buf_over(carrier->message, sizeof(carrier->message));
	char tag_text[16];
	struct buf tag = buf_over(tag_text, sizeof(tag_text));

	struct netaddr seen = seen_as(carrier, &in->source);

	put_to_tag(carrier, &tag);
	sip_put_response(&b, in->msg, &seen, status, SLICE(""), buf_slice(&tag));
	if (carrier->config.server[0])
		sip_put_header(&b, SIP_SERVER, slice_of(carrier->config.server));
	buf_put(&b, headers);
	sip_put_body(&b, SLICE(""));
	return b.full ? SLICE("") : buf_slice(&b);
}

static bool is_challenge(unsigned status)
{
	return status == 401 || status == 407;
}

static void count_answer(struct carrier *carrier, const struct incoming *in, unsigned status)
{
	if (is_challenge(status))
		carrier_count(carrier, CARRIER_CHALLENGES);
	else if (status < 300)
		carrier->counters[CARRIER_OK] += in->msg->method == SIP_REGISTER;
	else
		carrier_count(carrier, CARRIER_REFUSED);
	if (!in->account)
		return;
	in->account->challenged += is_challenge(status);
	in->account->last_status = status;
}

void incoming_answer(
    struct carrier *carrier, struct incoming *in, unsigned status, struct slice headers)
{
	uint64_t delay_us = carrier->config.delay_ms * US_PER_MS +
	                    random_below(&carrier->random, carrier->config.jitter_ms * US_PER_MS);
	struct slice bytes = build(carrier, in, status, headers);

	if (slice_is_empty(bytes)) {
		status = 500;
		bytes = build(carrier, in, status, SLICE(""));
	}
	if (slice_is_empty(bytes))
		return;
	if (carrier->config.prompt_challenges && is_challenge(status))
		delay_us = 0;
	count_answer(carrier, in, status);
	in->replay.began_us = carrier->now_us;
	in->replay.answers_us = carrier->now_us + delay_us;
	replays_add(&carrier->replays, &in->replay, bytes);
	transmit(carrier, in, &in->replay.to, delay_us, bytes);
}
