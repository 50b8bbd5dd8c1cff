// SPDX-License-Identifier: Apache-2.0
/*
 * Masks a SIP message so that it may be shown: "***" replaces each password, and
 * each value that proves knowledge of one. Digest credentials keep only the
 * parameters that are of no use without the password (user name, realm, nonces,
 * counters). Other schemes keep only their name, and URIs lose their password
 * (RFC 3261 19.1.1).
 *
 * Lines are enough for it, so that a malformed message is masked as well.
 */
#pragma once

#include "base/buf.h"

/* Appends the masked message. If `b` is too small, it is cut, and `full` is not set. */
void mask_put(struct buf *b, struct slice message);
