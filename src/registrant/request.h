// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a REGISTER, for a registration and for a cancel alike: a cancel
 * is the same request with a higher CSeq, `Expires: 0` and `;expires=0` on its
 * Contact (RFC 3261 10.2.2), and never `Contact: *`.
 *
 * The Contact's URI says of which form the request is: `;bnc` of RFC 6140,
 * `;ob` of RFC 5626. So a cancel has the form of what it takes back, whatever
 * the configuration says by then, also after a restart.
 */
#pragma once

#include "registrant/exchange.h"
#include "registrant/holding.h"
#include "registrant/sequence.h"

struct request {
	const struct holding *holding;
	const struct sequence *sequence;
	const struct txn *txn;
	const struct upstream *route;
	struct auths *auths;
	struct slice auth_username, password;
	uint32_t expires_s;
	uint8_t probe; /* enum probe_way */
	/* Contacts that end by this request, where it asks for another one. */
	const struct holding *ended[CARRY_MAX];
	unsigned ended_count;
};

/*
 * Writes the instance-id by which upstream knows the binding, "<urn:uuid:…>"
 * (RFC 5626 4.1); nothing where it knows it by its URI.
 */
void request_put_instance(struct registrant *r, struct buf *b, const struct holding *holding);

/* Writes the whole message. `b->full` says that it does not fit. */
void request_put(struct registrant *r, struct buf *b, const struct request *request);
