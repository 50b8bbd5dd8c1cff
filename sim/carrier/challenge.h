// SPDX-License-Identifier: Apache-2.0
/*
 * What a registrar asks of its clients: realms, nonces, and the lines that carry
 * them (RFC 3261 22, RFC 7616, RFC 8760).
 */
#pragma once

#include "sim/carrier/incoming.h"

struct demand {
	unsigned status;
	enum sip_header_id challenge, credentials;
	char realm[CARRIER_TEXT_MAX + 16];
};

/* What is demanded of this request: with 407 as a proxy, else as the registrar. */
struct demand demand_of(const struct carrier *carrier, const struct incoming *in, unsigned status);

/* Answers with a challenge and a fresh nonce, whatever the request carries. */
void challenge_send(struct carrier *carrier, struct incoming *in, unsigned status, bool stale);

/* Appends the Authentication-Info line where the configuration wants one. */
void challenge_put_info(struct carrier *carrier, const struct incoming *in, struct buf *b);

/* Takes the next name off a comma-separated list. */
bool challenge_next_name(struct slice *rest, struct slice *name_r);
