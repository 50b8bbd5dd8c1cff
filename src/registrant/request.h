// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a REGISTER, for a registration and for a cancel alike: a cancel
 * is the same request with a higher CSeq, `Expires: 0` and `;expires=0` on its
 * Contact (RFC 3261 10.2.2), and never `Contact: *`.
 *
 * The URI of the Contact says which form the request has: `;bnc` of RFC 6140,
 * `;ob` of RFC 5626. So a cancel has the same form as the binding that it ends,
 * even after an edit or a restart.
 */
#pragma once

#include "registrant/holding.h"
#include "upstream/exchange.h"

#define CARRY_MAX 2 /* debts that one REGISTER may cancel as well */

/* The kinds of probes (registrant/probe.h). */
enum probe_way {
	PROBE_NONE,
	PROBE_FETCH,   /* REGISTER without Contact */
	PROBE_OPTIONS, /* to our own AOR */
};

struct debt;

/* What a holder asks for. */
struct request {
	uint32_t expires_s; /* 0 cancels */
	uint8_t probe;      /* enum probe_way; not PROBE_NONE: it neither binds nor cancels */
	struct debt *const *carried; /* debts that it cancels as well */
	unsigned carried_count;
	struct slice auth_username, password;
	uint64_t give_up_us;
};

/* Sends it for the holding of the exchange's owner. Errors are those of exchange_send(). */
MUST_CHECK int request_send(
    struct registrant *r, struct exchange *exchange, const struct request *request);

/* `write` of exchange_ops; `asked` is a struct request. */
void request_write(
    void *context, struct exchange *exchange, struct txn *txn, const void *asked, struct buf *b);

/*
 * Writes the instance-id by which upstream knows the binding, "<urn:uuid:…>"
 * (RFC 5626 4.1); nothing if upstream knows it by its URI.
 */
void request_put_instance(struct registrant *r, struct buf *b, const struct holding *holding);
