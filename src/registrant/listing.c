// SPDX-License-Identifier: Apache-2.0
/*
 * Listings are one allocation each, made again only when another text is listed.
 *
 * A ghost has a debt already, since every unwanted row of the ledger has one. When a
 * 200 lists the ghost, its debt does not wait for the next attempt. A Contact that
 * an operator names becomes a debt here.
 */
#include "registrant/listing.h"

#include "registrant/claim.h"
#include "registrant/debts.h"

static bool has_same_texts(
    const struct listing *listing, const struct listed *listed, uint32_t count)
{
	if (!listing || listing->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!slice_equal(listing->listed[i].contact, listed[i].contact))
			return false;
	return true;
}

static struct listing *make(
    struct registrant *r, const struct listed *listed, uint32_t count, size_t bytes)
{
	size_t size = sizeof(struct listing) + count * sizeof(struct listed) + bytes;
	struct listing *listing;
	char *p;

	if (count == 0 || r->listing_bytes + size > LISTING_BYTES_MAX)
		return NULL;
	listing = malloc(size);
	if (!listing)
		return NULL;
	r->listing_bytes += size;
	listing->size = size;
	listing->count = count;
	p = (char *)&listing->listed[count];
	for (uint32_t i = 0; i < count; i++) {
		memcpy(p, listed[i].contact.p, listed[i].contact.n);
		listing->listed[i].contact = slice_make(p, listed[i].contact.n);
		p += listed[i].contact.n;
	}
	return listing;
}

void listing_set(
    struct registrant *r, struct listing **listing, const struct listed *listed, uint32_t count)
{
	struct listed kept[CONTACT_OTHERS_MAX];
	uint32_t n = 0;
	size_t bytes = 0;

	for (uint32_t i = 0; i < count && n < CONTACT_OTHERS_MAX; i++) {
		if (listed[i].contact.n == 0 || listed[i].contact.n > LISTING_TEXT_MAX)
			continue;
		bytes += listed[i].contact.n;
		kept[n++] = listed[i];
	}
	if (!has_same_texts(*listing, kept, n)) {
		listing_free(r, listing);
		*listing = make(r, kept, n, bytes);
	}
	if (!*listing)
		return;
	(*listing)->seen_us = r->core->now.mono_us;
	for (uint32_t i = 0; i < n; i++) {
		(*listing)->listed[i].expires_s = kept[i].expires_s;
		(*listing)->listed[i].kind = kept[i].kind;
	}
}

uint32_t listing_left_s(
    const struct registrant *r, const struct listing *listing, const struct listed *listed)
{
	uint64_t gone_s = (r->core->now.mono_us - listing->seen_us) / US_PER_S;

	return listed->expires_s > gone_s ? (uint32_t)(listed->expires_s - gone_s) : 0;
}

/* True if an attempt did not remove it, or no cancel is allowed: before that it is no ghost. */
static bool is_due(const struct debt *debt)
{
	if (debt->state == DEBT_REFUSED || debt->state == DEBT_WITHHELD)
		return true;
	return debt->state == DEBT_OWED && debt->attempts > 0;
}

/* The debt of this Contact with the registration's AOR and upstream; NULL if there is none. */
static struct debt *find(
    struct registrant *r, const struct registration *registration, struct slice contact)
{
	struct ledger_identity identity;
	struct holding *holding;

	claim_fill_identity(r, registration, contact, &identity);
	holding = holding_find(r, &identity);
	return holding ? debt_of(holding)
	               : debts_find_echo(r, registration_name(registration), contact);
}

static void haunt(struct registrant *r, struct debt *debt)
{
	if (!debt->is_ghost)
		debt_warn(r, debt, "ghost");
	debt->is_ghost = true;
	/* A debt that upstream refuses keeps its slow retries. */
	if (debt->state == DEBT_OWED)
		debt_ask(r, debt);
}

