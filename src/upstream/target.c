// SPDX-License-Identifier: Apache-2.0
/*
 * Pace, queue, rest and breaker of one address.
 */
#include "upstream/target.h"

#include "base/broken.h"
#include "upstream/network.h"
#include "upstream/pace.h"

#include <assert.h>
#include <stdlib.h>

#define GROWTH_US        (5 * US_PER_S)
#define BAN_REST_US      (60 * US_PER_S)
#define SILENCE_US       (3 * US_PER_S)
#define SILENCE_REQUESTS 10
#define PROBE_US         (30 * US_PER_S)
#define PROBE_FEW_US     (5 * US_PER_S)        /* no crowd, and what they have lapses in a minute */
#define FEW_REFS         (2 * TROUBLE_MAX + 1) /* three with an upstream each, and the pump */
#define SHARE_ONE        1024
#define TICK_US          US_PER_MS
/*
 * An address that granted something within this time serves others, and one refused before says
 * nothing new about it for as long as refreshes may be apart. So many 503s in a row say more: even
 * where half of the accounts are full, that does not come by chance.
 */
#define SERVED_US        (32 * US_PER_S)
#define SERVED_LONG_US   (3600 * US_PER_S)
#define REFUSED_RUN_MOST 16
/*
 * A place takes a hundredth more than the rate asks for: one that leaves a tick late and those
 * behind it that do not must not be more than the rate in any 100 ms.
 */
#define PLACE_US (1010 * US_PER_S)

#define KEY_CLASS_SHIFT 60
#define KEY_ORDER_MASK  ((UINT64_C(1) << KEY_CLASS_SHIFT) - 1)

static struct target *find(const struct upstreams *u, uint64_t hash, enum sip_transport transport,
    const struct netaddr *address)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(u->target_addresses, hash, &cursor, &value)) {
		struct target *target = pool_get(u->targets, value);

		if (target->transport == transport && netaddr_equal(&target->address, address))
			return target;
	}
	return NULL;
}

struct target *target_find(
    const struct upstreams *u, enum sip_transport transport, const struct netaddr *address)
{
	return find(u, upstreams_hash_address(u, (uint8_t)transport, address), transport, address);
}

struct target *target_take(
    struct upstreams *u, enum sip_transport transport, const struct netaddr *address)
{
	uint64_t hash = upstreams_hash_address(u, (uint8_t)transport, address);
	struct target *target = find(u, hash, transport, address);
	pool_handle handle;

	if (target) {
		if (target->refs++ == 0)
			wheel_clear(u->core->wheel, &target->timer);
		return target;
	}
	target = pool_take(u->targets, &handle);
	if (!target)
		return NULL;
	if (map_put(u->target_addresses, hash, handle) < 0) {
		pool_give(u->targets, handle);
		return NULL;
	}
	target->handle = handle;
	target->refs = 1;
	target->transport = (uint8_t)transport;
	target->address = *address;
	target->rate_milli = RATE_FIRST_MILLI;
	target->answer_share = SHARE_ONE;
	target->timer.kind = TIMER_TARGET;
	pace_recall(u, target);
	return target;
}

static void forget(struct upstreams *u, struct target *target)
{
	wheel_clear(u->core->wheel, &target->timer);
	map_remove(u->target_addresses,
	    upstreams_hash_address(u, target->transport, &target->address), target->handle);
	pool_give(u->targets, target->handle);
}

void target_give(struct upstreams *u, pool_handle handle)
{
	struct target *target = pool_get(u->targets, handle);

	if (!target || --target->refs > 0)
		return;
	heap_clear(&target->queue);
	target->queued = 0;
	/* Until then whoever comes has to wait for the place behind the last one. */
	if (target->next_send_us > u->core->now.mono_us)
		wheel_set(u->core->wheel, &target->timer, target->next_send_us);
	else
		forget(u, target);
}

bool target_forget_unused(struct upstreams *u, struct target *target)
{
	if (target->refs > 0)
		return false;
	forget(u, target);
	return true;
}

struct target *target_get(const struct upstreams *u, pool_handle handle)
{
	return pool_get(u->targets, handle);
}

/* Few of one upstream may be a crowd at its address, or have become one. */
static bool is_few(const struct target *target, uint32_t needed)
{
	return needed <= TROUBLE_MAX && target->refs <= FEW_REFS;
}

static uint64_t probe_apart_us(const struct target *target)
{
	return target->has_few && is_few(target, 0) ? PROBE_FEW_US : PROBE_US;
}

uint64_t target_open_at_us(const struct upstreams *u, const struct target *target)
{
	/* One that keeps lets nothing out, repetitions neither. */
	if (u->core->stop.mode == CORE_KEEPS)
		return TIME_NEVER;
	/* No rest and no breaker withholds a cancel during a stop. */
	if (core_is_stopping(u->core))
		return u->core->now.mono_us;
	if (target->is_broken)
		return max_u64(target->rest_until_us, target->probe_at_us);
	return max_u64(target->rest_until_us, u->core->now.mono_us);
}

