// SPDX-License-Identifier: Apache-2.0
/*
 * The command line: what is taken, and that what is refused says what is right.
 */
#include "practice/options.h"

#include "test/kit/unit.h"

static int read(struct options *options, const char *const *words)
{
	char *argv[16] = {(char *)(uintptr_t) "regent-practice"};
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
		argc++;
	}
	return options_read(options, argc, argv);
}

#define READ(options, ...) read(options, (const char *const[]){__VA_ARGS__, NULL})

static void takes_what_is_right(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(
	    READ(&o, "--listen", "[::1]:5071", "--account", "1001:s:e", "--account", "1002/carol:x",
	        "--loss=10", "--fresh-nonce", "--cseq-order=off", "--antiflood", "16/2/300",
	        "--answer", "503:retry-after=5", "--ladder"),
	    0);
	assert_int_equal(o.listen.family, 6);
	assert_int_equal(o.listen.port, 5071);
	assert_int_equal(o.account_count, 2);
	assert_string_equal(o.accounts[0].password, "s:e");
	assert_null(o.accounts[0].auth_user);
	assert_string_equal(o.accounts[1].user, "1002");
	assert_string_equal(o.accounts[1].auth_user, "carol");
	assert_int_equal(o.config.loss, 10);
	assert_true(o.config.fresh_nonce);
	assert_false(o.config.cseq_order);
	assert_int_equal(o.config.flood_requests, 16);
	assert_true(o.config.rules[0].used);
	assert_true(o.ladder);
	assert_string_equal(o.config.any_password, "");
	options_free(&o);
}

static void plays_real_registrars(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(READ(&o, "--answer", "420:done,without=path", "--limit-status", "503",
	                     "--replaces", "--write-back=10", "--gone-status", "404", "--nat",
	                     "--rewrite=seen", "--spent-status=0", "--front-ends=2"),
	    0);
	assert_true(o.config.rules[0].done);
	assert_string_equal(o.config.rules[0].without, "path");
	assert_int_equal(o.config.limit_status, 503);
	assert_true(o.config.replaces && o.config.nat);
	assert_int_equal(o.config.write_back_s, 10);
	assert_int_equal(o.config.rewrite, CARRIER_REWRITE_SEEN);
	assert_int_equal(o.config.spent_status, 0);
	assert_int_equal(o.config.front_ends, 2);
	options_free(&o);
}

static void has_defaults(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read(&o, (const char *const[]){NULL}), 0);
	assert_int_equal(o.listen.port, 5070);
	assert_string_equal(o.config.any_password, OPTIONS_DEFAULT_PASSWORD);
	options_free(&o);
}

static void assert_refused(const char *const *words, const char *what)
{
	struct options o;

	assert_int_equal(read(&o, words), ERR_SYNTAX);
	assert_non_null(strstr(o.error, what));
	options_free(&o);
}

static void refuses_what_is_wrong(void **state)
{
	(void)state;
	assert_refused((const char *const[]){"--colour", NULL}, "--help");
	assert_refused((const char *const[]){"listen", NULL}, "not an option");
	assert_refused((const char *const[]){"--loss", NULL}, "needs a value: PERCENT");
	assert_refused((const char *const[]){"--loss", "200", NULL}, "PERCENT");
	assert_refused((const char *const[]){"--stale=maybe", NULL}, "honest|always|never");
	assert_refused((const char *const[]){"--ladder=on", NULL}, "takes no value");
	assert_refused((const char *const[]){"--listen", "nowhere", NULL}, "127.0.0.1:5070");
	assert_refused((const char *const[]){"--listen", "0.0.0.0:5070", NULL}, "beyond-loopback");
	assert_refused((const char *const[]){"--account", "1001", NULL}, "USER:PASSWORD");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_what_is_right),
	    cmocka_unit_test(plays_real_registrars),
	    cmocka_unit_test(has_defaults),
	    cmocka_unit_test(refuses_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
