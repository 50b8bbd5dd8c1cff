// SPDX-License-Identifier: Apache-2.0
/*
 * The expiry is that of the first Contact if it has one, else that of the Expires
 * header.
 */
#include "trace/summary.h"

#include "sip/address.h"
#include "sip/param.h"

#define REASON_MAX 60
#define METHOD_MAX 24
#define EXPIRY_MAX 12
#define WHY_MAX    80 /* of the last outcome */

void summary_put_text(struct buf *b, struct slice text, size_t most)
{
	/* Never cut within a character of UTF-8. */
	if (text.n > most) {
		text.n = most;
		while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		buf_putc(b, c < 0x20 || c == 0x7f ? '?' : text.p[i]);
	}
}

static struct slice expiry_of(const struct sip_message *message)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address contact;
	struct sip_param expires;
	struct slice member;

	if (sip_message_list(message, SIP_CONTACT, &cursor, &member) &&
	    sip_address_parse(member, &contact, NULL) == 0 &&
	    sip_param_find(contact.params, "expires", &expires))
		return expires.value;
	return sip_message_value(message, SIP_EXPIRES);
}

/* ", 1 line skipped: Content-Length stands twice" */
static void put_skipped(struct buf *b, const struct sip_message *message)
{
	buf_puts(b, ", ");
	buf_put_u64(b, message->skipped);
	buf_puts(b, message->skipped == 1 ? " line skipped: " : " lines skipped: ");
	buf_puts(b, message->skipped_what);
}

void summary_put(struct buf *b, const struct sip_message *message)
{
	struct slice expiry = expiry_of(message);

	if (message->is_request) {
		summary_put_text(b, message->method_name, METHOD_MAX);
	} else {
		buf_put_u64(b, message->status);
		buf_putc(b, ' ');
		summary_put_text(b, message->reason, REASON_MAX);
	}
	buf_puts(b, ", CSeq ");
	buf_put_u64(b, message->cseq);
	if (expiry.n > 0) {
		buf_puts(b, ", Expires ");
		summary_put_text(b, expiry, EXPIRY_MAX);
	}
	if (message->skipped > 0)
		put_skipped(b, message);
}

/* " in 3060.0 s" */
static void put_wait(struct buf *b, int64_t wait_ms)
{
	if (wait_ms < 0)
		wait_ms = 0;
	buf_puts(b, " in ");
	buf_put_i64(b, wait_ms / 1000);
	buf_putc(b, '.');
	buf_put_i64(b, wait_ms % 1000 / 100);
	buf_puts(b, " s");
}

void summary_put_state(struct buf *b, const struct registration_view *view, int64_t now_ms)
{
	buf_puts(b, registration_state_name(view->state));
	if (view->state == STATE_REGISTERED) {
		buf_puts(b, ", granted ");
		buf_put_u64(b, view->granted_s);
		buf_puts(b, " s");
	} else if (view->attempts > 0 && view->last_reason.n > 0) {
		buf_puts(b, ", ");
		summary_put_text(b, view->last_reason, WHY_MAX);
	}
	if (view->next_at_ms == 0 || view->next_action == NEXT_ANSWER ||
	    view->next_action == NEXT_REGISTER || view->state == STATE_CANCELLING)
		return;
	buf_puts(b, ": ");
	buf_puts(b, next_action_name(view->next_action));
	put_wait(b, view->next_at_ms - now_ms);
}
