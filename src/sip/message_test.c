// SPDX-License-Identifier: Apache-2.0
/*
 * Messages in good and bad shape: the values that are read, and for the bad ones
 * the code, the place, and what is in the table all the same. Torture tests are
 * in torture_test.c.
 */
#include "sip/message.h"

#include "test/kit/unit.h"

#include <stdio.h>

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define REQUEST "REGISTER sip:carrier.example SIP/2.0\r\n"
#define VIA     "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
#define FROM    "From: <sip:1001@carrier.example>;tag=f\r\n"
#define TO      "To: <sip:1001@carrier.example>\r\n"
#define CALL_ID "Call-ID: c1\r\n"
#define CSEQ    "CSeq: 7 REGISTER\r\n"
#define ALL     VIA FROM TO CALL_ID CSEQ

static struct sip_message m;
static struct sip_error error;

static int parse(const char *text)
{
	return sip_message_parse(slice_of(text), &m, &error);
}

static void test_request(void **state)
{
	(void)state;
	assert_int_equal(parse("\r\n\r\n\n" REQUEST ALL "Content-Length: 4\r\n\r\nbodytrash"), 0);
	assert_true(m.is_request);
	assert_int_equal(m.method, SIP_REGISTER);
	assert_slice(m.method_name, "REGISTER");
	assert_slice(m.uri, "sip:carrier.example");
	assert_slice(m.call_id, "c1");
	assert_int_equal(m.cseq, 7);
	assert_int_equal(m.cseq_method, SIP_REGISTER);
	assert_slice(m.body, "body");
	assert_int_equal(m.header_count, 6);
	assert_int_equal(m.bytes.p[0], '\r');
}

static void test_response(void **state)
{
	(void)state;
	assert_int_equal(parse("sip/2.0 401 Not you, \xc3\xa9\r\n" ALL "\r\nrest"), 0);
	assert_false(m.is_request);
	assert_int_equal(m.status, 401);
	assert_slice(m.reason, "Not you, \xc3\xa9");
	assert_int_equal(m.method, SIP_REGISTER);
	assert_slice(m.method_name, "REGISTER");
	assert_slice(m.body, "rest");
	assert_int_equal(parse("SIP/2.0 200 \r\n" ALL "\r\n"), 0);
	assert_slice(m.reason, "");
	assert_int_equal(parse("SIP/2.0 200\r\n" ALL "\r\n"), 0);
}

static void test_bare_line_feeds(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("OPTIONS sip:h SIP/2.0\nv: a\n b\nf:f\nt: t\ni: i\nCSeq: 1 OPTIONS\n\nx"), 0);
	assert_int_equal(m.header_count, 5);
	assert_slice(m.headers[0].value, "a\n b");
	assert_slice(m.body, "x");
}

static void test_compact_and_folded(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("OPTIONS sip:h SIP/2.0\r\nV \t:\r\n a,\r\n\tb \r\nf:f\r\nt: t\r\ni: i\r\n"
	          "cseq:\r\n 1 \r\n \r\n OPTIONS\r\nl: 0\r\nUnknown_1: \x01 \xff\r\n\r\n"),
	    0);
	assert_slice(sip_message_value(&m, SIP_VIA), "a,\r\n\tb");
	assert_int_equal(m.cseq, 1);
	assert_int_equal(m.headers[6].id, SIP_HEADER_OTHER);
	assert_slice(m.headers[6].name, "Unknown_1");
	assert_slice(m.headers[6].value, "\x01 \xff");
	assert_true(m.body.n == 0);
}

static void test_unknown_method(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("N.e-w sip:h SIP/2.0\r\n" VIA FROM TO CALL_ID "CSeq: 4294967295 N.e-w\r\n\r\n"),
	    0);
	assert_int_equal(m.method, SIP_METHOD_OTHER);
	assert_slice(m.method_name, "N.e-w");
	assert_int_equal(m.cseq, UINT32_MAX);
}

static void test_lookup(void **state)
{
	(void)state;
	assert_int_equal(parse(REQUEST ALL "Contact: a\r\nm: b\r\n\r\n"), 0);
	assert_slice(sip_message_value(&m, SIP_CONTACT), "a");
	assert_slice(sip_message_header(&m, SIP_CONTACT, 1)->value, "b");
	assert_null(sip_message_header(&m, SIP_CONTACT, 2));
	assert_null(sip_message_value(&m, SIP_EXPIRES).p);
}

