// SPDX-License-Identifier: Apache-2.0
/*
 * Messages and states in a few words.
 */
#include "trace/summary.h"

#include "answer/trace.h"
#include "test/kit/unit.h"

#include <stdio.h>

#define COMMON                                                                                     \
	"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"         \
	"Call-ID: x\r\nCSeq: 7 REGISTER\r\n"

static void expect(const char *message, const char *summary)
{
	static struct sip_message parsed;
	char text[TRACE_SUMMARY_MAX + 1];
	struct buf b = buf_over(text, TRACE_SUMMARY_MAX);

	assert_int_equal(sip_message_parse(slice_of(message), &parsed, NULL), 0);
	summary_put(&b, &parsed);
	assert_false(b.full);
	text[b.n] = '\0';
	assert_string_equal(text, summary);
}

static void says_what_matters(void **state)
{
	(void)state;
	expect("REGISTER sip:b SIP/2.0\r\n" COMMON "Contact: <sip:a@c>\r\nExpires: 3600\r\n\r\n",
	    "REGISTER, CSeq 7, Expires 3600");
	expect("SIP/2.0 200 OK\r\n" COMMON "Contact: <sip:a@c>;expires=60\r\nExpires: 3600\r\n\r\n",
	    "200 OK, CSeq 7, Expires 60");
	expect("SIP/2.0 401 Unauthorized\r\n" COMMON "\r\n", "401 Unauthorized, CSeq 7");
}

static void says_what_was_skipped(void **state)
{
	(void)state;
	expect("SIP/2.0 200 OK\r\n" COMMON "l: 0\r\nX: a\rb\r\nl: 0\r\n\r\n",
	    "200 OK, CSeq 7, 2 lines skipped: CR without LF");
}

static void nothing_of_a_peer_reaches_the_terminal_raw(void **state)
{
	char text[16];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	expect("SIP/2.0 403 No\x1b[31m\r\n" COMMON "\r\n", "403 No?[31m, CSeq 7");
	summary_put_text(&b, SLICE("a\xc3\xa9z"), 2);
	assert_true(slice_equal(buf_slice(&b), SLICE("a")));
}

static void a_long_reason_is_cut(void **state)
{
	char message[1024];

	(void)state;
	snprintf(message, sizeof(message),
	    "SIP/2.0 500 %0300d\r\n" COMMON "Expires: %0300d\r\n\r\n", 0, 0);
	expect(message, "500 000000000000000000000000000000000000000000000000000000000000, CSeq 7, "
	                "Expires 000000000000");
	/* The longest of all finds room. */
	snprintf(message, sizeof(message),
	    "SIP/2.0 500 %0300d\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
	    "To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 4294967295 REGISTER\r\nExpires: %0300d\r\n"
	    "no colon\r\n\r\n",
	    0, 0);
	expect(message, "500 000000000000000000000000000000000000000000000000000000000000, CSeq "
	                "4294967295, Expires 000000000000, 1 line skipped: header line: no name "
	                "and colon");
}

static void expect_state(const struct registration_view *view, const char *summary)
{
	char text[TRACE_SUMMARY_MAX + 1];
	struct buf b = buf_over(text, TRACE_SUMMARY_MAX);

	summary_put_state(&b, view, 1000000);
	assert_false(b.full);
	text[b.n] = '\0';
	assert_string_equal(text, summary);
}

static void says_a_state(void **state)
{
	struct registration_view up = {.state = STATE_REGISTERED,
	    .granted_s = 3600,
	    .next_action = NEXT_REFRESH,
	    .next_at_ms = 1000000 + 3060049};
	struct registration_view down = {.state = STATE_WAITING,
	    .attempts = 1,
	    .last_reason = SLICE("no answer"),
	    .next_action = NEXT_RETRY,
	    .next_at_ms = 1000000 + 61299};
	struct registration_view asks = {
	    .state = STATE_REGISTERING, .next_action = NEXT_ANSWER, .next_at_ms = 1032000};

	(void)state;
	expect_state(&up, "registered, granted 3600 s: refresh in 3060.0 s");
	expect_state(&down, "waiting, no answer: retry in 61.2 s");
	expect_state(&asks, "registering");
	/* It is overdue. */
	down.next_at_ms = 1;
	down.attempts = 0;
	expect_state(&down, "waiting: retry in 0.0 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_matters),
	    cmocka_unit_test(says_what_was_skipped),
	    cmocka_unit_test(nothing_of_a_peer_reaches_the_terminal_raw),
	    cmocka_unit_test(a_long_reason_is_cut),
	    cmocka_unit_test(says_a_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
