// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the Contact of a registration, and finds the holding that it names.
 */
#include "registrant/claim.h"

#include "base/broken.h"
#include "registrant/debts.h"
#include "upstream/sequence.h"

#define CONTACT_MAX 512

static void put_contact_user(
    struct registrant *r, struct buf *b, const struct registration *registration)
{
	struct registration_config config = registration_config_of(registration);
	uint8_t derived[IDENTITY_USER_SIZE];

	if (slice_equal(config.contact_user, SLICE("username"))) {
		sip_put_user(b, config.username);
	} else if (config.contact_user.n == 0 ||
	           slice_equal(config.contact_user, SLICE("derived"))) {
		identity_derive(&r->identity_key, IDENTITY_CONTACT_USER, config.name,
		    config.username, config.host, registration->epoch, derived, sizeof(derived));
		buf_put_base32(b, derived, sizeof(derived));
	} else {
		sip_put_user(b, config.contact_user);
	}
}

static void put_contact(
    struct registrant *r, struct buf *b, const struct registration *registration)
{
	struct registration_config config = registration_config_of(registration);
	const struct netaddr *local = &exchange_flow(&registration->exchange)->local;

	buf_puts(b, "sip:");
	if (!config.settings.bulk) {
		put_contact_user(r, b, registration);
		buf_putc(b, '@');
	}
	if (config.contact_host.n > 0)
		buf_put(b, config.contact_host);
	else if (r->advertise[0] != '\0')
		buf_puts(b, r->advertise);
	else
		netaddr_put_host(b, local);
	buf_putc(b, ':');
	buf_put_u64(b, local->port);
	if (config.settings.bulk)
		buf_puts(b, ";bnc");
}

static bool may_be_held(
    const struct registrant *r, const struct exchange *exchange, const struct holding *holding)
{
	return holding_is_bound(r, holding) || exchange->txn != 0 ||
	       holding->loose_until_us > r->core->now.mono_us;
}

enum withdrawal claim_withdraw(struct registrant *r, struct registration *registration,
    enum debt_cause cause, enum debt_order order)
{
	struct debt_terms terms = {
	    .send_unregister = registration->settings.send_unregister,
	    .state = DEBT_OWED,
	    .cause = cause,
	    .order = order,
	};
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = registration->holding;
	enum withdrawal withdrawal = WITHDRAWN_NOTHING;

	registration_rest(r, registration);
	debts_free_held_back(r, registration, cause);
	if (holding && may_be_held(r, exchange, holding)) {
		if (debt_make(r, holding, exchange, &terms) == 0) {
			registration->holding = NULL;
			return WITHDRAWN_DEBT;
		}
		withdrawal = WITHDRAWN_LEDGER;
	}
	exchange_clear(r->upstreams, exchange);
	registration->holding = NULL;
	if (holding && withdrawal == WITHDRAWN_LEDGER)
		holding_free(r, holding);
	else if (holding)
		holding_drop(r, holding);
	return withdrawal;
}

static bool names_outbound(const struct sip_message *response, enum sip_header_id id)
{
	struct sip_list_cursor cursor = {0};
	struct slice tag;

	while (sip_message_list(response, id, &cursor, &tag))
		if (slice_equal_nocase(tag, SLICE("outbound")))
			return true;
	return false;
}

bool claim_takes_outbound(
    struct registrant *r, struct registration *registration, const struct sip_message *response)
{
	struct exchange *exchange = &registration->exchange;
	const struct holding *holding = registration->holding;
	bool is_demanded = response->status == 420 || response->status == 421;

	if (registration->settings.outbound != OUTBOUND_AUTO || registration->is_outbound ||
	    registration->was_outbound_refused || exchange->is_redirected)
		return false;
	if (!is_demanded &&
	    (holding_is_bound(r, holding) || holding->loose_until_us > r->core->now.mono_us))
		return false;
	if (!names_outbound(response, SIP_SUPPORTED) && !names_outbound(response, SIP_REQUIRE) &&
	    !names_outbound(response, SIP_UNSUPPORTED))
		return false;
	registration->is_outbound = true;
	claim_withdraw(r, registration, CAUSE_EDITED, ORDER_NONE);
	return true;
}

bool claim_leaves_outbound(struct registrant *r, struct registration *registration)
{
	if (registration->settings.outbound != OUTBOUND_AUTO || !registration->is_outbound)
		return false;
	registration->is_outbound = false;
	registration->was_outbound_refused = true;
	claim_withdraw(r, registration, CAUSE_EDITED, ORDER_NONE);
	return true;
}