static void test_list_over_lines(void **state)
{
	static const char text[] =
	    "OPTIONS sip:h SIP/2.0\r\nv: a, b\r\nFrom: f\r\nVia: ,\r\nVIA: c\r\n"
	    "To: t\r\ni: i\r\nCSeq: 1 OPTIONS\r\nv:\r\nv: d\r\n\r\n";
	static const char *const wanted[] = {"a", "b", "c", "d"};
	struct sip_list_cursor cursor = {0};
	struct slice member;

	(void)state;
	assert_int_equal(parse(text), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_true(sip_message_list(&m, SIP_VIA, &cursor, &member));
		assert_true(slice_equal(member, slice_of(wanted[i])));
	}
	assert_false(sip_message_list(&m, SIP_VIA, &cursor, &member));
	cursor = (struct sip_list_cursor){0};
	assert_false(sip_message_list(&m, SIP_ROUTE, &cursor, &member));
}

static void test_top_via(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(REQUEST "Via: ,\r\nv: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKb, x\r\n"
	                  "Via: SIP/2.0/UDP 192.0.2.8\r\n" FROM TO CALL_ID CSEQ "\r\n"),
	    0);
	assert_true(m.has_via);
	assert_slice(m.via.host, "192.0.2.9");
	assert_slice(m.via.branch, "z9hG4bKb");
	/* The topmost cannot be parsed; the one below it is not taken instead. */
	assert_int_equal(parse(REQUEST "Via: x\r\n" VIA FROM TO CALL_ID CSEQ "\r\n"), 0);
	assert_false(m.has_via);
	/* A message with another error can still be answered. */
	assert_int_equal(parse(REQUEST VIA FROM TO CALL_ID "\r\n"), ERR_SYNTAX);
	assert_true(m.has_via);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		int code;
		long offset; /* -1: not checked */
	} bad[] = {
	    {"", ERR_TRUNCATED, 0},
	    {"\r\n\r\n", ERR_TRUNCATED, 4},
	    {"OPTIONS", ERR_TRUNCATED, 0},
	    {"\t\r\n\r\n", ERR_SYNTAX, 1},
	    {"OPTIONS\r\n\r\n", ERR_SYNTAX, 7},
	    {"GET / HTTP/1.1\r\n\r\n", ERR_SYNTAX, 4},
	    {"OPTIONS SIP/2.0\r\n\r\n", ERR_SYNTAX, 7},
	    {"OP(TIONS sip:h SIP/2.0\r\n\r\n", ERR_SYNTAX, 2},
	    {" OPTIONS sip:h SIP/2.0\r\n" ALL "\r\n", ERR_SYNTAX, 0},
	    {"REGISTER  SIP/2.0\r\n" ALL "\r\n", ERR_SYNTAX, 9},
	    {"REGISTER sip:a b SIP/2.0\r\n" ALL "\r\n", ERR_SYNTAX, 14},
	    {"REGISTER <sip:a> SIP/2.0\r\n" ALL "\r\n", ERR_SYNTAX, 9},
	    {"REGISTER sip:a SIP/2.0 \r\n" ALL "\r\n", ERR_SYNTAX, 0},
	    {"REGISTER sip:a SIP/7.0\r\n" ALL "\r\n", ERR_UNSUPPORTED, 15},
	    {"REGISTER sip:a SIP/2.\r\n" ALL "\r\n", ERR_SYNTAX, -1},
	    {"SIP/3.0 200 OK\r\n" ALL "\r\n", ERR_UNSUPPORTED, 0},
	    {"SIP/2.0\r\n" ALL "\r\n", ERR_SYNTAX, 0},
	    {"SIP/2.0 20 OK\r\n" ALL "\r\n", ERR_SYNTAX, 8},
	    {"SIP/2.0 700 OK\r\n" ALL "\r\n", ERR_SYNTAX, 8},
	    {"SIP/2.0 4294967496 OK\r\n" ALL "\r\n", ERR_SYNTAX, 8},
	    {"SIP/2.0 200OK\r\n" ALL "\r\n", ERR_SYNTAX, 8},
	    {REQUEST " " ALL "\r\n", ERR_SYNTAX, 39},
	    {REQUEST "\r\n", ERR_SYNTAX, 40},
	    {REQUEST ALL, ERR_TRUNCATED, -1},
	    {REQUEST ALL "X: y", ERR_TRUNCATED, -1},
	    {REQUEST ALL "X: y\r\n z", ERR_TRUNCATED, -1},
	    {REQUEST "X\r\n" ALL "\r\n", ERR_SYNTAX, 39},
	    {REQUEST ": x\r\n" ALL "\r\n", ERR_SYNTAX, 38},
	    {REQUEST "X y: z\r\n" ALL "\r\n", ERR_SYNTAX, 40},
	    {REQUEST "X\r\n : z\r\n" ALL "\r\n", ERR_SYNTAX, 39},
	    {REQUEST "X: a\rb\r\n" ALL "\r\n", ERR_SYNTAX, 42},
	    {REQUEST "X: a\r\r\n" ALL "\r\n", ERR_SYNTAX, 42},
	    {REQUEST "X: a\r\n \rb\r\n" ALL "\r\n", ERR_SYNTAX, 45},
	    {REQUEST FROM TO CALL_ID CSEQ "\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA TO CALL_ID CSEQ "\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM CALL_ID CSEQ "\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CSEQ "\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "\r\n", ERR_SYNTAX, -1},
	    {REQUEST CALL_ID ALL "\r\n", ERR_SYNTAX, -1},
	    {REQUEST CSEQ ALL "\r\n", ERR_SYNTAX, -1},
	    {REQUEST FROM ALL "\r\n", ERR_SYNTAX, -1},
	    {REQUEST TO ALL "\r\n", ERR_SYNTAX, -1},
	    {REQUEST ALL "l: 0\r\nl: 0\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST ALL "l: -1\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST ALL "l:\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST ALL "l: 1 1\r\n\r\nabc", ERR_SYNTAX, -1},
	    {REQUEST ALL "l: 4\r\n\r\nabc", ERR_TRUNCATED, -1},
	    {REQUEST ALL "l: 18446744073709551616\r\n\r\nabc", ERR_TRUNCATED, -1},
	    {REQUEST VIA FROM TO CSEQ "i:\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CSEQ "i: a b\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CSEQ "i: a\r\n b\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 1 OPTIONS\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 1 register\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 4294967296 REGISTER\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: REGISTER\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 1\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 1REGISTER\r\n\r\n", ERR_SYNTAX, -1},
	    {REQUEST VIA FROM TO CALL_ID "CSeq: 1 REGISTER x\r\n\r\n", ERR_SYNTAX, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		error = (struct sip_error){0};
		if (parse(bad[i].text) != bad[i].code)
			fail_msg("case %zu: not code %d", i, bad[i].code);
		assert_non_null(error.what);
		assert_in_range(error.offset, 0, strlen(bad[i].text));
		if (bad[i].offset >= 0 && error.offset != (size_t)bad[i].offset)
			fail_msg("case %zu: error at %zu", i, error.offset);
		assert_int_not_equal(sip_message_parse(slice_of(bad[i].text), &m, NULL), 0);
	}
}

/* A 400 needs the headers behind the bad line too. */
static void test_table_after_an_error(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(REQUEST VIA "bad line\r\n" FROM TO CALL_ID CSEQ "l: 9\r\n\r\nabc"), ERR_SYNTAX);
	assert_string_equal(error.what, "header line: no name and colon");
	assert_true(m.is_request);
	assert_int_equal(m.header_count, 6);
	assert_slice(m.call_id, "c1");
	assert_int_equal(m.cseq, 7);
	assert_slice(m.body, "abc");
	assert_int_equal(parse("REGISTER sip:h SIP/9.9\r\n" ALL "\r\n"), ERR_UNSUPPORTED);
	assert_true(m.is_request);
	assert_slice(sip_message_value(&m, SIP_VIA), "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa");
}

