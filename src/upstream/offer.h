// SPDX-License-Identifier: Apache-2.0
/*
 * Chooses which challenge of a 401 or 407 is answered, or says why none is
 * (RFC 3261 22, RFC 7616 3.7, RFC 8760 2.4). Challenges of earlier responses are
 * auth.h's matter.
 */
#pragma once

#include "sip/auth.h"
#include "sip/message.h"

/* The longest nonce and opaque, in bytes: a carrier was seen that sends 4 KiB. */
#define TOKEN_TEXT_MAX 4096

/* Which challenges may be answered. */
struct auth_policy {
	unsigned digest_min;        /* the least strength, sip_digest_strength() */
	unsigned digest_configured; /* the least strength that the operator set; 0: unknown */
	bool only_known;            /* after a redirect: only the realms in `known` */
	struct slice known[2];
};

/* Why a challenge cannot be answered. The better a challenge fits, the higher its number. */
enum offer_fitness {
	UNFIT_ABSENT,
	UNFIT_UNREADABLE,
	UNFIT_SCHEME,
	UNFIT_ALGORITHM,
	UNFIT_QOP,
	UNFIT_EMPTY,
	UNFIT_LONG,
	UNFIT_REALM,
	UNFIT_WEAK,
	FIT,
};

/* The challenge that was chosen from a response. */
struct offer {
	struct sip_challenge chosen; /* if none fits, the one that fits best */
	enum offer_fitness fitness;
	bool is_proxy; /* it stood in Proxy-Authenticate */
	bool has_more; /* other challenges stand behind it */
};

/* Which challenges are considered. */
struct offer_choice {
	const struct auth_policy *policy;
	const struct slice *realm; /* only this realm; NULL: any */
	uint8_t refused;           /* not this algorithm: it ended in wrong credentials; 0: any */
};

/*
 * Chooses the topmost challenge that we support and may answer (RFC 8760 2.4). The header, not the
 * status, says how it is answered: some peers send a 401 with Proxy-Authenticate, or a 407 with
 * WWW-Authenticate.
 */
struct offer offer_choose(const struct sip_message *response, const struct offer_choice *choice);

/* Writes, for people, why the chosen challenge is not answered. */
void offer_tell_unfit(struct buf *why, const struct auth_policy *policy, const struct offer *offer);