static bool is_resting(const struct upstreams *u, const struct target *target)
{
	return target->rest_until_us > u->core->now.mono_us && !core_is_stopping(u->core);
}

uint64_t target_let_through_us(const struct upstreams *u, const struct target *target)
{
	uint64_t when_us = max_u64(target->hold_until_us, target->next_send_us);

	if (!is_resting(u, target))
		return TIME_NEVER;
	return target->is_broken ? max_u64(when_us, target->probe_at_us) : when_us;
}

bool target_lets_repeat(const struct upstreams *u, const struct target *target, uint64_t sent_us)
{
	return is_resting(u, target) && !target->is_broken && sent_us > target->rests_since_us;
}

void target_hold_until(struct upstreams *u, struct target *target, uint64_t until_us, bool is_next)
{
	if (!is_resting(u, target))
		return;
	if (!is_next || until_us > u->core->now.mono_us)
		until_us = max_u64(until_us, target->let_through_us + LET_APART_US);
	if (until_us >= target->hold_until_us)
		return;
	target->hold_until_us = until_us;
	target_arm(u, target);
}

void target_let_one(struct upstreams *u, struct target *target, uint64_t next_us)
{
	target->let_through_us = u->core->now.mono_us;
	target->hold_until_us = max_u64(next_us, u->core->now.mono_us + LET_APART_US);
}

uint64_t target_closed_until_us(const struct upstreams *u, const struct target *target)
{
	uint64_t open_at_us = target_open_at_us(u, target);

	if (core_is_stopping(u->core))
		return TIME_NEVER;
	return target->is_broken
	           ? max_u64(open_at_us, u->core->now.mono_us + probe_apart_us(target))
	           : open_at_us;
}

uint64_t target_sent_while_closed(const struct upstreams *u, const struct target *target)
{
	uint64_t span_us = target_closed_until_us(u, target) - u->core->now.mono_us;
	uint64_t rate = u->core->params->upstream_rate;

	if (core_is_stopping(u->core) || rate == 0)
		return UINT64_MAX;
	if (rate == PARAM_AUTO)
		rate = RATE_HIGHEST_MILLI / 1000;
	return span_us * rate / US_PER_S;
}

uint64_t target_key(enum queue_class class, uint64_t order)
{
	return (uint64_t) class << KEY_CLASS_SHIFT | (order & KEY_ORDER_MASK);
}

enum queue_class target_key_class(uint64_t key)
{
	return (enum queue_class)(key >> KEY_CLASS_SHIFT);
}

int target_queue(struct upstreams *u, struct target *target, uint64_t key, pool_handle user)
{
	int rc = heap_push(&target->queue, key, user);

	if (rc < 0)
		return rc;
	target->queued++;
	target_arm(u, target);
	return 0;
}

void target_unqueue(struct target *target)
{
	assert(target->queued > 0);
	/* Pairs that became void by edits must not pile up while the address rests. */
	if (--target->queued == 0)
		target->queue.count = 0;
}

static bool is_auto(const struct upstreams *u)
{
	return u->core->params->upstream_rate == PARAM_AUTO;
}

uint32_t target_pace_milli(const struct upstreams *u, const struct target *target)
{
	uint64_t fixed = (uint64_t)u->core->params->upstream_rate * 1000;

	if (!is_auto(u))
		return (uint32_t)fixed;
	/* A stop has no time for a ban: it goes no faster than was borne for a while. */
	if (core_is_stopping(u->core) && target->proven_milli)
		return (uint32_t)min_u64(target->rate_milli, target->proven_milli);
	return target->rate_milli;
}

static uint64_t interval_us(const struct upstreams *u, const struct target *target)
{
	uint32_t rate = target_pace_milli(u, target);
	uint64_t interval = rate == 0 ? 0 : PLACE_US / rate;

	/* A stop ends: from half of its time on, what is left must leave by 80 % of it. */
	if (core_is_stopping(u->core) && u->core->now.mono_us >= u->core->stop.half_us) {
		uint64_t left = u->core->stop.eighty_us > u->core->now.mono_us
		                    ? u->core->stop.eighty_us - u->core->now.mono_us
		                    : 0;

		/* Twice: a cancel may be challenged, and its answer takes a place too. */
		interval = min_u64(interval, left / (2 * (uint64_t)target->queued + 1));
	}
	return interval;
}

