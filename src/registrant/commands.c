// SPDX-License-Identifier: Apache-2.0
/*
 * Commands and their answers. An edit is done as a whole or not at all. If it takes
 * the binding away, that becomes a debt; otherwise the binding stays.
 */
#include "registrant/commands.h"

#include "registrant/attempt.h"
#include "registrant/claim.h"
#include "registrant/debts.h"
#include "registrant/listing.h"
#include "registrant/probe.h"
#include "registrant/registration.h"
#include "registrant/show.h"
#include "trace/tracing.h"
#include "upstream/redirect.h"

static struct answer_reply *reply(
    struct registrant *r, const struct command *command, int error, struct slice text)
{
	return answer_reply(r->core->outbox, command->request, error, text);
}

static int add(
    struct registrant *r, const struct registration_config *config, struct account *account)
{
	int rc = registration_add(r, config, account);

	if (rc < 0)
		return rc;
	debts_switch(r, config->name, config->settings.send_unregister);
	debts_retry_refused(r, config->name);
	return 0;
}

/* True if the edit leads to another AOR or upstream, or disables the registration. */
static bool is_leaving_upstream(
    const struct registration_config *before, const struct registration_config *after)
{
	return !after->settings.enabled || !slice_equal(before->username, after->username) ||
	       !slice_equal(before->host, after->host) || !slice_equal(before->proxy, after->proxy);
}

/* True if the edit takes the binding away: another AOR, Contact or upstream, or none. */
static bool is_moved(
    const struct registration_config *before, const struct registration_config *after)
{
	return is_leaving_upstream(before, after) ||
	       !slice_equal(before->contact_host, after->contact_host) ||
	       !slice_equal(before->contact_user, after->contact_user) ||
	       before->settings.outbound != after->settings.outbound ||
	       before->settings.bulk != after->settings.bulk ||
	       !netaddr_equal(&before->settings.local, &after->settings.local);
}

/* True if the nonces are worth keeping: the next request may carry the same credentials. */
static bool keeps_answers(const struct registration *registration,
    const struct registration_settings *settings, const struct account *account)
{
	return account_has_same_credentials(registration->account, account) &&
	       registration->settings.digest_min == settings->digest_min &&
	       !registration->is_rejected && !registration->exchange.is_redirected;
}

/* The binding stays, with other texts or credentials: it is refreshed with them. */
static void refit(struct registrant *r, struct registration *registration, bool keeps_auths)
{
	if (!keeps_auths)
		auths_clear(&registration->exchange.auths);
	claim_refit(r, registration);
}

static void forget_troubles(struct registration *registration)
{
	registration->is_rejected = registration->is_displaced = false;
	registration->is_cancelled = false;
	registration->backoff_s = registration->min_expires_s = 0;
	registration->attempts = 0;
	registration->was_outbound_refused = false;
}

/* The list belongs to another AOR or upstream now. */
static void forget_listed(struct registrant *r, struct registration *registration)
{
	listing_free(r, &registration->listing);
	registration->ghosts = registration->lookalikes = registration->foreign = 0;
}

static int change(struct registrant *r, struct registration *registration,
    const struct registration_config *config, struct account *account)
{
	struct registration_config before = registration_config_of(registration);
	const struct registration_settings *settings = &config->settings;
	struct account *account_before = registration->account;
	bool is_leaving = is_moved(&before, config);
	bool keeps_auths = keeps_answers(registration, settings, account);
	struct upstream *home;
	int rc = registration_home(r, account, &home);

	if (rc < 0) /* nothing was changed yet */
		return rc;
	if (is_leaving) {
		claim_withdraw(
		    r, registration, settings->enabled ? CAUSE_EDITED : CAUSE_DISABLED, ORDER_NONE);
		registration->is_outbound = false;
		if (is_leaving_upstream(&before, config) && settings->enabled)
			debts_leave_behind(r, registration);
		debts_release(r, before.name);
		forget_listed(r, registration);
	}
	/* A new digest_min or upstream: the strength that upstream has shown counts no more. */
	if (is_leaving_upstream(&before, config) ||
	    before.settings.digest_min != settings->digest_min)
		registration->digest_proven = 0;
	if (!is_leaving && before.settings.digest_min != settings->digest_min &&
	    registration->holding)
		holding_set_digest(r, registration->holding, settings->digest_min);
	if (is_leaving_upstream(&before, config) ||
	    !account_has_same_credentials(account_before, account))
		registration->has_proven_credentials = false;
	registration->account = account;
	registration->settings = *settings;
	/* It may wait for the name of a redirect, which redirect_end() gives up. */
	exchange_abandon(r->upstreams, &registration->exchange);
	redirect_end(r->upstreams, &registration->exchange, home);
	if (is_leaving && settings->enabled && settings->multi_contact)
		debts_carry(r, registration);
	else
		debts_carry_no_more(r, config->name);
	forget_troubles(registration);
	debts_switch(r, config->name, settings->send_unregister);
	if (!account_has_same_credentials(account_before, account))
		debts_retry_refused(r, config->name);
	account_release(&account_before);
	if (!settings->enabled)
		return 0;
	if (!is_leaving)
		refit(r, registration, keeps_auths);
	registration_rest(r, registration);
	/* After an edit it registers at once. */
	registration->stranger_us = r->core->now.mono_us;
	wheel_set(r->core->wheel, &registration->timer, r->core->now.mono_us);
	return 0;
}

