// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses read and written: RFC 5952's own examples, what must be refused,
 * and a comparison with the operating system's parser on generated texts.
 */
#include "base/netaddr.h"

#include "base/error.h"
#include "base/random.h"
#include "test/kit/unit.h"

#include <arpa/inet.h>

static void assert_written(const char *text, const char *expected)
{
	char storage[NETADDR_TEXT_MAX];
	struct buf b = buf_over(storage, sizeof(storage));
	struct netaddr addr;

	assert_int_equal(netaddr_parse(slice_of(text), &addr), 0);
	netaddr_put(&b, &addr);
	assert_string_equal(buf_text(&b), expected);
}

static void test_written(void **state)
{
	static const char *const rows[][2] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"192.0.2.1:5060", "192.0.2.1:5060"},
	    {"0.0.0.0:65535", "0.0.0.0:65535"},
	    {"2001:db8::1", "[2001:db8::1]"},
	    {"[2001:db8::1]", "[2001:db8::1]"},
	    {"[2001:db8::1]:5060", "[2001:db8::1]:5060"},
	    {"::", "[::]"},
	    {"::1", "[::1]"},
	    {"1::", "[1::]"},
	    {"2001:0DB8:0:0:0:0:0002:0001", "[2001:db8::2:1]"},
	    {"2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]"},
	    {"2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]"},
	    {"2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]"},
	    {"1:0:0:0:0:0:0:0", "[1::]"},
	    {"0:0:0:0:0:0:0:1", "[::1]"},
	    {"1:2:3:4:5:6:7::", "[1:2:3:4:5:6:7:0]"},
	    {"::2:3:4:5:6:7:8", "[0:2:3:4:5:6:7:8]"},
	    {"64:ff9b::192.0.2.33", "[64:ff9b::c000:221]"},
	    {"1:2:3:4:5:6:192.0.2.33", "[1:2:3:4:5:6:c000:221]"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"[::ffff:c000:201]:5060", "192.0.2.1:5060"},
	    {"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
	        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_written(rows[i][0], rows[i][1]);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
	    {"", ERR_SYNTAX},
	    {"1.2.3", ERR_SYNTAX},
	    {"1.2.3.4.5", ERR_SYNTAX},
	    {"1.2.3.256", ERR_SYNTAX},
	    {"1.2.3.04", ERR_SYNTAX},
	    {"1.2.3.", ERR_SYNTAX},
	    {".1.2.3", ERR_SYNTAX},
	    {"1.2.3.4 ", ERR_SYNTAX},
	    {"1.2.3.4:", ERR_SYNTAX},
	    {"1.2.3.4:x", ERR_SYNTAX},
	    {"1.2.3.4:65536", ERR_RANGE},
	    {"[1.2.3.4]", ERR_SYNTAX},
	    {"[::1", ERR_SYNTAX},
	    {"[::1]5060", ERR_SYNTAX},
	    {"[::1]:", ERR_SYNTAX},
	    {"[::1]:65536", ERR_RANGE},
	    {"[]", ERR_SYNTAX},
	    {"[", ERR_SYNTAX},
	    {"]", ERR_SYNTAX},
	    {":", ERR_SYNTAX},
	    {":::", ERR_SYNTAX},
	    {":1::", ERR_SYNTAX},
	    {"::1:", ERR_SYNTAX},
	    {"1::2::3", ERR_SYNTAX},
	    {"1:2:3:4:5:6:7", ERR_SYNTAX},
	    {"1:2:3:4:5:6:7:8:9", ERR_SYNTAX},
	    {"1:2:3:4::5:6:7:8", ERR_SYNTAX},
	    {"12345::", ERR_SYNTAX},
	    {"::g", ERR_SYNTAX},
	    {"::1.2.3", ERR_SYNTAX},
	    {"1.2.3.4::", ERR_SYNTAX},
	    {"::1.2.3.4:5", ERR_SYNTAX},
	    {"1:2:3:4:5:6:7:1.2.3.4", ERR_SYNTAX},
	    {"fe80::1%eth0", ERR_SYNTAX},
	    {"example.com", ERR_SYNTAX},
	};
	struct netaddr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(netaddr_parse(slice_of(rows[i].text), &addr), rows[i].rc);
	assert_int_equal(netaddr_parse_ip(SLICE("1.2.3.4:5060"), &addr), ERR_SYNTAX);
	assert_int_equal(netaddr_parse_ip(SLICE("[::1]:5060"), &addr), ERR_SYNTAX);
	assert_int_equal(netaddr_parse_ip(slice_of(NULL), &addr), ERR_SYNTAX);
}

static void test_compared(void **state)
{
	struct netaddr a, b, any;

	(void)state;
	assert_int_equal(netaddr_parse(SLICE("192.0.2.1:5060"), &a), 0);
	assert_int_equal(netaddr_parse(SLICE("[::ffff:192.0.2.1]:5061"), &b), 0);
	assert_true(netaddr_equal_ip(&a, &b));
	assert_false(netaddr_equal(&a, &b));
	b.port = 5060;
	assert_true(netaddr_equal(&a, &b));

	/* The same four bytes in another family are another address. */
	assert_int_equal(netaddr_parse(SLICE("[c000:201::]:5060"), &b), 0);
	assert_false(netaddr_equal_ip(&a, &b));

	assert_false(netaddr_is_any(&a));
	assert_int_equal(netaddr_parse(SLICE("0.0.0.0:5060"), &any), 0);
	assert_true(netaddr_is_any(&any));
	assert_int_equal(netaddr_parse(SLICE("[::]:5060"), &any), 0);
	assert_true(netaddr_is_any(&any));
	assert_int_equal(netaddr_parse(SLICE("[::1]"), &any), 0);
	assert_false(netaddr_is_any(&any));
	any = (struct netaddr){0};
	assert_false(netaddr_is_any(&any));
}

/* Ours against inet_pton() on texts that are nearly addresses. */
static void test_like_the_system(void **state)
{
	static const char alphabet[] = "01a:::f:.2::";
	struct random random;
	unsigned accepted = 0;

	(void)state;
	random_seed(&random, 8);
	for (int i = 0; i < 400000; i++) {
		size_t n = random_below(&random, 20);
		struct netaddr addr;
		char text[24] = "";
		uint8_t ip[16];
		bool theirs;

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
		theirs = inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1;
		assert_int_equal(netaddr_parse_ip(slice_of(text), &addr) == 0, theirs);
		if (theirs && addr.family == 6)
			assert_memory_equal(addr.ip, ip, 16);
		accepted += theirs;
	}
	assert_true(accepted > 1000);
}

/* Written and read again it is the same, and the system writes the same groups. */
static void test_round_trip(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 9);
	for (int i = 0; i < 20000; i++) {
		struct netaddr addr = {.family = 6}, again;
		char storage[NETADDR_TEXT_MAX], theirs[INET6_ADDRSTRLEN + 2] = "[";
		struct buf b = buf_over(storage, sizeof(storage));

		addr.ip[0] = 0x20;
		for (int k = 1; k < 8; k++) {
			if (random_below(&random, 2))
				random_bytes(&random, addr.ip + 2 * k, 2);
		}
		netaddr_put_host(&b, &addr);
		assert_non_null(inet_ntop(AF_INET6, addr.ip, theirs + 1, INET6_ADDRSTRLEN));
		strcat(theirs, "]");
		assert_string_equal(buf_text(&b), theirs);
		assert_int_equal(netaddr_parse(buf_slice(&b), &again), 0);
		assert_true(netaddr_equal(&addr, &again));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_written),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_compared),
	    cmocka_unit_test(test_like_the_system),
	    cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
