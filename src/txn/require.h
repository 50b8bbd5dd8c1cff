// SPDX-License-Identifier: Apache-2.0
/*
 * Extensions that a request requires (RFC 3261 8.2.2.3, 20.32).
 */
#pragma once

#include "sip/message.h"

/*
 * Appends an Unsupported line with each option tag of all Require lines that `spoken` does not
 * list; a NULL ends that list. False where there is none: nothing was written.
 */
bool require_put_unsupported(
    struct buf *b, const struct sip_message *request, const char *const *spoken);

/* True if one of its lines with this id lists the option tag: Require, Supported. */
bool require_lists(
    const struct sip_message *request, enum sip_header_id id, const char *option_tag);
