// SPDX-License-Identifier: Apache-2.0
/*
 * The functions that registrations and debts share towards upstream/.
 */
#include "registrant/holder.h"

#include "base/broken.h"
#include "registrant/debt.h"
#include "registrant/registration.h"
#include "sip/param.h"
#include "trace/tracing.h"

#define LINE_MAX        400
#define BOUND_SLACK_US  (32 * US_PER_S) /* upstream may hold it so much longer than was asked */
#define REGISTRAR_ERROR "P-Registrar-Error"

static_assert(offsetof(struct registration, holding) ==
                  offsetof(struct registration, exchange) + sizeof(struct exchange),
    "holder_holding() finds it");
static_assert(
    offsetof(struct debt, holding) == offsetof(struct debt, exchange) + sizeof(struct exchange),
    "holder_holding() finds it");

pool_handle holder_who(const struct exchange *exchange)
{
	return holder_holding(exchange)->handle;
}

pool_handle holder_home(const struct exchange *exchange)
{
	return holder_holding(exchange)->upstream;
}

uint16_t *holder_listener_place(struct exchange *exchange)
{
	return &holder_holding(exchange)->listener_place;
}

void holder_limit_auth(const struct exchange *exchange, struct auth_policy *policy)
{
	const struct holding *holding = holder_holding(exchange);

	policy->digest_min = holding->digest_least;
	policy->known[1] = account_text(holding->account, ACCOUNT_HOST);
}

void holder_put_name(const struct exchange *exchange, struct buf *b)
{
	buf_puts(b, "registration=");
	buf_put(b, holding_name(holder_holding(exchange)));
}

void holder_note(void *context, const struct exchange *exchange, const struct sip_message *message,
    const struct flow *flow, struct slice text)
{
	const struct holding *holding = holder_holding(exchange);
	struct registrant *r = context;

	if (!tracing_is_on(r->core))
		return;
	if (message)
		tracing_put_received(r->core, holding_name(holding), message, flow);
	tracing_put_note(r->core, holding_name(holding), text);
}