static enum listed_kind sort(struct registrant *r, const struct registration *registration,
    const struct contact_other *other, bool may_haunt)
{
	struct debt *debt = pool_count(r->debts) > 0 ? find(r, registration, other->contact) : NULL;

	if (!debt)
		return other->is_like ? LISTED_LOOKALIKE : LISTED_FOREIGN;
	if (may_haunt && is_due(debt))
		haunt(r, debt);
	return LISTED_GHOST;
}

/* If ours is listed as it was sent, upstream rewrites none: a Contact like it is another's. */
static pool_handle beside(const struct holding *holding, const struct contact_report *report)
{
	return slice_equal(report->uri, holding_contact(holding)) ? holding->handle : 0;
}

void listing_look(struct registrant *r, struct registration *registration,
    const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report)
{
	bool may_haunt =
	    report->match != CONTACT_FOREIGN && r->core->params->ghosts != PARAM_GHOSTS_OFF;
	struct contact_other others[CONTACT_OTHERS_MAX];
	struct listed listed[CONTACT_OTHERS_MAX];
	uint8_t counts[LISTED_COUNT] = {0};
	unsigned n = 0;

	if (report->foreign > 0)
		n = contact_others(question, response, report, others);
	for (unsigned i = 0; i < n; i++) {
		enum listed_kind kind = sort(r, registration, &others[i], may_haunt);

		counts[kind]++;
		listed[i] = (struct listed){others[i].contact, others[i].expires_s, (uint8_t)kind};
	}
	registration->ghosts = counts[LISTED_GHOST];
	registration->lookalikes = counts[LISTED_LOOKALIKE];
	registration->foreign = counts[LISTED_FOREIGN];
	listing_set(r, &registration->listing, listed, n);
	if (registration->listing)
		registration->listing->beside = beside(question->holding, report);
}

/* Finds the present kind of an entry; false for a ghost without a debt: it was cancelled. */
static bool stands(struct registrant *r, const struct registration *registration,
    const struct listed *listed, enum listed_kind *kind_r)
{
	bool has_debt = find(r, registration, listed->contact);

	*kind_r = has_debt ? LISTED_GHOST : (enum listed_kind)listed->kind;
	return has_debt || listed->kind != LISTED_GHOST;
}

static void add(struct registrant *r, uint64_t request, enum listed_kind kind, struct slice contact,
    uint32_t expires_s, uint64_t seen_us)
{
	struct listed_view *view = &answer_add(r->core->outbox, ANSWER_LISTED, request)->listed;

	view->kind = kind;
	view->contact = outbox_keep(r->core->outbox, contact);
	view->expires_s = expires_s;
	view->seen_ms = now_to_wall_ms(r->core->now, seen_us);
}

/* Our own Contact as upstream lists it; empty without a holding. */
static struct slice current_of(const struct registration *registration)
{
	const struct holding *holding = registration->holding;

	if (!holding)
		return (struct slice){NULL, 0};
	return holding->echoed ? slice_of(holding->echoed) : holding_contact(holding);
}

static void add_current(
    struct registrant *r, uint64_t request, const struct registration *registration)
{
	const struct holding *holding = registration->holding;

	if (!holding || registration->is_displaced ||
	    holding->granted_until_us <= r->core->now.mono_us)
		return;
	add(r, request, LISTED_CURRENT, current_of(registration),
	    (uint32_t)((holding->granted_until_us - r->core->now.mono_us) / US_PER_S),
	    holding->granted_until_us - holding->granted_s * US_PER_S);
}

static uint32_t add_others(
    struct registrant *r, uint64_t request, const struct registration *registration)
{
	const struct listing *listing = registration->listing;
	uint32_t counted = registration->ghosts + registration->lookalikes + registration->foreign;
	uint32_t shown = 0;
	enum listed_kind kind;

	for (uint32_t i = 0; listing && i < listing->count && outbox_has_room(r->core->outbox);
	     i++) {
		const struct listed *listed = &listing->listed[i];

		shown++;
		if (stands(r, registration, listed, &kind))
			add(r, request, kind, listed->contact, listing_left_s(r, listing, listed),
			    listing->seen_us);
	}
	return counted - shown;
}

