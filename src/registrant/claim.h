// SPDX-License-Identifier: Apache-2.0
/*
 * A registration's claim to a binding: from its configuration and the flow it
 * goes by follows the Contact, and from that the holding. One that a debt still
 * has is adopted, one that another registration has is refused, and the one
 * before, with another Contact, becomes a debt.
 */
#pragma once

#include "registrant/debt.h"
#include "registrant/registration.h"

enum claim {
	CLAIM_HELD,    /* the exchange has the holding that fits */
	CLAIM_MOVED,   /* the old one became a debt: begin anew */
	CLAIM_TAKEN,   /* another registration holds it */
	CLAIM_REFUSED, /* not now; `why_r` says why */
};

/* What became of the holding that a registration gave up. */
enum withdrawal {
	WITHDRAWN_NOTHING, /* upstream cannot hold anything */
	WITHDRAWN_DEBT,    /* a debt has it now */
	WITHDRAWN_LEDGER,  /* no room for a debt: the ledger keeps the row, the next start pays */
};

/*
 * Gives the holding up, to a debt for that cause, whatever is under way: the registration rests.
 * The debt bears what an operator has ordered.
 */
enum withdrawal claim_withdraw(struct registrant *r, struct registration *registration,
    enum debt_cause cause, enum debt_order order);

/* Settles whose holding the exchange speaks for; `why_r` is a static text. */
enum claim claim_settle(
    struct registrant *r, struct registration *registration, const char **why_r);

/* The identity of its AOR and upstream under that Contact; its texts are the registration's. */
void claim_fill_identity(const struct registrant *r, const struct registration *registration,
    struct slice contact, struct ledger_identity *identity_r);

/* A holding of that identity, recorded with that expiry; NULL at the caps. */
struct holding *claim_make(struct registrant *r, struct registration *registration,
    const struct ledger_identity *identity, uint32_t expiry_s);

/*
 * Puts edited texts into the holding. Its credentials stay those that last
 * worked until upstream has taken the new ones: a debt needs some that work.
 */
void claim_refit(struct registrant *r, struct registration *registration);

/*
 * By `outbound: auto`, RFC 5626: an answer that offers it before anything is bound, one that
 * demands it (420, 421), or one that takes it back (439). True where the claim begins anew, in the
 * other form, and nothing is left to be done with that answer. A binding that lives keeps its form
 * as long as upstream takes that: to a registrar both forms may be two bindings.
 */
bool claim_takes_outbound(
    struct registrant *r, struct registration *registration, const struct sip_message *response);
bool claim_leaves_outbound(struct registrant *r, struct registration *registration);

/* Upstream has taken the configured credentials: the holding keeps them from here on. */
void claim_proved(struct registrant *r, struct registration *registration);