void holder_log(struct registrant *r, enum log_level level, const struct last *last,
    struct slice name, const char *event, const char *label, struct slice value)
{
	char text[LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct slice reason = last_reason(last);
	size_t head;

	buf_puts(&b, "registration=");
	buf_put(&b, name);
	buf_putc(&b, ' ');
	head = b.n;
	buf_puts(&b, "event=");
	buf_puts(&b, event);
	if (value.n > 0) {
		buf_putc(&b, ' ');
		buf_puts(&b, label);
		buf_putc(&b, '=');
		buf_put(&b, value);
	}
	if (last->status) {
		buf_puts(&b, " status=");
		buf_put_u64(&b, last->status);
	}
	if (reason.n > 0) {
		buf_puts(&b, " reason=");
		/* The words may be the peer's: quoted, they cannot pass for fields of ours. */
		sip_put_quoted(&b, reason);
	}
	outbox_log(r->core->outbox, level, buf_slice(&b));
	if (tracing_is_on(r->core))
		tracing_put_note(r->core, name, slice_skip(buf_slice(&b), head));
}

/* From now on, upstream may hold the binding for the expiry that this transmission asks for. */
static void raise_bound(struct registrant *r, struct holding *holding, const struct txn *txn)
{
	uint32_t asked_s = holder_asked_s(txn);
	uint64_t expiry_s = max_u64(asked_s, holding->granted_s);

	if (asked_s == 0)
		return;
	holding->bound_until_us = max_u64(
	    holding->bound_until_us, r->core->now.mono_us + expiry_s * US_PER_S + BOUND_SLACK_US);
}

void holder_sent(void *context, struct exchange *exchange, const struct txn *txn)
{
	struct holding *holding = holder_holding(exchange);
	struct registrant *r = context;

	if (tracing_is_on(r->core))
		tracing_put_sent(r->core, holding_name(holding),
		    slice_make(txn->request, txn->size), &txn->flow, txn->transmissions - 1U);
	raise_bound(r, holding, txn);
}

void holder_loose(void *context, struct exchange *exchange, const struct txn *txn)
{
	struct holding *holding = holder_holding(exchange);
	uint64_t *until_us =
	    holder_asked_s(txn) > 0 ? &holding->loose_until_us : &holding->loose_cancel_until_us;

	(void)context;
	if (!exchange_note(txn)->is_probe)
		*until_us = max_u64(*until_us, txn_loose_until_us(txn));
}

void holder_hold(struct registrant *r, struct exchange *exchange, uint32_t left_s)
{
	struct holding *holding = holder_holding(exchange);
	uint64_t until_us = r->core->now.mono_us + left_s * US_PER_S;

	holding->bound_until_us = max_u64(holding->bound_until_us, until_us);
	/* A 4xx to what is outstanding must not undo this. */
	holding->bound_before_us = max_u64(holding->bound_before_us, until_us);
	/* This is newer than the grant that the ledger has. */
	holding->is_loaded = false;
	if (left_s > holding->granted_s)
		holding_forget_grant(r, holding);
	holding_raise_expiry(r, holding, left_s);
}

/*
 * True if a refusal lists our exact Contact: then it is bound all the same. Behind a proxy that
 * adds Path, Kamailio binds and answers 420; it lists what it holds in its 400 and 503, too.
 */
static bool take_evidence(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	uint32_t left_s;

	if (response->status / 100 == 2 || response->cseq_method != SIP_REGISTER ||
	    BROKEN_REFUSAL_EVIDENCE)
		return false;
	left_s = contact_left_s(holder_holding(exchange), response);
	if (left_s > 0)
		holder_hold(r, exchange, left_s);
	return left_s > 0;
}

/*
 * A 4xx or a redirect bound nothing, so the bound is again what it was before this attempt. But if
 * the request was repeated, upstream may have bound by the first transmission and forgotten that:
 * then the higher bound stays, and a later 4xx in this attempt does not lower it, either.
 */
static void bound_nothing(struct holding *holding, bool was_sent_once)
{
	if (was_sent_once)
		holding->bound_until_us = holding->bound_before_us;
	else
		holding->bound_before_us = holding->bound_until_us;
}

bool holder_came(void *context, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response)
{
	struct registrant *r = context;
	struct holding *holding = holder_holding(exchange);
	const struct target *target = target_get(r->upstreams, exchange->target);
	bool is_register = holder_asked_s(txn) > 0;
	bool is_refusal =
	    response->status / 100 == 4 || response->status == 301 || response->status == 302;
	bool is_held;

	if (exchange->route == holding->upstream)
		holding_set_target(r, holding, &target->address, exchange->is_redirected);
	if (is_register && response->status / 100 == 2)
		exchange_served(r->upstreams, exchange);
	/* After a 5xx it may be bound for longer than the grant that the ledger has. */
	if (is_register && response->status / 100 > 4)
		holding->is_loaded = false;
	is_held = take_evidence(r, exchange, response);
	if (!is_held && is_register && is_refusal)
		bound_nothing(holding, txn->transmissions == 1);
	return is_held;
}

bool holder_judge_late(struct registrant *r, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response)
{
	struct contact_question question;
	struct contact_report report;

	if (response->status / 100 != 2)
		return take_evidence(r, exchange, response);
	if (holder_asked_s(txn) == 0)
		return false;
	contact_ask(r, holder_holding(exchange), &txn->flow.local, holder_asked_s(txn), &question);
	contact_judge(&question, response, &report);
	holder_hold(r, exchange, report.granted_s);
	return true;
}

/* The header in which Kamailio and OpenSIPS say why they refuse the Contacts of a REGISTER. */
static struct slice registrar_error(const struct sip_message *response)
{
	for (unsigned i = 0; i < response->header_count; i++)
		if (slice_equal_nocase(response->headers[i].name, SLICE(REGISTRAR_ERROR)))
			return response->headers[i].value;
	return (struct slice){NULL, 0};
}

/* Nothing was granted, so a lone Contact in the list is not taken for a rewritten one of ours. */
void holder_judge_refusal(struct registrant *r, const struct exchange *exchange,
    const struct sip_message *response, struct contact_question *question_r,
    struct contact_report *report_r)
{
	const struct holding *holding = holder_holding(exchange);

