// SPDX-License-Identifier: Apache-2.0
/*
 * One attempt of a registration to register or refresh, up to its request. The
 * exchange calls back for each step; a response goes to outcome.h. A file below this
 * one begins an attempt by the registration's timer.
 */
#pragma once

#include "registrant/registration.h"

/* The functions for exchanges of HOLDER_REGISTRATION. */
const struct exchange_ops *attempt_ops(void);

/* Its row is durable, or a debt that it waited for may be gone: goes on if nothing is missing. */
void attempt_go_on(struct registrant *r, struct registration *registration);

/* registration_refresh() at once and not by the timer, so that the answer shows the attempt. */
void attempt_refresh(struct registrant *r, struct registration *registration);

/* TIMER_REGISTRATION is due: begins what is due, or gives up what has not come. */
void attempt_timer(struct registrant *r, struct registration *registration);
