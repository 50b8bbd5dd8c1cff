// SPDX-License-Identifier: Apache-2.0
/*
 * Signs that a 503 speaks of an account, and what follows where there is none.
 */
#include "registrant/refusal.h"

#include "registrant/contact.h"
#include "registrant/last.h"
#include "registrant/listing.h"

/* Kamailio and OpenSIPS say in it why they refuse the Contacts of a REGISTER. */
#define REGISTRAR_ERROR "P-Registrar-Error"

static struct slice registrar_error(const struct sip_message *response)
{
	for (unsigned i = 0; i < response->header_count; i++)
		if (slice_equal_nocase(response->headers[i].name, SLICE(REGISTRAR_ERROR)))
			return response->headers[i].value;
	return (struct slice){NULL, 0};
}

/* In a refusal the only Contact listed is no rewritten one of ours: nothing was granted. */
static void judge_contacts(struct registrant *r, const struct exchange *exchange,
    const struct sip_message *response, struct contact_question *question_r,
    struct contact_report *report_r)
{
	const struct holding *holding = exchange_holding(exchange);

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
	judge_contacts(r, exchange, response, &question, &report);
	return report.foreign > 0;
}

/* True where the upstream has another address that may be sent to. */
static bool has_other_open(
    const struct registrant *r, const struct exchange *exchange, const struct target *target)
{
	const struct upstream *route = upstream_get(r->upstreams, exchange->route);

	for (uint32_t i = 0; i < route->target_count; i++) {
		const struct target *other = target_get(r->upstreams, route->targets[i]);

		if (other != target &&
		    target_open_at_us(r->upstreams, other) <= r->core->now.mono_us)
			return true;
	}
	return false;
}

/*
 * A 503 rests its address at once where there is another. Where the whole
 * upstream would rest by it, one account over its limit must not do that to all.
 */
static void rest_address(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	struct holding *holding = exchange_holding(exchange);
	uint32_t needed = has_other_open(r, exchange, target)
	                      ? 1
	                      : upstream_get(r->upstreams, holding->upstream)->users;
	uint64_t asked_s = last_retry_after_s(response, 0);
	uint64_t rest_us = (asked_s ? asked_s : r->core->params->retry_delay_s) * US_PER_S;

	if (target_refused(r->upstreams, target, holding->handle, needed, rest_us))
		exchange_reroute(r, target);
}

enum verdict refusal_judge(
    struct registrant *r, struct exchange *exchange, const struct sip_message *response)
{
	struct target *target = target_get(r->upstreams, exchange->target);
	bool was_refused = exchange->was_refused;

	exchange->was_refused = true;
	if (registrar_error(response).n > 0 || lists_another(r, exchange, response))
		return VERDICT_FULL;
	exchange_pass_target(r, exchange);
	if (!target_serves_others(
	        r->upstreams, target, exchange_holding(exchange)->handle, was_refused))
		rest_address(r, exchange, response);
	return VERDICT_UNAVAILABLE;
}

void refusal_show(struct registrant *r, struct registration *registration,
    const struct sip_message *response, struct buf *why)
{
	struct contact_other others[CONTACT_OTHERS_MAX];
	struct contact_question question;
	struct contact_report report;

	judge_contacts(r, &registration->exchange, response, &question, &report);
	if (report.foreign == 0) {
		buf_puts(why, "account refused: ");
		buf_put(why, registrar_error(response));
		return;
	}
	listing_look(r, registration, &question, response, &report);
	(void)contact_others(&question, response, &report, others);
	buf_puts(why, "account held by ");
	buf_put(why, others[0].contact);
}
