// SPDX-License-Identifier: Apache-2.0
/*
 * Counts what was sent to an address and what came back, and draws conclusions: a
 * rest, a ban, an open breaker.
 */
#include "upstream/health.h"

#include "upstream/network.h"
#include "upstream/pace.h"

#define BAN_REST_US      (60 * US_PER_S)
#define SILENCE_US       (3 * US_PER_S)
#define SILENCE_REQUESTS 10
#define PROBE_US         (30 * US_PER_S)
#define PROBE_FEW_US     (5 * US_PER_S)        /* few users may probe more often */
#define FEW_REFS         (2 * TROUBLE_MAX + 1) /* three users, their upstreams, and the pump */
/*
 * An address that granted something within SERVED_US serves others. If a user was refused before,
 * its next 503 says nothing new about the address: then SERVED_LONG_US, the longest time between
 * two refreshes, is enough. REFUSED_RUN_MOST 503s in a row to other users speak against it: even if
 * half of the accounts are full, that does not come by chance.
 */
#define SERVED_US        (32 * US_PER_S)
#define SERVED_LONG_US   (3600 * US_PER_S)
#define REFUSED_RUN_MOST 16

/* An upstream with few users may share its address with many others: references count them. */
static bool is_few(const struct target *target, uint32_t needed)
{
	return needed <= TROUBLE_MAX && target->refs <= FEW_REFS;
}

static uint64_t probe_apart_us(const struct target *target)
{
	return target->has_few && is_few(target, 0) ? PROBE_FEW_US : PROBE_US;
}

uint64_t health_closed_until_us(const struct upstreams *u, const struct target *target)
{
	uint64_t open_at_us = target_open_at_us(u, target);

	if (core_is_stopping(u->core))
		return TIME_NEVER;
	return target->is_broken
	           ? max_u64(open_at_us, u->core->now.mono_us + probe_apart_us(target))
	           : open_at_us;
}

uint64_t health_sent_while_closed(const struct upstreams *u, const struct target *target)
{
	uint64_t span_us = health_closed_until_us(u, target) - u->core->now.mono_us;
	uint64_t rate = u->core->params->upstream_rate;

	if (core_is_stopping(u->core) || rate == 0)
		return UINT64_MAX;
	if (rate == PARAM_AUTO)
		rate = RATE_HIGHEST_MILLI / 1000;
	return span_us * rate / US_PER_S;
}

/* Logs when an address begins to rest or falls silent, and when it answers again. */
static void tell(struct upstreams *u, struct target *target, const char *event, const char *key,
    uint64_t value_us)
{
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	buf_puts(&b, "target=");
	netaddr_put(&b, &target->address);
	buf_puts(&b, " event=");
	buf_puts(&b, event);
	buf_puts(&b, key);
	if (key[0])
		buf_put_u64(&b, value_us / US_PER_S);
	outbox_log(
	    u->core->outbox, target->was_told ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, buf_slice(&b));
	target->was_told = true;
}

/* True if enough users met the trouble. */
static bool is_met(const struct trouble *trouble, uint32_t needed)
{
	return trouble->count >= min_u64(needed, TROUBLE_MAX);
}

static bool trouble_add(struct trouble *trouble, pool_handle who, uint32_t needed)
{
	uint8_t i = 0;

	while (i < trouble->count && trouble->who[i] != who)
		i++;
	if (i == trouble->count && trouble->count < TROUBLE_MAX)
		trouble->who[trouble->count++] = who;
	return is_met(trouble, needed);
}

static void note_unanswered(struct upstreams *u, struct target *target, pool_handle who)
{
	(void)trouble_add(&target->silence, who, 0);
	if (target->unanswered++ == 0)
		target->silent_since_us = u->core->now.mono_us;
}

/* If the breaker is open, a request that leaves is its probe: the next probe is due later. */
static void note_probe(struct upstreams *u, struct target *target)
{
	if (target->is_broken)
		target->probe_at_us = u->core->now.mono_us + probe_apart_us(target);
}

static void note_transmission(
    struct upstreams *u, struct target *target, pool_handle who, bool is_lost)
{
	/* A rest lets few requests through. Silence to so few is no sign of a ban. */
	if (!target_is_resting(u, target))
		note_unanswered(u, target, who);
	pace_count(u, target, is_lost);
	note_probe(u, target);
}

void health_sent(struct upstreams *u, struct target *target, pool_handle who)
{
	pace_take_place(u, target);
	note_transmission(u, target, who, false);
}

void health_repeated(
    struct upstreams *u, struct target *target, pool_handle who, uint64_t waited_us)
{
	note_transmission(u, target, who, waited_us >= 2 * (uint64_t)target->usual_us);
	target_arm(u, target);
}

void health_probed(struct upstreams *u, struct target *target)
{
	pace_take_place(u, target);
	note_probe(u, target);
}

/* A moving average over about the last 32 transmissions. */
static void learn_share(struct target *target)
{
	for (uint32_t i = 0; i < target->unanswered && i < 64; i++)
		target->answer_share -= target->answer_share / 32;
	target->answer_share = (uint32_t)min_u64(target->answer_share + SHARE_ONE / 32, SHARE_ONE);
}

/* Rises more slowly than it falls: an answer to a repetition is late because of the loss before. */
static void learn_usual(struct target *target, uint64_t took_us)
{
	uint32_t took = (uint32_t)min_u64(took_us, UINT32_MAX);

	if (took == 0)
		return;
	if (target->usual_us == 0)
		target->usual_us = took;
	else if (took < target->usual_us)
		target->usual_us -= (target->usual_us - took) / 4;
	else
		target->usual_us += (took - target->usual_us) / 16;
}

