// SPDX-License-Identifier: Apache-2.0
/*
 * One request and its answer: a server transaction without INVITE, RFC 3261
 * 17.2.2, with the accidents of the configuration on the answer's way back.
 */
#pragma once

#include "sim/upstream/state.h"
#include "sip/via.h"

struct exchange {
	const struct sip_message *msg;
	struct netaddr source, local;
	struct replay replay; /* what the answer is remembered under */
	struct account *account;
	bool late;                        /* a later request of its Call-ID was here before it */
	bool lose;                        /* a rule says that the answer gets lost */
	const struct upstream_rule *rule; /* says what is answered where all is well; or NULL */
};

/* Begins the exchange: where the answer goes (RFC 3261 18.2.2, RFC 3581 4). */
void exchange_begin(struct upstream *u, struct exchange *x, const struct sip_via *via);

/* True for a retransmission, which is dealt with here. Judges reused branches. */
bool exchange_is_repeat(struct upstream *u, const struct exchange *x);

/* Answers; `headers` are whole lines, each with its CRLF. */
void exchange_answer(struct upstream *u, struct exchange *x, unsigned status, struct slice headers);
