// SPDX-License-Identifier: Apache-2.0
/*
 * Walks the table: every limit of every row from both sides, so that a row
 * added later is tested without a line here.
 */
#include "param/params.h"

#include "test/kit/unit.h"

static char text[256];

static int set(struct params *params, const char *name, const char *value)
{
	struct buf b = buf_over(text, sizeof(text));
	int rc = params_set(params, slice_of(name), slice_of(value), &b);

	assert_string_equal(buf_text(&b), text);
	assert_int_equal(rc == 0, b.n == 0);
	return rc;
}

static const char *shown(const struct params *params, const char *name)
{
	static char value[64];
	struct buf b = buf_over(value, sizeof(value));

	params_put(&b, params_find(slice_of(name)), params);
	return buf_text(&b);
}

static void test_defaults(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_true(params.send_unregister);
	assert_int_equal(params.expire_s, PARAM_AUTO);
	assert_int_equal(params.retry_delay_s, 60);
	assert_int_equal(params.stop_deadline_s, PARAM_AUTO);
	assert_int_equal(params.upstream_rate, PARAM_AUTO);
	assert_int_equal(params.upstream_window, PARAM_AUTO);
	assert_string_equal(shown(&params, "SS_SIP_USER_AGENT_SEND_UNREGISTER"), "On");
	assert_string_equal(shown(&params, "SS_SIP_USER_AGENT_EXPIRE"), "Auto");
	assert_string_equal(shown(&params, "SS_SIP_USER_AGENT_RETRY_DELAY"), "60");
}

