// SPDX-License-Identifier: Apache-2.0
/*
 * A request that comes in, and its answer: a server transaction without INVITE, RFC 3261
 * 17.2.2, with the accidents of the configuration on the answer's way back.
 */
#pragma once

#include "sim/carrier/state.h"
#include "sip/via.h"

struct incoming {
	const struct sip_message *msg;
	struct netaddr source, local;
	struct replay replay; /* what the answer is remembered under */
	struct account *account;
	bool late;                       /* a later request of its Call-ID was here before it */
	bool lose;                       /* a rule says that the answer gets lost */
	const struct carrier_rule *rule; /* says what is answered where all is well; or NULL */
};

/* Begins the transaction: where the answer goes (RFC 3261 18.2.2, RFC 3581 4). */
void incoming_begin(struct carrier *carrier, struct incoming *in, const struct sip_via *via);

/* True for a retransmission, which is dealt with here. Judges reused branches. */
bool incoming_is_repeat(struct carrier *carrier, const struct incoming *in);

/* Answers; `headers` are whole lines, each with its CRLF. */
void incoming_answer(
    struct carrier *carrier, struct incoming *in, unsigned status, struct slice headers);