static void test_header_limit(void **state)
{
	static char text[SIP_MESSAGE_MAX];
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "%s", REQUEST ALL);
	for (int i = 0; i < SIP_HEADERS_MAX - 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "x:\r\n");
	memcpy(text + n, "\r\n", 3);
	assert_int_equal(parse(text), 0);
	assert_int_equal(m.header_count, SIP_HEADERS_MAX);
	memcpy(text + n, "x:\r\n\r\n", 7);
	assert_int_equal(parse(text), ERR_LIMIT);
	assert_int_equal(m.header_count, SIP_HEADERS_MAX);
	assert_int_equal(error.offset, n);
}

static void test_size_limit(void **state)
{
	static char text[SIP_MESSAGE_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, REQUEST ALL "\r\n", sizeof(REQUEST ALL "\r\n") - 1);
	assert_int_equal(sip_message_parse(slice_make(text, SIP_MESSAGE_MAX), &m, &error), 0);
	assert_int_equal(sip_message_parse(slice_make(text, sizeof(text)), &m, &error), ERR_LIMIT);
	assert_int_equal(m.header_count, 0);
}

/* Wherever a message is cut off, nothing behind the end is read (the sanitizers check). */
static void test_every_prefix(void **state)
{
	static const char text[] =
	    REQUEST "Via: a;\r\n b\r\n" FROM TO CALL_ID CSEQ "l: 3\r\n\r\nabc";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy = test_malloc(n ? n : 1);

		memcpy(copy, text, n);
		assert_int_not_equal(sip_message_parse(slice_make(copy, n), &m, &error), 0);
		assert_in_range(error.offset, 0, n);
		test_free(copy);
	}
	assert_int_equal(parse(text), 0);
}

