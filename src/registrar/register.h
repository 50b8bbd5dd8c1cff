// SPDX-License-Identifier: Apache-2.0
/*
 * REGISTER (RFC 3261 10.3): who sends it, what it wants, and the response.
 */
#pragma once

#include "registrar/context.h"
#include "sip/message.h"

/* Takes a REGISTER and sends its response, if it gets one. */
void register_take(
    struct registrar *registrar, const struct sip_message *request, const struct flow *flow);
