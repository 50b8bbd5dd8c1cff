// SPDX-License-Identifier: Apache-2.0
/*
 * When a registration whose attempt failed tries again: after the usual delay, or
 * sooner where a binding that lives would lapse meanwhile, and never more than one
 * attempt in ATTEMPT_APART_US.
 */
#pragma once

#include "registrant/registration.h"

/* The usual delay: its own, or SS_SIP_USER_AGENT_RETRY_DELAY. */
uint32_t retry_delay_s(const struct registrant *r, const struct registration *registration);

/* It failed: no longer up, with one line where it begins to fail. */
void retry_fail(struct registrant *r, struct registration *registration, const char *event);

/* At that time, on the way that it has; now: at once. */
void retry_at(struct registrant *r, struct registration *registration, uint64_t when_us);

/* After so long, with jitter, from the beginning: its own upstream, wherever a redirect led. */
void retry_in_s(struct registrant *r, struct registration *registration, uint64_t seconds);

/* After the usual delay, or sooner where its binding would lapse before. */
void retry_or_lapse(struct registrant *r, struct registration *registration);

/*
 * After so many seconds; but a binding that is alive does not end without one more attempt,
 * whatever was asked for.
 */
void retry_or_chance(struct registrant *r, struct registration *registration, uint64_t seconds);

/* A binding that upstream granted, and that lapses unless it is refreshed. */
bool retry_is_at_stake(const struct registrant *r, const struct registration *registration);

/* The earliest time for another attempt. */
uint64_t retry_apart_us(const struct registrant *r, const struct registration *registration);

/* The attempt failed on our side. */
void retry_later(struct registrant *r, struct registration *registration, struct slice why);

/* Another registration holds the binding: it is looked again soon whether it still does. */
void retry_taken(struct registrant *r, struct registration *registration, struct slice why);