static void test_other_spellings(void **state)
{
	static const char *const expire[] = {"SS_SIP_USER_AGENT_EXPIRE", "ss_sip_user_agent_expire",
	    "SIP_USER_AGENT_EXPIRE", "sip-user-agent-expire", "Sip User Agent Expire",
	    "expire-seconds", "EXPIRATION"};
	static const char *const none[] = {"", "SS_", "RG_", "SS_EXPIRATION", "USER_AGENT_EXPIRE"};
	struct params params;

	(void)state;
	for (size_t i = 0; i < sizeof(expire) / sizeof(expire[0]); i++) {
		params_defaults(&params);
		assert_int_equal(set(&params, expire[i], "300"), 0);
		assert_int_equal(params.expire_s, 300);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(params_find(slice_of(none[i])));
	assert_int_equal(set(&params, "sip-session-ttl", "1"), ERR_UNSUPPORTED);
}

/* No spelling fits two rows: the first row would hide the second. */
static void test_no_alias_is_shared(void **state)
{
	size_t count;
	const struct param_row *rows = params_rows(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(params_find(slice_of(rows[i].name)), &rows[i]);
		assert_ptr_equal(params_find(slice_skip(slice_of(rows[i].name), 3)), &rows[i]);
		for (const char *const *alias = rows[i].aliases; alias && *alias; alias++)
			assert_ptr_equal(params_find(slice_of(*alias)), &rows[i]);
	}
}

static void check_number(const struct param_row *row, uint64_t number, int expected)
{
	struct params params;
	char value[24];
	struct buf b = buf_over(value, sizeof(value));

	buf_put_u64(&b, number);
	params_defaults(&params);
	assert_int_equal(set(&params, row->name, buf_text(&b)), expected);
	if (expected == 0)
		assert_string_equal(shown(&params, row->name), value);
}

static void test_off_is_no_seconds(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_int_equal(set(&params, "RG_PROBE", "auto"), 0);
	assert_int_equal(params.probe_s, PARAM_AUTO);
	assert_int_equal(set(&params, "RG_PROBE", "Off"), 0);
	assert_int_equal(params.probe_s, 0);
	/* "off" is an error for a parameter that cannot be 0. */
	assert_int_equal(set(&params, "RG_STOP_DEADLINE", "off"), ERR_SYNTAX);
}

static void test_limits(void **state)
{
	size_t count;
	const struct param_row *rows = params_rows(&count);

	(void)state;
	assert_int_equal(count, 16);
	for (size_t i = 0; i < count; i++) {
		struct params params;

		params_defaults(&params);
		assert_ptr_equal(params_find(slice_of(rows[i].name)), &rows[i]);
		assert_true(rows[i].meaning[0] != '\0');
		if (rows[i].type == PARAM_SWITCH || rows[i].type == PARAM_WORD)
			continue;
		check_number(&rows[i], rows[i].minimum, 0);
		check_number(&rows[i], rows[i].maximum, 0);
		check_number(&rows[i], (uint64_t)rows[i].maximum + 1, ERR_RANGE);
		check_number(&rows[i], UINT64_MAX, ERR_RANGE);
		check_number(&rows[i], 0, rows[i].has_zero ? 0 : ERR_RANGE);
		if (rows[i].minimum > 1)
			check_number(&rows[i], rows[i].minimum - 1, ERR_RANGE);
		assert_int_equal(
		    set(&params, rows[i].name, "aUTO"), rows[i].has_auto ? 0 : ERR_SYNTAX);
	}
}

static void test_word(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_int_equal(params.ghosts, PARAM_GHOSTS_REMOVE);
	assert_string_equal(shown(&params, "RG_GHOSTS"), "remove");
	assert_int_equal(set(&params, "RG_GHOSTS", "Off"), 0);
	assert_int_equal(params.ghosts, PARAM_GHOSTS_OFF);
	assert_string_equal(shown(&params, "RG_GHOSTS"), "off");
	assert_int_equal(set(&params, "RG_GHOSTS", "report"), 0);
	assert_int_equal(params.ghosts, PARAM_GHOSTS_REPORT);
	assert_int_equal(set(&params, "RG_GHOSTS", "On"), ERR_SYNTAX);
	assert_string_equal(text, "RG_GHOSTS: On is not remove, report or off");
	assert_int_equal(params.ghosts, PARAM_GHOSTS_REPORT);
}

static void test_switch(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_int_equal(set(&params, "ss_sip_user_agent_send_unregister", "Off"), 0);
	assert_false(params.send_unregister);
	assert_int_equal(set(&params, "SS_SIP_USER_AGENT_SEND_UNREGISTER", "true"), 0);
	assert_true(params.send_unregister);
	assert_int_equal(set(&params, "SS_SIP_USER_AGENT_SEND_UNREGISTER", "1"), ERR_SYNTAX);
	assert_string_equal(text, "SS_SIP_USER_AGENT_SEND_UNREGISTER: 1 is not On or Off");
	assert_true(params.send_unregister);
}

static void test_messages(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_int_equal(set(&params, "SS_SIP_USER_AGENT_EXPIRE", "10"), ERR_RANGE);
	assert_string_equal(
	    text, "SS_SIP_USER_AGENT_EXPIRE: 10 is outside 20–7200 s (or \"Auto\")");
	assert_int_equal(set(&params, "SS_SIP_USER_AGENT_RETRY_DELAY", "5m"), ERR_SYNTAX);
	assert_string_equal(text, "SS_SIP_USER_AGENT_RETRY_DELAY: 5m is not 30–600 s");
	assert_int_equal(set(&params, "RG_UPSTREAM_WINDOW", "200000"), ERR_RANGE);
	assert_string_equal(
	    text, "RG_UPSTREAM_WINDOW: 200000 is outside 1–100000 (or 0 or \"Auto\")");
	assert_int_equal(set(&params, "RG_UPSTREAM_RATE", ""), ERR_SYNTAX);
	assert_string_equal(text, "RG_UPSTREAM_RATE: \"\" is not 1–100000 /s (or 0 or \"Auto\")");
	assert_int_equal(params.expire_s, PARAM_AUTO);
}

static void test_names(void **state)
{
	struct params params;

	(void)state;
	params_defaults(&params);
	assert_int_equal(set(&params, "SS_SIP_TIMEOUT_INVITE", "10"), ERR_UNSUPPORTED);
	assert_string_equal(text, "SS_SIP_TIMEOUT_INVITE: known, but not in this version");
	assert_int_equal(set(&params, "SS_SIP_USER_AGENT_EXPIRY", "300"), ERR_NOT_FOUND);
	assert_string_equal(text, "SS_SIP_USER_AGENT_EXPIRY: no such parameter; did you mean "
	                          "SS_SIP_USER_AGENT_EXPIRE?");
	assert_int_equal(set(&params, "colour\n", "red"), ERR_NOT_FOUND);
	assert_string_equal(text, "colour?: no such parameter");
	assert_int_equal(set(&params, "", "1"), ERR_NOT_FOUND);
}

/* Padding between the fields of the struct makes no difference. */
static void equal_by_every_parameter(void **state)
{
	struct params a, b;
	size_t count;
	const struct param_row *rows = params_rows(&count);

	(void)state;
	memset(&b, 0xff, sizeof(b));
	params_defaults(&a);
	for (size_t i = 0; i < count; i++) {
		size_t size = rows[i].type == PARAM_SWITCH ? sizeof(bool) : sizeof(uint32_t);

		memcpy((char *)&b + rows[i].offset, (char *)&a + rows[i].offset, size);
	}
	assert_true(params_equal(&a, &b));
	for (size_t i = 0; i < count; i++) {
		((char *)&b)[rows[i].offset] ^= 1;
		assert_false(params_equal(&a, &b));
		((char *)&b)[rows[i].offset] ^= 1;
	}
	assert_true(params_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_off_is_no_seconds),
	    cmocka_unit_test(test_word),
	    cmocka_unit_test(test_switch),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_other_spellings),
	    cmocka_unit_test(test_no_alias_is_shared),
	    cmocka_unit_test(equal_by_every_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
