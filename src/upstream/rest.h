// SPDX-License-Identifier: Apache-2.0
/*
 * What a 503 does to the address that sent it: it rests at once where the upstream
 * has another one, else when several met the same.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * A 503 that does not speak of the exchange's owner alone: the next attempt begins elsewhere, and
 * the address may rest by it.
 */
void rest_refused(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/* Retry-After in seconds, at most an hour (RFC 3261 20.33); 0 without one. */
uint32_t rest_asked_s(const struct sip_message *response);
