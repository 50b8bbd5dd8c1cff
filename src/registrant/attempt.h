// SPDX-License-Identifier: Apache-2.0
/*
 * One attempt of a registration to register or refresh: up to its request. The
 * exchange comes back here for each step, and hands what was answered to outcome.h.
 * Parts that stand below have an attempt begun by the registration's timer.
 */
#pragma once

#include "registrant/registration.h"

/* What exchanges of HOLDER_REGISTRATION call back. */
const struct exchange_ops *attempt_ops(void);

/* Its row is durable, or a debt that stood before it may be gone: goes on where it may. */
void attempt_go_on(struct registrant *r, struct registration *registration);

/* registration_refresh() without the way through the timer: who looks sees it under way. */
void attempt_refresh(struct registrant *r, struct registration *registration);

/* Its timer: what it waited for is due, or has not come. */
void attempt_timer(struct registrant *r, struct registration *registration);