static int put(struct registrant *r, const struct registration_config *config, struct buf *message)
{
	/* A start brings them in the order of their names: then no look-up is needed. */
	bool is_new = names_is_behind_all(r->names, config->name);
	struct registration *registration = is_new ? NULL : registration_find(r, config->name);
	struct account *known = registration ? registration->account : NULL;
	struct account *account = account_of_config(config, known);
	int rc;

	if (!account)
		return ERR_MEMORY;
	if (registration && account == known &&
	    registration_settings_equal(&registration->settings, &config->settings)) {
		account_release(&account);
		return 0;
	}
	rc = registration ? change(r, registration, config, account) : add(r, config, account);
	if (rc < 0) {
		buf_puts(message, error_text(rc));
		account_release(&account);
	}
	return rc;
}

static void remove_one(struct registrant *r, struct registration *registration)
{
	claim_withdraw(r, registration, CAUSE_REMOVED, ORDER_NONE);
	debts_release(r, registration_name(registration));
	debts_carry_no_more(r, registration_name(registration));
	registration_free(r, registration);
}

static int cancel_binding(struct registrant *r, struct registration *registration)
{
	registration->is_cancelled = true;
	if (claim_withdraw(r, registration, CAUSE_CANCELLED, ORDER_CANCEL) == WITHDRAWN_LEDGER)
		return ERR_FULL;
	return 0;
}

/* Cancels all that upstream may hold of the name: the registration's binding and its debts. */
static int cancel(struct registrant *r, struct slice name)
{
	struct registration *registration = registration_find(r, name);
	int rc = 0;

	if (!registration && !debts_find(r, name))
		return ERR_NOT_FOUND;
	if (registration)
		rc = cancel_binding(r, registration);
	debts_order(r, name, ORDER_CANCEL);
	return rc;
}

static void edit(struct registrant *r, const struct command *command)
{
	struct registration *registration;
	char text[256];
	struct buf message = buf_over(text, sizeof(text));
	int rc = 0;

	if (command->kind == COMMAND_PUT) {
		rc = put(r, command->put, &message);
		reply(r, command, rc, buf_slice(&message));
		return;
	}
	if (command->kind == COMMAND_CANCEL) {
		rc = cancel(r, command->name);
		reply(r, command, rc,
		    slice_of(rc == ERR_FULL ? "too many debts; the next start pays"
		             : rc < 0       ? "no such registration"
		                            : ""));
		return;
	}
	registration = registration_find(r, command->name);
	if (!registration)
		rc = ERR_NOT_FOUND;
	else if (command->kind == COMMAND_REMOVE)
		remove_one(r, registration);
	else
		attempt_refresh(r, registration);
	reply(r, command, rc, slice_of(rc < 0 ? "no such registration" : ""));
}

static void remove_ghosts(struct registrant *r, const struct command *command)
{
	const char *why;
	uint32_t count = 0;
	int rc = listing_remove(r, command, &count, &why);

	reply(r, command, rc, slice_of(rc < 0 ? why : ""))->count = count;
}

/* A wider window lets requests out at once, and not with the next answer. */
static void arm_targets(struct registrant *r)
{
	struct target *target;
	pool_handle handle;

	for (uint32_t slot = 0; (target = pool_walk(r->upstreams->targets, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		target_arm(r->upstreams, target);
}

static void reconsider_debts(struct registrant *r)
{
	struct debt *debt;
	pool_handle handle;

	for (uint32_t slot = 0; (debt = pool_walk(r->debts, slot, &handle));
	     slot = pool_handle_slot(handle) + 1)
		debt_reconsider(r, debt);
}

static void trace(struct registrant *r, const struct command *command)
{
	struct slice name = command->name;
	bool can_be = name.n > 0 && name.n <= TRACED_NAME_MAX;

	if (can_be && (registration_find(r, name) || debts_find(r, name)))
		tracing_begin(r->core, command);
	else
		reply(r, command, ERR_NOT_FOUND, SLICE("no such registration"));
}

void commands_do(struct registrant *r, const struct command *command)
{
	switch (command->kind) {
	case COMMAND_PUT:
	case COMMAND_REMOVE:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
		edit(r, command);
		break;
	case COMMAND_LIST:
		show_list(r, command);
		break;
	case COMMAND_SHOW:
		show_one(r, command);
		break;
	case COMMAND_DEBTS:
		show_debts(r, command);
		break;
	case COMMAND_GHOSTS:
		listing_show(r, command);
		break;
	case COMMAND_GHOSTS_REMOVE:
		remove_ghosts(r, command);
		break;
	case COMMAND_STATUS: /* the core's own */
	case COMMAND_STOP:
		break;
	case COMMAND_TRACE:
		trace(r, command);
		break;
	case COMMAND_UNTRACE:
		tracing_end(r->core, command);
		break;
	case COMMAND_PARAMS:
		reconsider_debts(r);
		probe_reschedule_all(r);
		arm_targets(r);
		reply(r, command, 0, (struct slice){NULL, 0});
		break;
	case COMMAND_ENDPOINTS:
	case COMMAND_ENDPOINT:
	case COMMAND_BINDINGS:
	case COMMAND_BINDINGS_REMOVE:
	case COMMAND_SUSPENSIONS:
	case COMMAND_SUSPENSION_LIFT:
		/* The registrar's. */
		break;
	}
}
