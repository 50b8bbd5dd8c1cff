// SPDX-License-Identifier: Apache-2.0
/*
 * Digest on the registrar's side: challenges, and what a client made of them
 * (RFC 3261 22, RFC 7616, RFC 8760).
 */
#pragma once

#include "sim/upstream/exchange.h"

/*
 * True where the request may go on. Else it has been answered: with a
 * challenge, 403 or 400. `user` is the user part of the AOR.
 */
bool auth_admit(struct upstream *u, struct exchange *x, struct slice user);

/* Answers with a challenge and a fresh nonce, whatever the request carries. */
void auth_challenge(struct upstream *u, struct exchange *x, unsigned status, bool stale);

/* Appends the Authentication-Info line where the configuration wants one. */
void auth_put_info(struct upstream *u, const struct exchange *x, struct buf *b);