void claim_fill_identity(const struct registrant *r, const struct registration *registration,
    struct slice contact, struct ledger_identity *identity_r)
{
	const struct exchange *exchange = &registration->exchange;

	*identity_r = (struct ledger_identity){
	    .contact = contact,
	    .local = exchange_flow(exchange)->local,
	    .is_away = exchange->is_redirected,
	};
	account_fill_identity(registration->account, identity_r);
	if (exchange->is_redirected)
		identity_r->proxy = slice_of(upstream_get(r->upstreams, exchange->route)->hop);
}

/* If there is no memory, the old identity stays, and the next call tries again. */
static void replace(
    struct registrant *r, struct registration *registration, const struct ledger_identity *identity)
{
	(void)!holding_replace_identity(r, registration->holding, identity, registration->account);
}

void claim_refit(struct registrant *r, struct registration *registration)
{
	const struct account *account = registration->account;
	struct holding *holding = registration->holding;
	struct ledger_identity identity;
	struct slice display_name = account_text(account, ACCOUNT_DISPLAY_NAME);
	struct slice user_agent = account_text(account, ACCOUNT_USER_AGENT);

	if (!holding)
		return;
	identity = holding_identity(holding);
	if (slice_equal(identity.display_name, display_name) &&
	    slice_equal(identity.user_agent, user_agent))
		return;
	identity.display_name = display_name;
	identity.user_agent = user_agent;
	replace(r, registration, &identity);
}

void claim_proved(struct registrant *r, struct registration *registration)
{
	const struct account *account = registration->account;
	const struct holding *holding = registration->holding;
	struct ledger_identity identity;

	if (account_has_same_credentials(holding->account, account))
		return;
	identity = holding_identity(holding);
	identity.password = account_text(account, ACCOUNT_PASSWORD);
	identity.auth_username = account_text(account, ACCOUNT_AUTH_USERNAME);
	replace(r, registration, &identity);
}

/* The weakest digest to answer: what is configured, or what this upstream has used if stronger. */
static uint8_t digest_least(const struct registration *registration)
{
	uint8_t configured = registration->settings.digest_min;

	return configured > registration->digest_proven ? configured : registration->digest_proven;
}

struct holding *claim_make(struct registrant *r, struct registration *registration,
    const struct ledger_identity *identity, uint32_t expiry_s)
{
	struct upstream *upstream = upstream_get(r->upstreams, registration->exchange.route);
	struct holding *holding;

	if (identity->is_away)
		upstream->refs++;
	else if (registration_home(r, registration->account, &upstream) < 0)
		return NULL;
	holding =
	    holding_make(r, identity, registration->account, registration->epoch, upstream->handle);
	upstream_give(r->upstreams, upstream->handle);
	if (!holding)
		return NULL;
	holding->digest_least = digest_least(registration);
	holding_record(r, holding, expiry_s);
	return holding;
}

/* Gives it the registration's name and Call-ID: the one that left it may have had another name. */
static int take_over(
    struct registrant *r, const struct registration *registration, struct holding *holding)
{
	struct slice name = registration_name(registration);

	if (slice_equal(holding_name(holding), name))
		return holding_set_epoch(r, holding, registration->epoch);
	return holding_rename(r, holding, name, registration->epoch);
}

static enum claim adopt(struct registrant *r, struct registration *registration,
    struct holding *holding, const char **why_r)
{
	struct debt *debt = debt_of(holding);

	if (!debt) {
		*why_r = "another registration has this AOR and Contact";
		return CLAIM_TAKEN;
	}
	debt_yield(r, debt, &registration->exchange);
	holding_set_owed(r, holding, false);
	if (digest_least(registration) > holding->digest_least)
		holding_set_digest(r, holding, digest_least(registration));
	registration_take_holding(registration, holding);
	if (take_over(r, registration, holding) < 0) {
		*why_r = "too many Call-IDs";
		return CLAIM_REFUSED;
	}
	account_share(&holding->account, registration->account);
	claim_refit(r, registration);
	return CLAIM_HELD;
}

/* Holdings are keyed by the upstream's name: all its addresses are taken to share their bindings.
 */
static struct slice name_upstream(
    const struct registration *registration, struct slice proxy, struct buf *b)
{
	if (!BROKEN_DEBT_KEY)
		return proxy;
	buf_puts(b, "sip:");
	netaddr_put(b, &exchange_flow(&registration->exchange)->peer);
	return buf_slice(b);
}

/* Gives the former holding up; the next attempt gets the new one. */
static enum claim give_up(struct registrant *r, struct registration *registration)
{
	claim_withdraw(r, registration, CAUSE_MOVED, ORDER_NONE);
	debts_carry(r, registration);
	return CLAIM_MOVED;
}

