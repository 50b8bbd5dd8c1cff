// SPDX-License-Identifier: Apache-2.0
/*
 * Whole messages in the spirit of RFC 4475. The valid ones use every corner of
 * the grammar and must be understood, value by value. The invalid ones must be
 * refused at the place that is wrong, and not before.
 */
#include "sip/address.h"
#include "sip/auth.h"
#include "sip/build.h"
#include "sip/param.h"

#include "test/kit/unit.h"

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static struct sip_message m;
static struct sip_error error;

static int parse(const char *text)
{
	return sip_message_parse(slice_of(text), &m, &error);
}

static struct slice member(enum sip_header_id id, unsigned nth)
{
	struct sip_list_cursor cursor = {0};
	struct slice text;

	do
		assert_true(sip_message_list(&m, id, &cursor, &text));
	while (nth--);
	return text;
}

static struct sip_address address(enum sip_header_id id, unsigned nth)
{
	struct sip_address parsed;

	assert_int_equal(sip_address_parse(member(id, nth), &parsed, NULL), 0);
	return parsed;
}

static struct sip_via via(unsigned nth)
{
	struct sip_via parsed;

	assert_int_equal(sip_via_parse(member(SIP_VIA, nth), &parsed, NULL), 0);
	return parsed;
}

static struct sip_uri uri(struct slice text)
{
	struct sip_uri parsed;

	assert_int_equal(sip_uri_parse(text, &parsed, NULL), 0);
	return parsed;
}

/* Every legal space, fold, letter case and compact form at once. */
static void test_winding_but_valid(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("INVITE sip:desk.17@Branch.example;fancy=yes SIP/2.0\r\n"
	          "TO :\r\n sip:desk.17@branch.example ;    tag    = 7q&kk\r\n"
	          "fRoM   : \"Back\\\\slash, \\\"and more\\\" \"\r\n"
	          "   <sip:caller@[2001:db8:5::7]>\r\n"
	          "  ;\r\n  tag = 9x\r\n"
	          "mAx-FoRwArDs: 00070\r\n"
	          "CALL-ID: \"odd\"<but>[one]{word}?.=x@[::1]\r\n"
	          "cseq: 000012\r\n \tINVITE\r\n"
	          "v:  SIP  / 2.0  /UDP\r\n    192.0.2.2;branch=old-style , SIP  / 2.0 / TCP\r\n"
	          "  edge.example : 5099 ; branch\r\n  =  z9hG4bKq7;hidden\r\n"
	          "Priority :\r\n"
	          "X-Riddle: ,;\",;=<\r\n"
	          " ) and on (\r\n"
	          "l: 9\r\n"
	          "Route: "
	          "<sip:a.example;lr;one=1;none>,\r\n\t<sips:b,c@d.example>"
	          "\r\n"
	          "Via  : SIP/2.0/TLS [2001:db8::9]:5061 ;branch=z9hG4bKthird\r\n"
	          "m:\"Two, names\" <sip:u@h?X-Y=%20>; newparam; q=0.33\r\n\r\n"
	          "nine byte"),
	    0);
	assert_int_equal(m.method, SIP_INVITE);
	assert_int_equal(m.cseq, 12);
	assert_slice(m.call_id, "\"odd\"<but>[one]{word}?.=x@[::1]");
	assert_slice(m.body, "nine byte");
	assert_slice(
	    sip_address_tag(&(struct sip_address){.params = address(SIP_TO, 0).params}), "7q&kk");
	assert_slice(address(SIP_FROM, 0).uri, "sip:caller@[2001:db8:5::7]");
	assert_slice(uri(address(SIP_FROM, 0).uri).host, "[2001:db8:5::7]");
	assert_slice(via(0).host, "192.0.2.2");
	assert_slice(via(1).branch, "z9hG4bKq7");
	assert_int_equal(via(1).port, 5099);
	assert_int_equal(via(2).transport, SIP_TLS);
	assert_slice(uri(address(SIP_ROUTE, 1).uri).user, "b,c");
	assert_slice(uri(address(SIP_CONTACT, 0).uri).headers, "X-Y=%20");
}

