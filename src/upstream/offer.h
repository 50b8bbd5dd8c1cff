// SPDX-License-Identifier: Apache-2.0
/*
 * What a 401 or 407 offers: which of its challenges is answered, and why none is
 * (RFC 3261 22, RFC 7616 3.7, RFC 8760 2.4). It knows nothing of what was answered before.
 */
#pragma once

#include "sip/auth.h"
#include "sip/message.h"

/* What a nonce or an opaque may have: a carrier's of 4 KiB was seen. */
#define TOKEN_TEXT_MAX 4096

/* What may be answered at all. */
struct auth_policy {
	unsigned digest_min;        /* the weakest strength */
	unsigned digest_configured; /* what an operator asks for; 0 not known */
	bool only_known;            /* after a redirect: only these realms */
	struct slice known[2];
};

/* Why a challenge cannot be answered; of several, the last in this order is told. */
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

/* What a response offers. */
struct offer {
	struct sip_challenge chosen; /* where nothing fits, the one that comes nearest */
	enum offer_fitness fitness;
	bool is_proxy;
	bool has_more; /* others stand behind it */
};

/* Which challenges are looked at. */
struct offer_choice {
	const struct auth_policy *policy;
	const struct slice *realm; /* only of this one; NULL of any */
	uint8_t refused;           /* an algorithm that ended in wrong credentials */
};

/*
 * The topmost that we support and may answer (RFC 8760 2.4). Some send a 401 with
 * Proxy-Authenticate and a 407 with WWW-Authenticate: the header says how it is answered.
 */
struct offer offer_choose(const struct sip_message *response, const struct offer_choice *choice);

/* What speaks against an answer to the one that comes nearest, for people. */
void offer_tell_unfit(struct buf *why, const struct auth_policy *policy, const struct offer *offer);
