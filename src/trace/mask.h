// SPDX-License-Identifier: Apache-2.0
/*
 * A SIP message as it may be shown: what proves knowledge of a password, or is
 * one, is replaced by "***". Of digest credentials only those parameters stay
 * that are of no use without it (user name, realm, nonces, counters); other
 * schemes show their name alone, and URIs lose their password (RFC 3261 19.1.1).
 *
 * It reads lines, not grammar, so that a malformed message is masked as well.
 */
#pragma once

#include "base/buf.h"

/* Appends the message, cut where `b` ends: that does not set `full`. */
void mask_put(struct buf *b, struct slice message);