/* A method, a host and a tag made of every character that a token may hold. */
static void test_all_token_characters(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("%T~o'k`+e_*n.!9- "
	          "sip:(a)=b&c$d+e,f;g?h/i!j~k*l'm_n.o-p:q&r=s+t$u,v'(w)@host.example SIP/2.0\r\n"
	          "Via: SIP/2.0/UDP h;branch=z9hG4bK~'`+_*%7e!.-\r\n"
	          "To: \"\\\x07\\\x01 \\\x7f\\a\" <sip:t@h>\r\n"
	          "From: o`n%e t.w~o+*! <sip:f@h>;tag=~.'-`+!%*_1\r\n"
	          "Call-ID: ?}{[]/:<>()~`@'+_*.!-\"\\%%\r\n"
	          "CSeq: 139122385 %T~o'k`+e_*n.!9-\r\n"
	          "~'`X+_*%.!-:"
	          "\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb\r\n\r\n"),
	    0);
	assert_int_equal(m.method, SIP_METHOD_OTHER);
	assert_slice(uri(m.uri).password, "q&r=s+t$u,v'(w)");
	assert_slice(uri(m.uri).host, "host.example");
	assert_slice(via(0).branch, "z9hG4bK~'`+_*%7e!.-");
	assert_slice(address(SIP_FROM, 0).display, "o`n%e t.w~o+*!");
	assert_slice(address(SIP_TO, 0).uri, "sip:t@h");
	assert_int_equal(m.headers[5].id, SIP_HEADER_OTHER);
}

/* Escapes that stand for delimiters must not delimit. */
static void test_escaped_delimiters(void **state)
{
	struct sip_uri u;

	(void)state;
	assert_int_equal(
	    parse("REGISTER sip:%62%6fb%40x;y=%40@example.net SIP/2.0\r\n"
	          "Via: SIP/2.0/TCP h;branch=z9hG4bK\r\n"
	          "To: sip:nil%00nil@example.net\r\nFrom: sip:%00@example.net;tag=%00\r\n"
	          "Call-ID: e\r\nCSeq: 1 REGISTER\r\n"
	          "Contact: <sip:ann%61@h;%6C%72;n%61me=v%61lue%25%34%31>;expires=%30\r\n\r\n"),
	    0);
	u = uri(m.uri);
	assert_slice(u.user, "%62%6fb%40x;y=%40");
	assert_true(sip_user_equal(u.user, SLICE("bob%40x;y=%40")));
	assert_false(sip_user_equal(uri(address(SIP_TO, 0).uri).user, SLICE("nil")));
	assert_true(sip_uri_equal_text(
	    address(SIP_CONTACT, 0).uri, SLICE("sip:anna@h;lr;NAME=vAlue%2541")));
}

/* Two requests in one datagram: the first is the message, the rest is ignored. */
static void test_bytes_behind_the_body(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("REGISTER sip:h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: sip:a;tag=1\r\n"
	          "t: sip:a\r\ni: d1\r\nCSeq: 8 REGISTER\r\nl: 0\r\n\r\n"
	          "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n"),
	    0);
	assert_int_equal(m.method, SIP_REGISTER);
	assert_int_equal(m.header_count, 6);
	assert_int_equal(m.body.n, 0);
}

/* Challenges of all kinds in one response, read in their order. */
static void test_mixed_challenges(void **state)
{
	struct sip_challenge c;
	struct slice rest;

	(void)state;
	assert_int_equal(
	    parse("SIP/2.0 401 \xd0\xa1\xd1\x82\xd0\xbe\xd0\xb9\r\nv: SIP/2.0/UDP "
	          "h;branch=z9hG4bK1\r\nf: "
	          "sip:a;tag=1\r\n"
	          "t: sip:a\r\ni: d1\r\nCSeq: 8 REGISTER\r\n"
	          "WWW-Authenticate: Handshake grip=firm\r\n"
	          "WWW-AUTHENTICATE :Digest\r\n  realm\r\n  = \"\xd0\xbc, \\\"\\\\\"\r\n "
	          ",nonce=\"\",qop=auth\r\n"
	          "www-authenticate: Bearer, Digest nonce=x,realm=y,algorithm=token\r\n\r\n"),
	    0);
	rest = sip_message_header(&m, SIP_WWW_AUTHENTICATE, 0)->value;
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_false(c.is_digest);
	rest = sip_message_header(&m, SIP_WWW_AUTHENTICATE, 1)->value;
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_slice(c.realm, "\xd0\xbc, \\\"\\\\");
	assert_true(c.qop_auth && c.nonce.p && c.nonce.n == 0);
	rest = sip_message_header(&m, SIP_WWW_AUTHENTICATE, 2)->value;
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_false(c.is_digest);
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_true(c.is_digest && c.algorithm == SIP_DIGEST_UNKNOWN);
}

