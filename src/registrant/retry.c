// SPDX-License-Identifier: Apache-2.0
/*
 * How long a registration waits before it tries again.
 */
#include "registrant/retry.h"

#include "registrant/debts.h"
#include "upstream/keepalive.h"

#define TAKEN_S 5

uint32_t retry_delay_s(const struct registrant *r, const struct registration *registration)
{
	uint32_t own = registration->settings.retry_delay_s;

	return own ? own : r->core->params->retry_delay_s;
}

void retry_at(struct registrant *r, struct registration *registration, uint64_t when_us)
{
	registration_set_activity(r, registration, ACTIVITY_WAITING);
	wheel_set(r->core->wheel, &registration->timer, when_us);
}

static void begin_anew_in(struct registrant *r, struct registration *registration, uint64_t wait_us)
{
	registration->round = 0;
	registration_go_home(r, registration);
	retry_at(r, registration, r->core->now.mono_us + wait_us);
}

void retry_in_s(struct registrant *r, struct registration *registration, uint64_t seconds)
{
	begin_anew_in(r, registration, random_lengthen(r->core->random, seconds * US_PER_S));
}

void retry_fail(struct registrant *r, struct registration *registration, const char *event)
{
	const struct holding *holding = registration->holding;

	registration_set_up(r, registration, false);
	debts_carry_no_more(r, registration_name(registration));
	if (!holding || !holding_is_bound(r, holding))
		keepalive_drop(r->upstreams, &registration->keepalive);
	if (registration->attempts++ == 0)
		registration_log(r, LOG_LEVEL_WARNING, registration, event);
}

bool retry_is_at_stake(const struct registrant *r, const struct registration *registration)
{
	return debts_granted_until_us(r, registration) > r->core->now.mono_us;
}

uint64_t retry_apart_us(const struct registrant *r, const struct registration *registration)
{
	return max_u64(registration->exchange.started_us + ATTEMPT_APART_US, r->core->now.mono_us);
}

void retry_or_lapse(struct registrant *r, struct registration *registration)
{
	uint64_t usual_us =
	             random_lengthen(r->core->random, retry_delay_s(r, registration) * US_PER_S),
	         third_us;
	uint64_t until_us = debts_granted_until_us(r, registration);

	if (until_us > r->core->now.mono_us) {
		third_us = (until_us - r->core->now.mono_us) / 3;
		usual_us = min_u64(max_u64(third_us, ATTEMPT_APART_US), usual_us);
	}
	begin_anew_in(r, registration, usual_us);
}

/* After a 503, another chance is allowed: it is no verdict on the account. */
static bool had_chance(const struct registration *registration)
{
	return registration->had_chance && registration->last.status != 503;
}

/* When to make one more attempt that ends before the binding does; TIME_NEVER: none. */
static uint64_t chance_us(const struct registrant *r, const struct registration *registration)
{
	uint64_t until_us = debts_granted_until_us(r, registration), when_us;

	if (!retry_is_at_stake(r, registration) || had_chance(registration))
		return TIME_NEVER;
	when_us = until_us - min_u64((until_us - r->core->now.mono_us) / 3, ATTEMPT_MAX_US);
	when_us = max_u64(when_us, retry_apart_us(r, registration));
	return when_us < until_us ? when_us : TIME_NEVER;
}

/*
 * Only one attempt in a grant comes sooner than the wait that upstream asked for: attempts that
 * follow each other ever sooner may lock the account.
 */
void retry_or_chance(struct registrant *r, struct registration *registration, uint64_t seconds)
{
	uint64_t usual_us =
	    r->core->now.mono_us + random_lengthen(r->core->random, seconds * US_PER_S);
	uint64_t sooner_us = chance_us(r, registration);

	if (sooner_us < usual_us && usual_us >= debts_granted_until_us(r, registration))
		registration->had_chance = true;
	begin_anew_in(r, registration, min_u64(usual_us, sooner_us) - r->core->now.mono_us);
}

void retry_later(struct registrant *r, struct registration *registration, struct slice why)
{
	last_set(&registration->last, 0, why);
	retry_fail(r, registration, "failed");
	retry_or_lapse(r, registration);
}

/*
 * When a registration is renamed, the new name may arrive first; it registers once the old one is
 * gone. Nothing was sent, so the wait is short.
 */
void retry_taken(struct registrant *r, struct registration *registration, struct slice why)
{
	last_set(&registration->last, 0, why);
	retry_fail(r, registration, "failed");
	begin_anew_in(r, registration, random_lengthen(r->core->random, TAKEN_S * US_PER_S));
}