void listing_show(struct registrant *r, const struct command *command)
{
	const struct registration *registration = registration_find(r, command->name);
	struct answer *answer;
	uint32_t left_out = 0;

	if (registration) {
		add_current(r, command->request, registration);
		left_out = add_others(r, command->request, registration);
	}
	answer = answer_add(r->core->outbox, ANSWER_VIEW_END, command->request);
	answer->view_end.found = registration;
	answer->view_end.left_out = left_out;
}

/* Makes a row and a debt of a binding that the ledger does not have yet. ERR_FULL. */
static int owe(
    struct registrant *r, struct registration *registration, struct slice contact, uint32_t left_s)
{
	struct debt_terms terms = {
	    .send_unregister = registration->settings.send_unregister,
	    .state = DEBT_RECORDING,
	    .cause = CAUSE_GHOST,
	    .order = ORDER_REMOVE,
	};
	struct ledger_identity identity;
	struct holding *holding;

	claim_fill_identity(r, registration, contact, &identity);
	holding = claim_make(r, registration, &identity, left_s);
	if (!holding)
		return ERR_FULL;
	holding->bound_until_us = r->core->now.mono_us + left_s * US_PER_S;
	/* The 200 to the cancel is compared with this text; the ledger keeps it for that. */
	holding_set_echoed(r, holding, contact);
	if (debt_make(r, holding, NULL, &terms) < 0) {
		holding_drop(r, holding);
		return ERR_FULL;
	}
	debt_of(holding)->is_ghost = true;
	return 0;
}

static int remove_one(
    struct registrant *r, struct registration *registration, struct listed *listed, uint32_t *count)
{
	struct ledger_identity identity;
	struct holding *holding;
	struct debt *debt = find(r, registration, listed->contact);
	int rc = 0;

	claim_fill_identity(r, registration, listed->contact, &identity);
	holding = holding_find(r, &identity);
	if (debt)
		debt_order(r, debt, ORDER_REMOVE);
	else if (holding || slice_equal(listed->contact, current_of(registration)))
		return ERR_STATE;
	else
		rc = owe(r, registration, listed->contact,
		    (uint32_t)max_u64(listing_left_s(r, registration->listing, listed), 1));
	if (rc == 0) {
		listed->kind = LISTED_GHOST;
		(*count)++;
	}
	return rc;
}

static bool is_meant(struct registrant *r, const struct registration *registration,
    const struct listed *listed, struct slice contact)
{
	enum listed_kind kind;

	if (contact.n > 0)
		return slice_equal(contact, listed->contact);
	return stands(r, registration, listed, &kind) && kind != LISTED_FOREIGN;
}

int listing_remove(
    struct registrant *r, const struct command *command, uint32_t *count_r, const char **why_r)
{
	struct registration *registration = registration_find(r, command->ghosts.name);
	struct slice contact = command->ghosts.contact;
	struct listing *listing = registration ? registration->listing : NULL;
	int rc = 0;

	*count_r = 0;
	*why_r = "no such registration";
	if (!registration)
		return ERR_NOT_FOUND;
	*why_r = "this is the current binding; `registration cancel` takes it back";
	if (contact.n > 0 && slice_equal(contact, current_of(registration)))
		return ERR_STATE;
	for (uint32_t i = 0; listing && i < listing->count && rc == 0; i++) {
		if (!outbox_has_room(r->core->outbox))
			rc = ERR_FULL;
		else if (is_meant(r, registration, &listing->listed[i], contact))
			rc = remove_one(r, registration, &listing->listed[i], count_r);
	}
	*why_r = rc == ERR_STATE ? "another registration of this node has this binding"
	                         : "no room for more debts";
	if (rc == 0 && contact.n > 0 && *count_r == 0) {
		*why_r = "the last answer of the upstream does not list this Contact";
		return ERR_NOT_FOUND;
	}
	return rc;
}