/* Contacts that differ only in whether a parameter belongs to the URI or the header. */
static void test_contacts(void **state)
{
	struct sip_param p;

	(void)state;
	assert_int_equal(
	    parse(
	        "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: sip:a;tag=1\r\nt: "
	        "sip:a\r\n"
	        "i: d1\r\nCSeq: 8 REGISTER\r\n"
	        "m: sip:u@h;expires=1, <sip:u@h;expires=2>, \"<sip:no@h>\"<sip:u@h>;expires=3,\r\n"
	        " Odd.Name <sip:u@h?Route=%3Csip:x%3E> ; q=1 ;expires = \"4\"\r\n\r\n"),
	    0);
	assert_true(sip_param_find(address(SIP_CONTACT, 0).params, "expires", &p));
	assert_slice(p.value, "1");
	assert_false(sip_param_find(address(SIP_CONTACT, 1).params, "expires", &p));
	assert_slice(address(SIP_CONTACT, 2).uri, "sip:u@h");
	assert_true(sip_param_find(address(SIP_CONTACT, 3).params, "expires", &p));
	assert_slice(p.value, "4");
}

/* The parser of the value refuses it; the message as a whole is valid. */
static void test_bad_values_in_good_messages(void **state)
{
	struct sip_address a;
	struct sip_via v;

	(void)state;
	assert_int_equal(
	    parse("OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\r\n"
	          "From: \"Comma, C <sip:a@h>;tag=1\r\nTo: \"\" sip:x\r\nCall-ID: b\r\n"
	          "CSeq: 2 OPTIONS\r\nContact: <sip:user@host>>;q=1\r\nExpires: 0 0l@%%\r\n\r\n"),
	    0);
	assert_int_equal(sip_via_parse(member(SIP_VIA, 0), &v, &error), 0);
	assert_int_equal(sip_via_parse(member(SIP_VIA, 1), &v, &error), ERR_SYNTAX);
	assert_int_equal(sip_address_parse(member(SIP_FROM, 0), &a, &error), ERR_SYNTAX);
	assert_string_equal(error.what, "address: display name does not end");
	assert_int_equal(sip_address_parse(member(SIP_TO, 0), &a, &error), ERR_SYNTAX);
	assert_int_equal(sip_address_parse(member(SIP_CONTACT, 0), &a, &error), ERR_SYNTAX);
	assert_int_equal(error.offset, 15);
}

/* A request that is refused can still be answered: all headers that an answer copies are there. */
static void test_answer_to_a_bad_request(void **state)
{
	static const char wanted[] =
	    "SIP/2.0 400 Content-Length: beyond the end\r\n"
	    "Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.1\r\nFrom: sip:a;tag=1\r\n"
	    "To: sip:a;tag=x\r\nCall-ID: d1\r\nCSeq: 8 INVITE\r\n";
	const struct netaddr source = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060};
	char storage[512];
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	assert_int_equal(
	    parse("INVITE sip:h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nl: 9999\r\n"
	          "f: sip:a;tag=1\r\nt: sip:a\r\ni: d1\r\nCSeq: 8 INVITE\r\n\r\nshort"),
	    ERR_TRUNCATED);
	sip_put_response(&b, &m, &source, 400, slice_of(error.what), SLICE("x"));
	assert_true(slice_equal(buf_slice(&b), slice_of(wanted)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_winding_but_valid),
	    cmocka_unit_test(test_all_token_characters),
	    cmocka_unit_test(test_escaped_delimiters),
	    cmocka_unit_test(test_bytes_behind_the_body),
	    cmocka_unit_test(test_mixed_challenges),
	    cmocka_unit_test(test_contacts),
	    cmocka_unit_test(test_bad_values_in_good_messages),
	    cmocka_unit_test(test_answer_to_a_bad_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
