// SPDX-License-Identifier: Apache-2.0
/*
 * URIs: their parts, what is refused and where, and the pairs of
 * RFC 3261 19.1.4 with others of the same kinds.
 */
#include "sip/uri.h"

#include "test/kit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static void test_all_parts(void **state)
{
	struct sip_uri u;

	(void)state;
	assert_int_equal(
	    sip_uri_parse(SLICE("SIPS:al%20ice;x=1?:p%3aw@Example.COM:5071;lr;transport=tls?"
	                        "Subject=a%20b&To=c"),
	        &u, NULL),
	    0);
	assert_int_equal(u.scheme, SIP_SCHEME_SIPS);
	assert_slice(u.scheme_name, "SIPS");
	assert_slice(u.user, "al%20ice;x=1?");
	assert_slice(u.password, "p%3aw");
	assert_slice(u.host, "Example.COM");
	assert_int_equal(u.port, 5071);
	assert_slice(u.params, ";lr;transport=tls");
	assert_slice(u.headers, "Subject=a%20b&To=c");
	assert_int_equal(sip_uri_transport(&u), SIP_TLS);
}

static void test_few_parts(void **state)
{
	struct sip_uri u;

	(void)state;
	assert_int_equal(sip_uri_parse(SLICE("sip:h"), &u, NULL), 0);
	assert_slice(u.host, "h");
	assert_true(!u.user.n && !u.password.n && !u.port && !u.params.n && !u.headers.n);
	assert_int_equal(sip_uri_transport(&u), SIP_TRANSPORT_NONE);
	assert_int_equal(sip_uri_parse(SLICE("sip:h?a=b"), &u, NULL), 0);
	assert_slice(u.headers, "a=b");
	assert_int_equal(sip_uri_parse(SLICE("sip:*31#@h;transport=ws"), &u, NULL), 0);
	assert_slice(u.user, "*31#");
	assert_int_equal(sip_uri_transport(&u), SIP_TRANSPORT_OTHER);
}

static void test_ipv6(void **state)
{
	struct sip_uri u;

	(void)state;
	assert_int_equal(sip_uri_parse(SLICE("sip:a@[2001:db8::1]:5062;lr"), &u, NULL), 0);
	assert_slice(u.host, "[2001:db8::1]");
	assert_int_equal(u.port, 5062);
	assert_int_equal(sip_uri_parse(SLICE("sip:[::1]"), &u, NULL), 0);
	assert_int_equal(sip_uri_parse(SLICE("sip:[::1"), &u, NULL), ERR_SYNTAX);
	assert_int_equal(sip_uri_parse(SLICE("sip:[::g]"), &u, NULL), ERR_SYNTAX);
	assert_int_equal(sip_uri_parse(SLICE("sip:[::1]x"), &u, NULL), ERR_SYNTAX);
	assert_int_equal(sip_uri_parse(SLICE("sip:::1"), &u, NULL), ERR_SYNTAX);
}

static void test_other_schemes(void **state)
{
	struct sip_uri u;

	(void)state;
	assert_int_equal(sip_uri_parse(SLICE("tel:+49-30;phone-context=x"), &u, NULL), 0);
	assert_int_equal(u.scheme, SIP_SCHEME_TEL);
	assert_slice(u.host, "+49-30;phone-context=x");
	assert_int_equal(sip_uri_parse(SLICE("urn:service:sos"), &u, NULL), 0);
	assert_int_equal(u.scheme, SIP_SCHEME_OTHER);
	assert_true(sip_uri_equal_text(SLICE("urn:a"), SLICE("urn:a")));
	assert_false(sip_uri_equal_text(SLICE("urn:a"), SLICE("urn:A")));
	assert_false(sip_uri_equal_text(SLICE("urn:a"), SLICE("tel:a")));
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
	} bad[] = {
	    {"", 0},
	    {"sip", 3},
	    {":h", 0},
	    {"sip:", 4},
	    {"sip:@h", 4},
	    {"sip:a@", 6},
	    {"sip:a@b@c", 7},
	    {"sip:a b@c", 5},
	    {"sip:a%4@c", 5},
	    {"sip:a%zz@c", 5},
	    {"sip:a%", 5},
	    {"sip:h:", 6},
	    {"sip:h:5x", 7},
	    {"sip:h;a=%1", 8},
	    {"sip:h;a b", 7},
	    {"sip:h;a,b", 5},
	    {"sip:h;=b", 6},
	    {"sip:h?a=b>", 9},
	    {"sip:h\r\nX: y", 5},
	    {"sip:h<", 5},
	    {"tel:1 2", 5},
	    {"tel:", 4},
	};
	struct sip_error error;
	struct sip_uri u;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(sip_uri_parse(slice_of(bad[i].text), &u, &error), ERR_SYNTAX);
		assert_int_equal(error.offset, bad[i].offset);
		assert_int_equal(strncmp(error.what, "URI: ", 5), 0);
	}
	assert_int_equal(sip_uri_parse(SLICE("sip:h:0"), &u, NULL), ERR_RANGE);
	assert_int_equal(sip_uri_parse(SLICE("sip:h:65536"), &u, NULL), ERR_RANGE);
	assert_int_equal(sip_uri_parse(SLICE("sip:h:65535"), &u, NULL), 0);
}

