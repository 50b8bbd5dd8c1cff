// SPDX-License-Identifier: Apache-2.0
/*
 * What may be shown of a message, and what may not.
 */
#include "trace/mask.h"

#include "test/kit/unit.h"

static char storage[2048];

static const char *masked(const char *message)
{
	struct buf b = buf_over(storage, sizeof(storage) - 1);

	mask_put(&b, slice_of(message));
	assert_false(b.full);
	storage[b.n] = '\0';
	return storage;
}

static void digest_credentials_lose_their_response(void **state)
{
	(void)state;
	assert_string_equal(
	    masked(
	        "REGISTER sip:h SIP/2.0\r\nAuthorization: Digest username=\"u\", realm=\"a\\\"b\","
	        " nonce=\"n\", uri=\"sip:h\", response=\"6629fae4\", algorithm=MD5, nc=00000001,"
	        " cnonce=\"c\", qop=auth\r\nExpires: 5\r\n\r\n"),
	    "REGISTER sip:h SIP/2.0\r\nAuthorization: Digest username=\"u\", realm=\"a\\\"b\","
	    " nonce=\"n\", uri=\"sip:h\", response=***, algorithm=MD5, nc=00000001,"
	    " cnonce=\"c\", qop=auth\r\nExpires: 5\r\n\r\n");
	assert_string_equal(masked("x\r\nproxy-authorization:digest RESPONSE=abc,nc=1\r\n\r\n"),
	    "x\r\nproxy-authorization:digest RESPONSE=***,nc=1\r\n\r\n");
}

static void folds_and_strange_writing_do_not_help(void **state)
{
	(void)state;
	assert_string_equal(
	    masked("x\r\nAuthorization: Digest nc=1,\r\n response\r\n =\r\n\t\"s3\"\r\n\r\n"),
	    "x\r\nAuthorization: Digest nc=1,\r\n response\r\n =\r\n\t***\r\n\r\n");
}

static void what_is_not_known_is_masked(void **state)
{
	(void)state;
	assert_string_equal(
	    masked(
	        "x\r\nAuthorization: Digest password=\"s3\", s3, nc=1 s3, nonce=\"n\"s3\r\n\r\n"),
	    "x\r\nAuthorization: Digest ***=***, ***, nc=1***, nonce=\"n\"***\r\n\r\n");
	assert_string_equal(masked("x\r\nAuthorization: Digest response=\"s3 with no end\r\n"),
	    "x\r\nAuthorization: Digest response=***");
}

static void other_schemes_show_their_name_alone(void **state)
{
	(void)state;
	assert_string_equal(masked("x\r\nAuthorization: Basic dTpw\r\n\r\n"),
	    "x\r\nAuthorization: Basic ***\r\n\r\n");
	assert_string_equal(
	    masked("x\r\nAuthorization: dTpw\r\n\r\n"), "x\r\nAuthorization:  ***\r\n\r\n");
}

static void the_answer_to_a_digest_is_a_secret_too(void **state)
{
	(void)state;
	assert_string_equal(
	    masked("x\r\nAuthentication-Info: rspauth=\"s3\", nextnonce=\"n\"\r\n\r\n"),
	    "x\r\nAuthentication-Info: rspauth=***, nextnonce=\"n\"\r\n\r\n");
}

static void uris_lose_their_password(void **state)
{
	(void)state;
	assert_string_equal(masked("INVITE sip:u:s3@h:5060 SIP/2.0\r\n"
	                           "Contact: <SIPS:v:s3;x@h>, <sip:h:5060>, <sip:w@h:1>\r\n\r\n"),
	    "INVITE sip:u:***@h:5060 SIP/2.0\r\n"
	    "Contact: <SIPS:v:***@h>, <sip:h:5060>, <sip:w@h:1>\r\n\r\n");
}

static void everything_else_stays(void **state)
{
	static const char text[] =
	    "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", "
	    "nonce=\"n\"\r\nX-Response: response=\"1\"\r\n\r\nresponse=\"body\"";

	(void)state;
	assert_string_equal(masked(text), text);
	assert_string_equal(masked(""), "");
}

static void is_cut_where_the_buffer_ends(void **state)
{
	struct buf b = buf_over(storage, 12);

	(void)state;
	mask_put(&b, SLICE("REGISTER sip:h SIP/2.0\r\nA: b\r\n\r\n"));
	assert_false(b.full);
	assert_true(slice_equal(buf_slice(&b), SLICE("REGISTER sip")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digest_credentials_lose_their_response),
	    cmocka_unit_test(folds_and_strange_writing_do_not_help),
	    cmocka_unit_test(what_is_not_known_is_masked),
	    cmocka_unit_test(other_schemes_show_their_name_alone),
	    cmocka_unit_test(the_answer_to_a_digest_is_a_secret_too),
	    cmocka_unit_test(uris_lose_their_password),
	    cmocka_unit_test(everything_else_stays),
	    cmocka_unit_test(is_cut_where_the_buffer_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
