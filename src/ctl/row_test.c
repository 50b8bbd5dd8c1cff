// SPDX-License-Identifier: Apache-2.0
/*
 * A registration's cells, and the advice that goes with its last answer.
 */
#include "ctl/row.h"

#include "ctl/advice.h"
#include "test/kit/unit.h"

#include <string.h>

#define NOW_MS 1000

static json_t *item(const char *state, int granted_s, bool at_most)
{
	return json_pack("{s:s, s:i, s:b, s:s}", "state", state, "granted_s", granted_s,
	    "bound_at_most", at_most, "bound_until", "1970-01-01T00:01:01.000Z");
}

/* A REGISTER without an answer may have been taken: that is no binding to rely on. */
static void test_expires(void **state)
{
	static const struct {
		const char *state;
		int granted_s;
		bool at_most;
		const char *text;
	} cases[] = {
	    {"registered", 60, false, "1m00s"},
	    {"refreshing", 60, false, "1m00s"},
	    {"refreshing", 60, true, "at most 1m00s"},
	    {"waiting", 0, false, "maybe 1m00s"},
	    {"registering", 0, true, "maybe 1m00s"},
	    {"waiting", 60, false, "1m00s"},
	    {"unconfirmed", 60, true, "maybe 1m00s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = item(cases[i].state, cases[i].granted_s, cases[i].at_most);
		char text[ROW_TEXT];

		assert_string_equal(row_expires(json, NOW_MS, text), cases[i].text);
		assert_null(row_expires(json, 61000, text));
		json_decref(json);
	}
}

static void test_advice(void **state)
{
	static const struct {
		const char *state;
		int status;
		const char *reason, *word;
	} cases[] = {
	    {"rejected", 401, "wrong credentials", "password=-"},
	    {"rejected", 401, "Unauthorized", "auth_username"},
	    {"rejected", 403, "Forbidden", "account is open"},
	    {"rejected", 403, "password never accepted yet (Forbidden)", "password=-"},
	    {"rejected", 401, "every nonce is called stale, or the password is wrong",
	        "password=-"},
	    {"rejected", 401, "weaker than digest_min: MD5 is offered, not SHA-256",
	        "lower digest_min"},
	    {"rejected", 407, "weaker than what worked before: MD5 is offered, not SHA-256",
	        "disable and enable"},
	    {"rejected", 401, "unknown digest algorithm: MAGIC-9", "SHA-256"},
	    {"rejected", 401, "no challenge", "trace"},
	    {"waiting", 0, "no answer", "firewall"},
	    {"waiting", 0, "no answer about name or route", "resolv.conf"},
	    {"waiting", 0, "ledger not written", "disk"},
	    {"waiting", 0, "cannot open udp:192.0.2.1:5060: …", "listen"},
	    {"waiting", 503, "Service Unavailable", "wait"},
	    {"waiting", 503, "account held by sip:1001@198.51.100.9", "HOLDER"},
	    {"waiting", 503, "account refused: Too many registered contacts", "carrier"},
	    {"displaced", 200, "not listed beside another registration of the account",
	        "one registration"},
	    {"rejected", 401, "redirected to a realm not seen before: elsewhere", "proxy"},
	    {"waiting", 0, "redirected to sip:192.0.2.9: no answer", "proxy"},
	    {"waiting", 299, "Miscellaneous", NULL},
	    {"registered", 403, "Forbidden", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = json_pack("{s:s, s:i, s:s}", "state", cases[i].state, "last_status",
		    cases[i].status, "last_reason", cases[i].reason);
		const struct advice_row *row = advice_for(json);

		assert_int_equal(!!row, !!cases[i].word);
		if (row)
			assert_non_null(strstr(row->advice, cases[i].word));
		json_decref(json);
	}
}

static void test_advice_names_the_holder(void **state)
{
	json_t *json = json_pack("{s:s, s:i, s:s}", "state", "waiting", "last_status", 503,
	    "last_reason", "account held by sip:1001@198.51.100.9:5060");
	char text[ADVICE_MAX];

	(void)state;
	advice_text(advice_for(json), json, "carrier-a", text);
	assert_non_null(strstr(text, "the device that registers sip:1001@198.51.100.9:5060, "));
	assert_non_null(strstr(text, "ghosts carrier-a lists"));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_expires),
	    cmocka_unit_test(test_advice),
	    cmocka_unit_test(test_advice_names_the_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
