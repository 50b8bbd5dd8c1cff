// SPDX-License-Identifier: Apache-2.0
/*
 * One attempt of a registration to register or refresh: up to its request. The
 * exchange comes back here for each step, and hands what was answered to outcome.h
 * or, where it only looks, to probe.h.
 */
#pragma once

#include "registrant/registration.h"

/* What a registration's exchange calls back. */
const struct exchange_ops *attempt_ops(void);

/* Begins, where it is wanted and may; else it waits, and says why. */
void attempt_begin(struct registrant *r, struct registration *registration);

/*
 * Has the ledger cover what will be asked, and asks when it does. The exchange
 * has a holding and a flow.
 */
void attempt_record(struct registrant *r, struct registration *registration);

/* The ledger, or a debt that stood before it: looks again whether it may go on. */
void attempt_go_on(struct registrant *r, struct registration *registration);

/* Its timer: what it waited for is due, or has not come. */
void attempt_timer(struct registrant *r, struct registration *registration);
