// SPDX-License-Identifier: Apache-2.0
/*
 * What a 503 does to the target that sent it. If the upstream has another target,
 * this one rests at once; else it rests when several owners got a 503.
 */
#pragma once

#include "upstream/exchange.h"

/*
 * A 503 that does not concern the owner alone: the next attempt begins with another target, and
 * this one may rest.
 */
void rest_refused(
    struct upstreams *u, struct exchange *exchange, const struct sip_message *response);

/* Retry-After in seconds, at most an hour (RFC 3261 20.33); 0 if there is none. */
uint32_t rest_asked_s(const struct sip_message *response);