	contact_ask(r, holding, &exchange_flow(exchange)->local, holding->expiry_s, question_r);
	question_r->may_rewrite = false;
	contact_judge(question_r, response, report_r);
}

static bool lists_another(
    struct registrant *r, const struct exchange *exchange, const struct sip_message *response)
{
	struct contact_question question;
	struct contact_report report;

	if (!sip_message_header(response, SIP_CONTACT, 0))
		return false;
	holder_judge_refusal(r, exchange, response, &question, &report);
	return report.foreign > 0;
}

/*
 * Kamailio and OpenSIPS send a 503 to an account that has as many Contacts as they allow. They list
 * these Contacts, and serve all other accounts. So such a 503 does not slow the target down.
 */
bool holder_is_own_refusal(
    void *context, const struct exchange *exchange, const struct sip_message *response)
{
	return registrar_error(response).n > 0 || lists_another(context, exchange, response);
}

void holder_put_refusal(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct buf *why)
{
	struct contact_other others[CONTACT_OTHERS_MAX];

	if (report->foreign == 0) {
		buf_puts(why, "account refused: ");
		buf_put(why, registrar_error(response));
		return;
	}
	(void)contact_others(question, response, report, others);
	buf_puts(why, "account held by ");
	buf_put(why, others[0].contact);
}

/* Upstream can do this digest again: from now on, no weaker one is answered. */
void holder_proved(void *context, struct exchange *exchange, unsigned strength)
{
	struct holding *holding = holder_holding(exchange);

	if (strength > holding->digest_least)
		holding_set_digest(context, holding, strength);
}

/* The refused request may have bound: a 4xx to the repeated one does not lower the bound. */
bool holder_may_repeat(void *context, struct exchange *exchange)
{
	struct holding *holding = holder_holding(exchange);

	(void)context;
	holding->bound_before_us = holding->bound_until_us;
	return true;
}

void holder_limit_registration(
    const void *context, const struct exchange *exchange, struct auth_policy *policy)
{
	(void)context;
	holder_limit_auth(exchange, policy);
	policy->digest_configured = registration_from_exchange(exchange)->settings.digest_min;
}

struct exchange *holder_find_registration(void *context, pool_handle owner)
{
	struct registrant *r = context;
	struct registration *registration = pool_get(r->registrations, owner);

	return registration ? &registration->exchange : NULL;
}

/* A rest lets it through a little before its grant ends; TIME_NEVER without a grant. */
uint64_t holder_lapses_at_us(const void *context, const struct exchange *exchange)
{
	const struct registrant *r = context;
	const struct holding *holding = holder_holding(exchange);
	uint64_t lead_us = min_u64(ATTEMPT_MAX_US, holding->granted_s * US_PER_S / 4);

	if (holding->granted_until_us <= r->core->now.mono_us)
		return TIME_NEVER;
	return holding->granted_until_us - lead_us;
}

/* The attempt seemed to end in silence: the last outcome now says that the answer came late. */
static void tell_late(struct registrant *r, struct registration *registration,
    const struct txn *txn, const struct sip_message *response)
{
	uint64_t took_ms = (r->core->now.mono_us - txn->first_sent_us) / US_PER_MS;
	char text[LAST_REASON_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (registration->exchange.txn != 0 || registration->last.status != 0 ||
	    !registration->last.reason)
		return;
	buf_puts(&b, "answers come too late: ");
	buf_put_u64(&b, response->status);
	buf_puts(&b, " after ");
	buf_put_u64(&b, took_ms / 1000);
	buf_putc(&b, '.');
	buf_put_u64(&b, took_ms % 1000 / 100);
	buf_puts(&b, " s");
	last_set(&registration->last, 0, buf_slice(&b));
}

/* A registration wants what it holds, so a late response only raises the bound. */
void holder_late(void *context, struct exchange *exchange, const struct txn *txn,
    const struct sip_message *response)
{
	if (!exchange_note(txn)->is_probe)
		tell_late(context, registration_from_exchange(exchange), txn, response);
	(void)holder_judge_late(context, exchange, txn, response);
}
