// SPDX-License-Identifier: Apache-2.0
/*
 * How fast requests are sent to an address: how the pace grows and falls, and the
 * places that requests take in it.
 */
#include "upstream/pace.h"

#include "upstream/history.h"

#define GROWTH_US (5 * US_PER_S)
#define TICK_US   US_PER_MS
/*
 * A place is a hundredth longer than the rate needs. A request may leave a tick late and the next
 * ones in time: even then no 100 ms must have more requests than the rate allows.
 */
#define PLACE_US (1010 * US_PER_S)

static bool is_auto(const struct upstreams *u)
{
	return u->core->params->upstream_rate == PARAM_AUTO;
}

bool pace_is_learned(const struct upstreams *u)
{
	return is_auto(u) && !core_is_stopping(u->core);
}

uint32_t pace_milli(const struct upstreams *u, const struct target *target)
{
	uint64_t fixed = (uint64_t)u->core->params->upstream_rate * 1000;

	if (!is_auto(u))
		return (uint32_t)fixed;
	/* A ban would ruin a stop: it goes no faster than the proven pace. */
	if (core_is_stopping(u->core) && target->proven_milli)
		return (uint32_t)min_u64(target->rate_milli, target->proven_milli);
	return target->rate_milli;
}

/*
 * The places that the queued requests will take. A challenge costs a second place: every request
 * without a known nonce gets one, and of the others the share that got one lately.
 */
static uint64_t places(const struct target *target)
{
	uint64_t known = target->queued - target->bare;

	return target->queued + target->bare + known * target->void_nonces / UINT8_MAX;
}

uint64_t pace_interval_us(const struct upstreams *u, const struct target *target)
{
	uint32_t rate = pace_milli(u, target);
	uint64_t interval = rate == 0 ? 0 : PLACE_US / rate;

	/* After half of a stop's time, the rest leaves by 80 % of it, whatever the pace. */
	if (core_is_stopping(u->core) && u->core->now.mono_us >= u->core->stop.half_us) {
		uint64_t left = u->core->stop.eighty_us > u->core->now.mono_us
		                    ? u->core->stop.eighty_us - u->core->now.mono_us
		                    : 0;

		interval = min_u64(interval, left / (places(target) + 1));
	}
	return interval;
}

uint32_t pace_window(const struct upstreams *u, const struct target *target)
{
	uint32_t asked = u->core->params->upstream_window;
	uint64_t rate;

	if (core_is_stopping(u->core) || asked == 0)
		return UINT32_MAX;
	if (asked != PARAM_AUTO)
		return asked;
	/* Two seconds' worth: with more in flight, a late upstream would only fall behind. */
	rate = pace_milli(u, target);
	return rate == 0 ? UINT32_MAX : (uint32_t)max_u64(10, 2 * rate / 1000);
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

/* Doubles the pace if half of it was used and answers came: other periods prove nothing. */
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
		history_note(u, target);
		rate = min_u64(2 * rate, RATE_HIGHEST_MILLI);
	}
	if (target->ceiling_milli)
		rate = min_u64(rate, target->ceiling_milli);
	target->rate_milli = (uint32_t)max_u64(rate, target->rate_milli);
	start_period(u, target);
}

void pace_halve(struct upstreams *u, struct target *target)
{
	target->rate_milli = (uint32_t)max_u64(target->rate_milli / 2, RATE_LOWEST_MILLI);
	target->proven_milli = (uint32_t)min_u64(target->proven_milli, target->rate_milli);
	history_note(u, target);
	start_period(u, target);
}

void pace_quarter(struct upstreams *u, struct target *target)
{
	/* A quarter of the pace that brought the ban on; losses since then may have halved it. */
	target->rate_milli = (uint32_t)max_u64(target->answered_milli / 4, RATE_LOWEST_MILLI);
	target->proven_milli = (uint32_t)min_u64(target->proven_milli, target->rate_milli);
	target->ceiling_milli = target->rate_milli;
	target->ceiling_until_us = u->core->now.mono_us + CEILING_US;
	history_note(u, target);
	start_period(u, target);
}

/* Halves the pace if more than a tenth was lost within a second, and more than one request. */
static void count_second(struct upstreams *u, struct target *target, bool is_lost)
{
	if (u->core->now.mono_us >= target->second_us + US_PER_S) {
		if (target->second_lost >= 2 && 10 * target->second_lost > target->second_sent)
			pace_halve(u, target);
		target->second_us = u->core->now.mono_us;
		target->second_sent = target->second_lost = 0;
	}
	target->second_sent++;
	if (is_lost) {
		target->second_lost++;
		start_period(u, target);
	}
}

void pace_count(struct upstreams *u, struct target *target, bool is_lost)
{
	target->period_sent++;
	if (!pace_is_learned(u))
		return;
	grow(u, target);
	count_second(u, target, is_lost);
}

void pace_take_place(struct upstreams *u, struct target *target)
{
	/* A place missed by up to a tick still counts; idleness earns no places. */
	bool is_late = target->next_send_us + TICK_US >= u->core->now.mono_us;
	uint64_t from = is_late ? target->next_send_us : u->core->now.mono_us;

	target->next_send_us = from + pace_interval_us(u, target);
}

bool pace_reserve_us(struct upstreams *u, struct target *target, uint64_t *place_us_r)
{
	*place_us_r = max_u64(target->next_send_us, u->core->now.mono_us);
	if (core_is_stopping(u->core) && target->queued > 0) {
		*place_us_r = u->core->now.mono_us + SIP_T1_US;
		return false;
	}
	pace_take_place(u, target);
	return true;
}
