// SPDX-License-Identifier: Apache-2.0
/*
 * The claim of a registration to a holding. The Contact follows from the
 * configuration and the flow, and the Contact names the holding. If a debt owns
 * that holding, the registration takes it over; if another registration does, the
 * claim is refused. A former holding with another Contact becomes a debt.
 */
#pragma once

#include "registrant/debt.h"
#include "registrant/registration.h"

enum claim {
	CLAIM_HELD,    /* the registration has the right holding */
	CLAIM_MOVED,   /* the former holding became a debt: begin the attempt again */
	CLAIM_TAKEN,   /* another registration owns the holding */
	CLAIM_REFUSED, /* not now, for the reason `why_r` */
};

/* What became of the holding that a registration gave up. */
enum withdrawal {
	WITHDRAWN_NOTHING, /* upstream cannot hold anything: it was freed */
	WITHDRAWN_DEBT,    /* a debt owns it now */
	WITHDRAWN_LEDGER,  /* no room for a debt: the ledger keeps the row for the next start */
};

/*
 * Stops the registration and makes a debt of its holding, with this cause and order. If upstream
 * cannot hold anything, the holding is freed instead.
 */
enum withdrawal claim_withdraw(struct registrant *r, struct registration *registration,
    enum debt_cause cause, enum debt_order order);

/*
 * Finds, takes over or makes the holding that the registration should have now. Its exchange has a
 * flow. `why_r` is a static text, set unless the result is CLAIM_HELD or CLAIM_MOVED.
 */
enum claim claim_settle(
    struct registrant *r, struct registration *registration, const char **why_r);

/* Fills in the identity of its AOR, upstream and `contact`; texts still belong to their owners. */
void claim_fill_identity(const struct registrant *r, const struct registration *registration,
    struct slice contact, struct ledger_identity *identity_r);

/* Makes a holding of that identity and writes its row, with this expiry; NULL at the caps. */
struct holding *claim_make(struct registrant *r, struct registration *registration,
    const struct ledger_identity *identity, uint32_t expiry_s);

/*
 * Copies edited texts into the holding, except for the credentials: the last ones that
 * worked stay until upstream has accepted the new ones, because a debt may need them.
 */
void claim_refit(struct registrant *r, struct registration *registration);

/*
 * For `outbound: auto` (RFC 5626). The first one switches to the outbound form if the response
 * demands it (420, 421), or offers it and nothing is bound yet. The second one switches back after
 * a 439. True if the form has changed: the attempt begins again, and the response needs no other
 * handling. A living binding keeps its form as long as upstream accepts it, since a registrar may
 * take the two forms for two bindings.
 */
bool claim_takes_outbound(
    struct registrant *r, struct registration *registration, const struct sip_message *response);
bool claim_leaves_outbound(struct registrant *r, struct registration *registration);

/* Upstream has accepted the configured credentials: copies them into the holding. */
void claim_proved(struct registrant *r, struct registration *registration);