static uint32_t window(const struct upstreams *u, const struct target *target)
{
	uint32_t asked = u->core->params->upstream_window;
	uint64_t rate;

	if (core_is_stopping(u->core) || asked == 0)
		return UINT32_MAX;
	if (asked != PARAM_AUTO)
		return asked;
	/* Two seconds' worth: more in flight than that only feeds an upstream that is late. */
	rate = target_pace_milli(u, target);
	return rate == 0 ? UINT32_MAX : (uint32_t)max_u64(10, 2 * rate / 1000);
}

uint64_t target_slot_us(struct upstreams *u, const struct target *target)
{
	uint64_t open_at = target_open_at_us(u, target);

	if (target->in_flight >= window(u, target))
		return TIME_NEVER;
	return max_u64(open_at, target->next_send_us);
}

uint64_t target_queue_end_us(const struct upstreams *u, const struct target *target)
{
	uint64_t open_at_us = target_open_at_us(u, target);
	uint64_t from_us = max_u64(u->core->now.mono_us, open_at_us == TIME_NEVER ? 0 : open_at_us);

	/* A full window has no time: an answer or a time-out opens it. */
	if (wheel_is_set(&target->timer))
		from_us = max_u64(from_us, target->timer.when_us);
	else if (target->in_flight < window(u, target))
		return TIME_NEVER;
	return from_us + target->queued * interval_us(u, target);
}

void target_arm(struct upstreams *u, struct target *target)
{
	uint64_t when_us;

	if (target->refs == 0)
		return;
	if (target->queued == 0) {
		target->leaving = 0;
		wheel_clear(u->core->wheel, &target->timer);
		return;
	}
	when_us = min_u64(target_slot_us(u, target), target_let_through_us(u, target));
	wheel_set(
	    u->core->wheel, &target->timer, target->leaving > 0 ? u->core->now.mono_us : when_us);
}

static void forget_ceiling(struct upstreams *u, struct target *target)
{
	if (target->ceiling_milli && u->core->now.mono_us >= target->ceiling_until_us)
		target->ceiling_milli = 0;
}

static void start_period(struct upstreams *u, struct target *target)
{
	target->period_us = u->core->now.mono_us;
	target->period_sent = 0;
}

/* Growth needs evidence: a pace that was not used proves nothing, nor does one without answers. */
static void grow(struct upstreams *u, struct target *target)
{
	uint64_t rate = target->rate_milli, used;

	if (u->core->now.mono_us < target->period_us + GROWTH_US)
		return;
	used = (uint64_t)target->period_sent * 1000 * US_PER_S /
	       (u->core->now.mono_us - target->period_us);
	forget_ceiling(u, target);
	if (2 * used >= rate && target->answered_us >= target->period_us) {
		target->proven_milli = (uint32_t)max_u64(target->proven_milli, min_u64(used, rate));
		pace_note(u, target);
		rate = min_u64(2 * rate, RATE_HIGHEST_MILLI);
	}
	if (target->ceiling_milli)
		rate = min_u64(rate, target->ceiling_milli);
	target->rate_milli = (uint32_t)max_u64(rate, target->rate_milli);
	start_period(u, target);
}

static void halve(struct upstreams *u, struct target *target)
{
	target->rate_milli = (uint32_t)max_u64(target->rate_milli / 2, RATE_LOWEST_MILLI);
	target->proven_milli = (uint32_t)min_u64(target->proven_milli, target->rate_milli);
	pace_note(u, target);
	start_period(u, target);
}

/* More than a tenth lost within a second; one lost request alone is no measure. */
static void count_second(struct upstreams *u, struct target *target, bool is_lost)
{
	if (u->core->now.mono_us >= target->second_us + US_PER_S) {
		if (target->second_lost >= 2 && 10 * target->second_lost > target->second_sent)
			halve(u, target);
		target->second_us = u->core->now.mono_us;
		target->second_sent = target->second_lost = 0;
	}
	target->second_sent++;
	if (is_lost) {
		target->second_lost++;
		start_period(u, target);
	}
}

static void take_place(struct upstreams *u, struct target *target)
{
	/* A place missed by less than the clock's tick is not lost; idleness earns none. */
	bool is_late = target->next_send_us + TICK_US >= u->core->now.mono_us;
	uint64_t from = is_late ? target->next_send_us : u->core->now.mono_us;

	target->next_send_us = from + interval_us(u, target);
}