void health_answered(struct upstreams *u, struct target *target, unsigned status, uint64_t took_us)
{
	if (!target_is_resting(u, target))
		learn_share(target);
	learn_usual(target, took_us);
	target->unanswered = 0;
	target->silence.count = 0;
	target->answered_us = u->core->now.mono_us;
	target->timeouts.count = 0;
	if (status / 100 == 2)
		target->refusals.count = 0;
	target->answered_milli = target->rate_milli;
	if (target->was_told)
		tell(u, target, "answers", "", 0);
	target->was_told = false;
	if (target->is_broken) {
		target->is_broken = false;
		target->answers_since_us = u->core->now.mono_us;
		network_target_answers(u);
		target->next_send_us = max_u64(target->next_send_us, u->core->now.mono_us);
		target_arm(u, target);
	}
}

/* Begins a rest, or lengthens the rest that is under way. */
static void begin_rest(struct upstreams *u, struct target *target, uint64_t rest_us)
{
	if (target->rest_until_us <= u->core->now.mono_us)
		target->rests_since_us = u->core->now.mono_us;
	target->rest_until_us = max_u64(target->rest_until_us, u->core->now.mono_us + rest_us);
	target->hold_until_us = target->let_through_us + LET_APART_US;
}

static void end_rest(struct upstreams *u, struct target *target)
{
	if (target->rest_until_us <= u->core->now.mono_us || target->rests_by_silence)
		return;
	target->rest_until_us = u->core->now.mono_us;
	target->was_told = true;
	tell(u, target, "serves", "", 0);
	target->was_told = false;
	target_arm(u, target);
}

void health_served(struct upstreams *u, struct target *target, pool_handle who)
{
	if (target->served[0].who != who)
		target->served[1] = target->served[0];
	target->served[0].who = who;
	target->served[0].when_us = u->core->now.mono_us;
	target->refused_run = 0;
	end_rest(u, target);
}

bool health_serves_others(
    const struct upstreams *u, struct target *target, pool_handle who, bool was_refused)
{
	bool was_own = target->served[0].who == who;
	uint64_t served_us = target->served[was_own].when_us;

	if (served_us == 0)
		return false;
	if (was_refused)
		return u->core->now.mono_us <= served_us + SERVED_LONG_US;
	if (target->refused_run < REFUSED_RUN_MOST)
		target->refused_run++;
	return target->refused_run < REFUSED_RUN_MOST &&
	       u->core->now.mono_us <= served_us + SERVED_US;
}

bool health_refused(
    struct upstreams *u, struct target *target, pool_handle who, uint32_t needed, uint64_t rest_us)
{
	bool was_open = target->rest_until_us <= u->core->now.mono_us;

	if (pace_is_learned(u))
		pace_halve(u, target);
	if (!trouble_add(&target->refusals, who, needed))
		return false;
	begin_rest(u, target, rest_us);
	target->rests_by_silence = false;
	target->has_rested = true;
	target->refusals.count = 0;
	if (was_open)
		tell(u, target, "rests", " rest_s=", rest_us);
	target_arm(u, target);
	return was_open;
}

bool health_timed_out(struct upstreams *u, struct target *target, pool_handle who, uint32_t needed)
{
	if (!trouble_add(&target->timeouts, who, needed))
		return false;
	if (target->is_broken && u->core->now.mono_us < target->closed_us + probe_apart_us(target))
		return false;
	target->closed_us = u->core->now.mono_us;
	if (target->is_broken)
		return true;
	target->is_broken = true;
	target->has_few = is_few(target, needed);
	tell(u, target, "silent", " probe_s=", probe_apart_us(target));
	target->probe_at_us = u->core->now.mono_us + probe_apart_us(target);
	target_arm(u, target);
	return true;
}

bool health_judge_silence(struct upstreams *u, struct target *target)
{
	/* More silence in a row than the loss that was seen before can explain. */
	uint64_t enough = SILENCE_REQUESTS * SHARE_ONE / max_u64(target->answer_share, 64);
	uint64_t silence_us = max_u64(SILENCE_US, 2 * (uint64_t)target->usual_us);

	if (!pace_is_learned(u) || target->answered_us == 0)
		return false;
	/* A user whose requests alone are swallowed must not close the address for all. */
	if (target->silence.count < TROUBLE_MAX)
		return false;
	if (target->unanswered < enough ||
	    u->core->now.mono_us < target->silent_since_us + silence_us)
		return false;
	target->answered_us = 0;
	target->unanswered = 0;
	target->silence.count = 0;
	target->rests_by_silence = target->rest_until_us <= u->core->now.mono_us;
	begin_rest(u, target, BAN_REST_US);
	tell(u, target, "taken-for-banned", " rest_s=", BAN_REST_US);
	pace_quarter(u, target);
	target_arm(u, target);
	return true;
}

void health_try_again(struct upstreams *u, struct target *target)
{
	bool rests = target->rest_until_us > u->core->now.mono_us;

	if (target->refs == 0 || (rests && !target->rests_by_silence))
		return;
	if (!rests && !target->is_broken)
		return;
	/* One probe at a time until it answers: if it was a ban, a crowd would renew it. */
	target->is_broken = true;
	target->rest_until_us = target->probe_at_us = u->core->now.mono_us;
	tell(u, target, "tried-again", " probe_s=", probe_apart_us(target));
	target_arm(u, target);
}