static void test_parts_are_capped(void **state)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));
	struct sip_uri u;

	(void)state;
	buf_puts(&b, "sip:h");
	for (int i = 0; i < 32; i++)
		buf_puts(&b, ";p");
	assert_int_equal(sip_uri_parse(buf_slice(&b), &u, NULL), 0);
	buf_puts(&b, ";p");
	assert_int_equal(sip_uri_parse(buf_slice(&b), &u, NULL), ERR_LIMIT);
}

/* The first six are those that RFC 3261 19.1.4 gives. */
static void test_equal(void **state)
{
	static const char *const pairs[][2] = {
	    {"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"},
	    {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
	    {"sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
	    {"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"},
	    {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
	        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
	    {"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	        "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
	    {"sip:a@h;x=%41", "sip:a@h;X=a"},
	    {"SIP:a@h", "sip:a@H"},
	    {"sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0::1]"},
	    {"sip:a:pw@h", "sip:a:%70w@h"},
	    {"sip:a@h;lr;", "sip:a@h;;lr"},
	    {"sip:a@h;x=1;x=2", "sip:a@h;x=1;x=2"},
	    {"sip:a@h?x=1&x=2", "sip:a@h?x=2&x=1"},
	    {"sip:%2B49@h", "sip:+49@h"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		assert_true(sip_uri_equal_text(slice_of(pairs[i][0]), slice_of(pairs[i][1])));
		assert_true(sip_uri_equal_text(slice_of(pairs[i][1]), slice_of(pairs[i][0])));
	}
}

/* The first seven are those that RFC 3261 19.1.4 gives. */
static void test_not_equal(void **state)
{
	static const char *const pairs[][2] = {
	    {"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
	    {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
	    {"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
	    {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
	    {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
	    {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
	    {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"},
	    {"sip:a@h", "sips:a@h"},
	    {"sip:a@h", "sip:h"},
	    {"sip:a@h", "sip:a:b@h"},
	    {"sip:a@h", "sip:a@h;maddr=x"},
	    {"sip:a@h", "sip:a@h;user=phone"},
	    {"sip:a@h", "sip:a@h;ttl=1"},
	    {"sip:a@h", "sip:a@h;method=INVITE"},
	    {"sip:a@h;lr", "sip:a@h;lr=on"},
	    {"sip:a@h?x=1&x=1", "sip:a@h?x=1"},
	    {"sip:a@[::1]", "sip:a@[::2]"},
	    {"sip:a@h", "sip:a@h@"},
	    {"sip:", "sip:"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		assert_false(sip_uri_equal_text(slice_of(pairs[i][0]), slice_of(pairs[i][1])));
		assert_false(sip_uri_equal_text(slice_of(pairs[i][1]), slice_of(pairs[i][0])));
	}
}

static void test_user(void **state)
{
	static const char all[] = "a-_.!~*'()&=+$,;?/";
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	assert_true(sip_user_equal(SLICE("%61%00"), SLICE("a%00")));
	assert_false(sip_user_equal(SLICE("a"), SLICE("A")));
	assert_false(sip_user_equal(SLICE("a"), SLICE("ab")));
	assert_false(sip_user_equal(SLICE("%4"), SLICE("%41")));
	sip_put_user(&b, slice_of(all));
	assert_true(slice_equal(buf_slice(&b), slice_of(all)));
	buf_reset(&b);
	sip_put_user(&b, SLICE("a@b:c%#\xc3\xa9 \n"));
	assert_slice(buf_slice(&b), "a%40b%3Ac%25%23%C3%A9%20%0A");
}

static void test_transport_names(void **state)
{
	(void)state;
	assert_int_equal(sip_transport_find(SLICE("udp")), SIP_UDP);
	assert_int_equal(sip_transport_find(SLICE("Tcp")), SIP_TCP);
	assert_int_equal(sip_transport_find(SLICE("TLS")), SIP_TLS);
	assert_int_equal(sip_transport_find(SLICE("TLS-SCTP")), SIP_TRANSPORT_OTHER);
	assert_int_equal(sip_transport_find(SLICE("")), SIP_TRANSPORT_OTHER);
	assert_string_equal(sip_transport_name(SIP_TLS), "TLS");
	assert_string_equal(sip_transport_name(SIP_TRANSPORT_OTHER), "");
	assert_string_equal(sip_transport_name(SIP_TRANSPORT_NONE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_parts),
	    cmocka_unit_test(test_few_parts),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_other_schemes),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_parts_are_capped),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_not_equal),
	    cmocka_unit_test(test_user),
	    cmocka_unit_test(test_transport_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
