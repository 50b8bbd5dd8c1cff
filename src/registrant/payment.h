// SPDX-License-Identifier: Apache-2.0
/*
 * How a debt is paid: the cancel it sends, with which credentials, and what
 * each answer means to it. When it is tried at all is in registrant/debt.h.
 */
#pragma once

#include "registrant/debt.h"

struct registration;

/* The functions for exchanges of HOLDER_DEBT. */
const struct exchange_ops *payment_ops(void);

/* A REGISTER of its registration carried the cancel, and this is its 200. */
void payment_carried(struct registrant *r, struct debt *debt,
    const struct registration *registration, const struct sip_message *response);

/* A stop begins: a cancel that is on its way leaves time for the other addresses. */
void payment_hasten(struct registrant *r, struct debt *debt);
