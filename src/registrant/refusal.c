// SPDX-License-Identifier: Apache-2.0
/*
 * Signs that a 503 speaks of an account.
 */
#include "registrant/refusal.h"

#include "registrant/contact.h"

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
void refusal_judge(struct registrant *r, const struct exchange *exchange,
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
	refusal_judge(r, exchange, response, &question, &report);
	return report.foreign > 0;
}

bool refusal_is_own(
    void *context, const struct exchange *exchange, const struct sip_message *response)
{
	return registrar_error(response).n > 0 || lists_another(context, exchange, response);
}

void refusal_put_reason(const struct contact_question *question, const struct sip_message *response,
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
