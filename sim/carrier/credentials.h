// SPDX-License-Identifier: Apache-2.0
/*
 * Digest on the registrar's side: challenges, and what a client made of them
 * (RFC 3261 22, RFC 7616, RFC 8760).
 */
#pragma once

#include "sim/carrier/incoming.h"

/*
 * True where the request may go on. Else it has been answered: with a
 * challenge, 403 or 400. `user` is the user part of the AOR.
 */
bool credentials_admit(struct carrier *carrier, struct incoming *in, struct slice user);