/* Registrars send such bad lines; the response is read all the same. */
static void test_bad_lines_of_a_response(void **state)
{
	static const struct {
		const char *lines;
		unsigned skipped;
		const char *what;
	} bad[] = {
	    {"X-Info this line has no colon\r\n", 1, "header line: no name and colon"},
	    {"X Info: 1\r\n", 1, "header line: no name and colon"},
	    {": 1\r\n folded\r\n", 1, "header line: no name and colon"},
	    {"P-Asserted-Identity: <sip:1001@sw.example\n>\r\n", 1,
	        "header line: no name and colon"},
	    {"X-Info: a\rb\r\n", 1, "CR without LF"},
	    {"X-Info: a\r\n b\r\r\n c\r\n", 1, "CR without LF"},
	    {"l: 0\r\nContent-Length: 0\r\n", 1, "Content-Length stands twice"},
	    {"l: none\r\n", 1, "Content-Length: not a number"},
	    {"a b: c\r\nX: d\re\r\nl: 0\r\nl: 0\r\nl: 0\r\n", 4, "header line: no name and colon"},
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text),
		    "SIP/2.0 200 OK\r\n%s" ALL "Contact: <sip:a@b>;expires=60\r\n\r\n",
		    bad[i].lines);
		assert_int_equal(parse(text), 0);
		assert_int_equal(m.skipped, bad[i].skipped);
		assert_string_equal(m.skipped_what, bad[i].what);
		assert_int_equal(m.cseq, 7);
		assert_true(m.has_via);
		assert_slice(sip_message_value(&m, SIP_CONTACT), "<sip:a@b>;expires=60");
		snprintf(text, sizeof(text), REQUEST "%s" ALL "\r\n", bad[i].lines);
		assert_int_equal(parse(text), ERR_SYNTAX);
		assert_int_equal(m.skipped, 0);
	}
}

static void test_lengths_of_a_response(void **state)
{
	(void)state;
	assert_int_equal(parse("SIP/2.0 200 OK\r\n" ALL "l: 2\r\nl: 2\r\n\r\nabc"), 0);
	assert_slice(m.body, "ab");
	/* Two lengths differ: the body ends with the datagram. */
	assert_int_equal(parse("SIP/2.0 200 OK\r\n" ALL "l: 2\r\nl: 9\r\n\r\nabc"), 0);
	assert_slice(m.body, "abc");
	assert_int_equal(parse("SIP/2.0 200 OK\r\n" ALL "l: -2\r\n\r\nabc"), 0);
	assert_slice(m.body, "abc");
	/* A response that was cut off is an error. */
	assert_int_equal(parse("SIP/2.0 200 OK\r\n" ALL "l: 4\r\n\r\nabc"), ERR_TRUNCATED);
}

/* A response whose transaction is in doubt is an error. */
static void test_unsound_responses(void **state)
{
	static const char *const unsound[] = {
	    VIA FROM TO CALL_ID "CSeq: 7\r REGISTER\r\n",
	    VIA FROM TO "Call ID: c1\r\n" CSEQ,
	    "Via SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n" FROM TO CALL_ID CSEQ,
	    VIA "From: <sip:1001@carrier.example>\r;tag=f\r\n" TO CALL_ID CSEQ,
	    VIA FROM "To <sip:1001@carrier.example>\r\n" CALL_ID CSEQ,
	    ALL CALL_ID,
	    ALL CSEQ,
	    ALL "CSeq: 8 REGISTER\r\n",
	    ALL FROM,
	    ALL TO,
	    VIA FROM TO CALL_ID "CSeq: x REGISTER\r\n",
	    VIA FROM TO "Call-ID: c 1\r\n" CSEQ,
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(unsound); i++) {
		snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s\r\n", unsound[i]);
		assert_int_equal(parse(text), ERR_SYNTAX);
	}
	assert_int_equal(parse("SIP/2.0 200 O\rK\r\n" ALL "\r\n"), ERR_SYNTAX);
	assert_int_equal(parse("SIP/2.0 200 OK\r\n" ALL), ERR_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_response),
	    cmocka_unit_test(test_bare_line_feeds),
	    cmocka_unit_test(test_compact_and_folded),
	    cmocka_unit_test(test_unknown_method),
	    cmocka_unit_test(test_lookup),
	    cmocka_unit_test(test_list_over_lines),
	    cmocka_unit_test(test_top_via),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_table_after_an_error),
	    cmocka_unit_test(test_header_limit),
	    cmocka_unit_test(test_size_limit),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_bad_lines_of_a_response),
	    cmocka_unit_test(test_lengths_of_a_response),
	    cmocka_unit_test(test_unsound_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