/* True where as many met the trouble as it takes. */
static bool is_met(const struct trouble *trouble, uint32_t needed)
{
	return trouble->count >= (needed < TROUBLE_MAX ? needed : TROUBLE_MAX);
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

static void note_transmission(
    struct upstreams *u, struct target *target, pool_handle who, bool is_lost)
{
	/* The few that a rest lets through are no flood: their silence shows no ban. */
	if (!is_resting(u, target))
		note_unanswered(u, target, who);
	target->period_sent++;
	if (is_auto(u) && !core_is_stopping(u->core)) {
		grow(u, target);
		count_second(u, target, is_lost);
	}
	if (target->is_broken)
		target->probe_at_us = u->core->now.mono_us + probe_apart_us(target);
}

void target_charge(struct upstreams *u, struct target *target, pool_handle who)
{
	take_place(u, target);
	note_transmission(u, target, who, false);
}

void target_charge_repetition(
    struct upstreams *u, struct target *target, pool_handle who, uint64_t waited_us)
{
	note_transmission(u, target, who, waited_us >= 2 * (uint64_t)target->usual_us);
	target_arm(u, target);
}

void target_charge_probe(struct upstreams *u, struct target *target)
{
	take_place(u, target);
	if (target->is_broken)
		target->probe_at_us = u->core->now.mono_us + probe_apart_us(target);
}

bool target_reserve_us(struct upstreams *u, struct target *target, uint64_t *place_us_r)
{
	*place_us_r = max_u64(target->next_send_us, u->core->now.mono_us);
	if (core_is_stopping(u->core) && target->queued > 0) {
		*place_us_r = u->core->now.mono_us + SIP_T1_US;
		return false;
	}
	take_place(u, target);
	return true;
}

void target_begin(struct target *target)
{
	target->in_flight++;
}

void target_end(struct upstreams *u, struct target *target)
{
	assert(target->in_flight > 0);
	target->in_flight--;
	if (!BROKEN_WINDOW_WAKE)
		target_arm(u, target);
}

/* One line when an address begins to rest or falls silent, and one when it answers again. */
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

/* A moving average over the last 32 or so transmissions. */
static void learn_share(struct target *target)
{
	for (uint32_t i = 0; i < target->unanswered && i < 64; i++)
		target->answer_share -= target->answer_share / 32;
	target->answer_share = (uint32_t)min_u64(target->answer_share + SHARE_ONE / 32, SHARE_ONE);
}

/* Slower up than down: an answer to a repetition tells of the loss before it, not of the way. */
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

void target_answered(struct upstreams *u, struct target *target, unsigned status, uint64_t took_us)
{
	if (!is_resting(u, target))
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

/* Or lengthens the one that it has. */
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

void target_served(struct upstreams *u, struct target *target, pool_handle who)
{
	if (target->served[0].who != who)
		target->served[1] = target->served[0];
	target->served[0].who = who;
	target->served[0].when_us = u->core->now.mono_us;
	target->refused_run = 0;
	end_rest(u, target);
}

bool target_serves_others(
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

bool target_refused(
    struct upstreams *u, struct target *target, pool_handle who, uint32_t needed, uint64_t rest_us)
{
	bool was_open = target->rest_until_us <= u->core->now.mono_us;

	if (is_auto(u) && !core_is_stopping(u->core))
		halve(u, target);
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

bool target_timed_out(struct upstreams *u, struct target *target, pool_handle who, uint32_t needed)
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

bool target_judge_silence(struct upstreams *u, struct target *target)
{
	/* So many in a row unanswered does not happen by the loss that was seen before. */
	uint64_t enough = SILENCE_REQUESTS * SHARE_ONE / max_u64(target->answer_share, 64);
	uint64_t silence_us = max_u64(SILENCE_US, 2 * (uint64_t)target->usual_us);

	if (!is_auto(u) || core_is_stopping(u->core) || target->answered_us == 0)
		return false;
	/* One whose requests are swallowed must not do that to all, and few are no flood. */
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
	/* A quarter of what brought it on: what silence took off since says nothing. */
	target->rate_milli = (uint32_t)max_u64(target->answered_milli / 4, RATE_LOWEST_MILLI);
	target->proven_milli = (uint32_t)min_u64(target->proven_milli, target->rate_milli);
	target->ceiling_milli = target->rate_milli;
	target->ceiling_until_us = u->core->now.mono_us + CEILING_US;
	pace_note(u, target);
	start_period(u, target);
	target_arm(u, target);
	return true;
}

void target_try_again(struct upstreams *u, struct target *target)
{
	bool rests = target->rest_until_us > u->core->now.mono_us;

	if (target->refs == 0 || (rests && !target->rests_by_silence))
		return;
	if (!rests && !target->is_broken)
		return;
	/* One at a time until it answers, or a ban would be answered with a crowd. */
	target->is_broken = true;
	target->rest_until_us = target->probe_at_us = u->core->now.mono_us;
	tell(u, target, "tried-again", " probe_s=", probe_apart_us(target));
	target_arm(u, target);
}

static void hurry(struct upstreams *u, struct target *target)
{
	target->next_send_us = min_u64(target->next_send_us, u->core->now.mono_us);
	target_arm(u, target);
}

void targets_hurry(struct upstreams *u)
{
	struct target *target;
	pool_handle handle;

	for (uint32_t slot = 0; (target = pool_walk(u->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		hurry(u, target);
}
