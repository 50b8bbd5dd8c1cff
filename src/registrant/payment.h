// SPDX-License-Identifier: Apache-2.0
/*
 * How a debt is paid: the cancel that it sends, with which credentials, and what each
 * answer means to it. registrant/debt.h decides when it is tried.
 */
#pragma once

#include "registrant/debt.h"

struct registration;

/* The functions for exchanges of HOLDER_DEBT. */
const struct exchange_ops *payment_ops(void);

/* Judges the 200 to a REGISTER of its registration that carried the cancel. */
void payment_carried(struct registrant *r, struct debt *debt,
    const struct registration *registration, const struct sip_message *response);

/* A stop begins: gives up a cancel that was sent early enough to try another address. */
void payment_hasten(struct registrant *r, struct debt *debt);