/*
 * A redirect has led to another upstream, or back home after that one failed. The former upstream
 * may still hold the binding, so a debt is left there. Its cancel waits while the same Contact is
 * in use, because both upstreams may share one table of bindings.
 */
static void leave_upstream(struct registrant *r, struct registration *registration)
{
	struct debt_terms terms = {
	    .send_unregister = registration->settings.send_unregister,
	    .state = DEBT_HELD_BACK,
	    .cause = CAUSE_REDIRECTED,
	};
	struct holding *holding = registration->holding;

	registration->holding = NULL;
	if (BROKEN_REDIRECT_HOME)
		holding_drop(r, holding);
	else if (!holding_is_bound(r, holding) && holding->loose_until_us <= r->core->now.mono_us)
		holding_drop(r, holding);
	else if (debt_make(r, holding, NULL, &terms) < 0)
		holding_free(r, holding); /* the ledger keeps the row for the next start */
}

/*
 * True if the holding is surely the right one, so that the Contact need not be derived again. It
 * follows from the configuration, the epoch and our address, and an edit that changes the Contact
 * withdraws the holding.
 */
static bool is_settled(const struct registrant *r, const struct registration *registration)
{
	const struct exchange *exchange = &registration->exchange;
	const struct holding *holding = registration->holding;

	return holding && holding->epoch == registration->epoch &&
	       holding->upstream == exchange->route &&
	       netaddr_equal(holding_local(holding), &exchange_flow(exchange)->local) &&
	       !sequence_is_spent(sequence_get(r->core->sequences, holding->sequence));
}

/* With `auto`, an earlier start's form is kept: a debt with the outbound Contact shows it. */
static bool wants_outbound(
    struct registrant *r, struct registration *registration, const struct ledger_identity *outbound)
{
	if (registration->settings.outbound != OUTBOUND_AUTO)
		return registration->settings.outbound == OUTBOUND_ON;
	if (!registration->is_outbound && !registration->holding)
		registration->is_outbound = pool_count(r->debts) > 0 && holding_find(r, outbound);
	return registration->is_outbound;
}

/* Writes the Contact of the identity, in the form that is wanted. ERR_LIMIT: it is too long. */
static int settle_contact(struct registrant *r, struct registration *registration, struct buf *b,
    struct ledger_identity *identity)
{
	size_t plain_n;

	put_contact(r, b, registration);
	plain_n = b->n;
	buf_puts(b, ";ob");
	if (b->full)
		return ERR_LIMIT;
	identity->contact = buf_slice(b);
	if (!wants_outbound(r, registration, identity))
		identity->contact.n = plain_n;
	return 0;
}

enum claim claim_settle(struct registrant *r, struct registration *registration, const char **why_r)
{
	struct exchange *exchange = &registration->exchange;
	struct holding *holding = registration->holding;
	struct ledger_identity identity;
	char text[CONTACT_MAX], hop_text[HOP_MAX];
	struct buf contact = buf_over(text, sizeof(text));
	struct buf hop = buf_over(hop_text, sizeof(hop_text));
	enum claim claim;

	if (is_settled(r, registration) && !BROKEN_DEBT_KEY)
		return CLAIM_HELD;
	if (holding && sequence_is_spent(sequence_get(r->core->sequences, holding->sequence)))
		registration_begin_epoch(r, registration);
	claim_fill_identity(r, registration, (struct slice){NULL, 0}, &identity);
	identity.proxy = name_upstream(registration, identity.proxy, &hop);
	*why_r = "Contact too long";
	if (settle_contact(r, registration, &contact, &identity) < 0)
		return CLAIM_REFUSED;
	*why_r = "too many bindings";
	if (holding && holding->upstream != exchange->route) {
		leave_upstream(r, registration);
		holding = NULL;
	}
	if (holding && !holding_is_of(holding, &identity))
		return give_up(r, registration);
	if (holding)
		return holding_set_epoch(r, holding, registration->epoch) < 0 ? CLAIM_REFUSED
		                                                              : CLAIM_HELD;
	holding = holding_find(r, &identity);
	if (holding) {
		claim = adopt(r, registration, holding, why_r);
	} else {
		holding = claim_make(
		    r, registration, &identity, registration_wanted_expiry(r, registration));
		claim = holding ? CLAIM_HELD : CLAIM_REFUSED;
		if (holding)
			registration_take_holding(registration, holding);
	}
	if (claim == CLAIM_HELD) {
		debts_hold_back(r, registration);
		debts_release(r, registration_name(registration));
	}
	return claim;
}
