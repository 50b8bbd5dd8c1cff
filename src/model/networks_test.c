// SPDX-License-Identifier: Apache-2.0
/*
 * Lists of networks: what is read, what is refused and in which words, and which
 * addresses lie in them.
 */
#include "model/networks.h"

#include "base/error.h"

#include "test/kit/unit.h"

static char message[256];

static int check(const char *list)
{
	struct buf b = buf_over(message, sizeof(message));
	int rc = networks_check(slice_of(list), &b);

	assert_string_equal(buf_text(&b), message);
	assert_int_equal(rc == 0, b.n == 0);
	return rc;
}

/* True where the list is right, and the address lies in one of its networks. */
static bool has(const char *list, const char *address)
{
	struct subnet networks[NETWORKS_MAX];
	int count = networks_parse(slice_of(list), networks, NETWORKS_MAX);
	struct netaddr addr;
	bool found = false;

	assert_int_equal(check(list), 0);
	assert_true(count >= 0);
	assert_int_equal(netaddr_parse_ip(slice_of(address), &addr), 0);
	for (int i = 0; i < count; i++)
		found |= subnet_has(&networks[i], &addr);
	return found;
}

static void test_matches(void **state)
{
	(void)state;
	assert_true(has("192.0.2.0/24", "192.0.2.255"));
	assert_false(has("192.0.2.0/24", "192.0.3.0"));
	assert_false(has("192.0.2.0/24", "192.0.1.255"));
	assert_true(has("192.0.2.8/29", "192.0.2.15"));
	assert_false(has("192.0.2.8/29", "192.0.2.16"));
	assert_false(has("192.0.2.8/29", "192.0.2.7"));
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.0"));
	assert_true(has("192.0.2.1/32", "192.0.2.1"));
	assert_true(has("0.0.0.0/0", "203.0.113.9"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_false(has("::/0", "203.0.113.9"));
	assert_true(has("2001:db8::/32", "2001:db8:ffff::1"));
	assert_false(has("2001:db8::/32", "2001:db9::1"));
	assert_true(has("2001:db8::1", "2001:db8::1"));
	assert_false(has("2001:db8::1", "2001:db8::2"));
	assert_true(has("2001:db8::/31", "2001:db9::1"));
}

static void test_lists(void **state)
{
	(void)state;
	assert_true(has("192.0.2.0/24, 2001:db8::/32", "2001:db8::9"));
	assert_true(has(" 192.0.2.0/24 ,,198.51.100.7 ", "198.51.100.7"));
	assert_true(has("192.0.2.0/24 198.51.100.7", "198.51.100.7"));
	assert_false(has("", "192.0.2.1"));
	assert_false(has(" , ", "192.0.2.1"));
}

/* RFC 4291 2.5.5.2: both are the same network. */
static void test_mapped(void **state)
{
	(void)state;
	assert_true(has("::ffff:192.0.2.0/120", "192.0.2.77"));
	assert_false(has("::ffff:192.0.2.0/120", "192.0.3.77"));
	assert_true(has("::ffff:0:0/96", "192.0.2.77"));
	assert_int_equal(check("::ffff:192.0.2.0/24"), ERR_RANGE);
}

static void test_refused(void **state)
{
	static const struct {
		const char *list;
		int error;
	} wrong[] = {
	    {"192.0.2.0/33", ERR_RANGE},
	    {"2001:db8::/129", ERR_RANGE},
	    {"192.0.2.0/", ERR_SYNTAX},
	    {"192.0.2.0/-1", ERR_SYNTAX},
	    {"/24", ERR_SYNTAX},
	    {"192.0.2.0/24/24", ERR_SYNTAX},
	    {"192.0.2/24", ERR_SYNTAX},
	    {"192.0.2.0/255.255.255.0", ERR_SYNTAX},
	    {"phone.example", ERR_SYNTAX},
	    {"192.0.2.0/24;10.0.0.0/8", ERR_SYNTAX},
	    {"192.0.2.0/24\n10.0.0.0/8", ERR_SYNTAX},
	};
	struct subnet networks[NETWORKS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(check(wrong[i].list), wrong[i].error);
		assert_true(networks_parse(slice_of(wrong[i].list), networks, NETWORKS_MAX) < 0);
	}
	assert_int_equal(check("192.0.2.0/24, phone.example"), ERR_SYNTAX);
	assert_string_equal(message, "phone.example; addresses and networks as \"192.0.2.0/24, "
	                             "2001:db8::/32\" would be right");
}

/* A slip in the address or in the length: which of the two is not ours to guess. */
static void test_outside_the_prefix(void **state)
{
	struct subnet networks[NETWORKS_MAX];

	(void)state;
	assert_int_equal(check("192.0.2.129/25 "), ERR_SYNTAX);
	assert_string_equal(
	    message, "192.0.2.129/25 has bits outside its prefix; 192.0.2.128/25 would be right");
	assert_int_equal(check("2001:db8::1/64"), ERR_SYNTAX);
	assert_string_equal(
	    message, "2001:db8::1/64 has bits outside its prefix; 2001:db8::/64 would be right");
	assert_int_equal(networks_parse(SLICE("192.0.2.1/24"), networks, NETWORKS_MAX), ERR_SYNTAX);
}

static void test_many(void **state)
{
	struct subnet networks[NETWORKS_MAX];
	char list[2000];
	struct buf b = buf_over(list, sizeof(list));

	(void)state;
	for (unsigned i = 0; i < NETWORKS_MAX; i++)
		buf_puts(&b, "2001:db8:1111:2222:3333:4444:5555:6666/128, ");
	assert_int_equal(check(buf_text(&b)), 0);
	assert_int_equal(networks_parse(buf_slice(&b), networks, NETWORKS_MAX), (int)NETWORKS_MAX);
	assert_int_equal(networks_parse(buf_slice(&b), networks, NETWORKS_MAX - 1), ERR_LIMIT);
	buf_puts(&b, "192.0.2.1");
	assert_int_equal(check(buf_text(&b)), ERR_LIMIT);
	assert_string_equal(message, "has more than 16 networks");
	while (b.n < 1025)
		buf_putc(&b, ' ');
	assert_int_equal(check(buf_text(&b)), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_matches),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_mapped),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_outside_the_prefix),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
