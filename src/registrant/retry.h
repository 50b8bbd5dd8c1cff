// SPDX-License-Identifier: Apache-2.0
/*
 * When a registration whose attempt failed tries again: after the usual delay, or
 * sooner if a living binding would expire before. Attempts are at least
 * ATTEMPT_APART_US apart.
 */
#pragma once

#include "registrant/registration.h"

/* The usual delay: its own, or SS_SIP_USER_AGENT_RETRY_DELAY. */
uint32_t retry_delay_s(const struct registrant *r, const struct registration *registration);

/* Notes a failure: it is not up any more, which is logged when it begins to fail. */
void retry_fail(struct registrant *r, struct registration *registration, const char *event);

/* Tries again at `when_us`, in mono_us, at the same upstream and target. */
void retry_at(struct registrant *r, struct registration *registration, uint64_t when_us);

/* Tries again after so many seconds, with jitter, at the configured upstream, redirect or not. */
void retry_in_s(struct registrant *r, struct registration *registration, uint64_t seconds);

/* Tries again after the usual delay, or sooner if its binding would expire before. */
void retry_or_lapse(struct registrant *r, struct registration *registration);

/*
 * Tries again after so many seconds, as upstream asked for; but once before a living binding
 * expires.
 */
void retry_or_chance(struct registrant *r, struct registration *registration, uint64_t seconds);

/* True if it has a binding that was granted and will expire unless it is refreshed. */
bool retry_is_at_stake(const struct registrant *r, const struct registration *registration);

/* The earliest time for another attempt, in mono_us. */
uint64_t retry_apart_us(const struct registrant *r, const struct registration *registration);

/* The attempt failed on our side, for the reason `why`: tries again later. */
void retry_later(struct registrant *r, struct registration *registration, struct slice why);

/* Another registration owns the holding: checks again soon. */
void retry_taken(struct registrant *r, struct registration *registration, struct slice why);
