// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts have a debt already, since every row of the ledger that nobody wants
 * has one. Seeing one is evidence that the debt is due: it does not wait for
 * its next attempt, and its end is counted.
 */
#include "registrant/ghost.h"

#include "registrant/debt.h"
#include "sip/address.h"
#include "sip/param.h"

#define LISTED_MAX 32 /* members that are looked at */

/* A cancel under way is no ghost yet: only what an attempt did not remove. */
static bool is_ghost(const struct debt *debt)
{
	if (debt->state == DEBT_REFUSED)
		return true;
	return debt->state == DEBT_OWED && debt->attempts > 0;
}

static struct debt *find(
    struct registrant *r, const struct registration *registration, struct slice contact)
{
	struct ledger_identity identity = *registration->exchange.holding->identity;
	struct holding *holding;

	identity.contact = contact;
	holding = holding_find(r, &identity);
	return holding ? debt_of(holding) : debt_by_echo(r, registration->config->name, contact);
}

static bool haunts(struct registrant *r, const struct registration *registration,
    const struct sip_address *address)
{
	struct sip_param expires;
	struct debt *debt;
	uint32_t left_s;

	if (slice_equal(address->uri, registration->exchange.holding->identity->contact))
		return false;
	if (sip_param_find(address->params, "expires", &expires) &&
	    sip_delta_seconds(expires.value, &left_s) == 0 && left_s == 0)
		return false;
	debt = find(r, registration, address->uri);
	if (!debt || !is_ghost(debt))
		return false;
	if (!debt->is_ghost)
		debt_log(r, LOG_LEVEL_WARNING, debt, "ghost");
	debt->is_ghost = true;
	/* One that upstream refuses to remove keeps its slow pace. */
	if (debt->state == DEBT_OWED)
		debt_ask(r, debt);
	return true;
}

uint32_t ghost_hunt(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address;
	struct slice member;
	uint32_t ghosts = 0;

	for (int i = 0; i < LISTED_MAX && pool_count(r->debts) > 0; i++) {
		if (!sip_message_list(response, SIP_CONTACT, &cursor, &member))
			break;
		if (sip_address_parse(member, &address, NULL) == 0 && !address.is_star &&
		    haunts(r, registration, &address))
			ghosts++;
	}
	return ghosts;
}
