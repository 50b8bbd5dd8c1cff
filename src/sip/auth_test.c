// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges and credentials as servers and phones send them: several in one
 * line, other schemes between them, escapes, folds, parameters missing or twice.
 */
#include "sip/auth.h"

#include "test/kit/unit.h"

#define assert_slice(slice, text) assert_true(slice_equal((slice), SLICE(text)))

static void test_challenge(void **state)
{
	struct slice rest =
	    SLICE("Digest realm=\"a \\\"b\\\", c\",\r\n nonce=\"n=,\", QOP=\"foo, auth-int ,auth\""
	          ",algorithm=sha-256,opaque=\"\", stale=TRUE, x=\"y\", userhash=true");
	struct sip_challenge c;

	(void)state;
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_true(c.is_digest && c.stale && c.userhash);
	assert_slice(c.realm, "a \\\"b\\\", c");
	assert_slice(c.nonce, "n=,");
	assert_slice(c.algorithm_name, "sha-256");
	assert_int_equal(c.algorithm, SIP_DIGEST_SHA256);
	assert_true(c.has_opaque && c.opaque.n == 0);
	assert_true(c.has_qop && c.qop_auth && c.qop_auth_int);
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 0);
}

static void test_least_challenge(void **state)
{
	struct slice rest = SLICE("digest realm=r,nonce=n");
	struct sip_challenge c;

	(void)state;
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_slice(c.realm, "r");
	assert_slice(c.nonce, "n");
	assert_int_equal(c.algorithm, SIP_DIGEST_MD5);
	assert_false(c.stale || c.has_opaque || c.has_qop || c.qop_auth || c.userhash);
	rest = SLICE("Digest realm=r,nonce=n,algorithm=MD17,qop=x");
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
	assert_int_equal(c.algorithm, SIP_DIGEST_UNKNOWN);
	assert_true(c.has_qop && !c.qop_auth && !c.qop_auth_int);
}

static void test_several_challenges(void **state)
{
	struct slice rest = SLICE(
	    "Negotiate ab/c+==, Digest realm=\"1\", nonce=\"n\", algorithm=SHA-256, NTLM, "
	    "Basic realm=\"x\", charset=\"UTF-8\",, Digest realm=\"2\", nonce=\"m\", qop=auth");
	static const char *const realms[] = {NULL, "1", NULL, NULL, "2"};
	struct sip_challenge c;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
		assert_int_equal(c.is_digest, realms[i] != NULL);
		assert_true(slice_equal(c.realm, slice_of(realms[i])));
	}
	assert_true(c.qop_auth);
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 0);
}

/* Forms seen in the field, each of them meant as realm r, nonce n. */
static void test_odd_challenges(void **state)
{
	static const struct {
		const char *text;
		bool has_qop, auth, auth_int;
	} rows[] = {
	    {"Digest realm=\"r\", nonce=\"n\", qop=\"\", algorithm=SHA-256", false, false, false},
	    {"Digest realm=\"r\", nonce=\"n\", qop=\" , \", algorithm=SHA-256", false, false,
	        false},
	    {"Digest realm=\"r\", nonce=\"n\", qop=, algorithm=SHA-256", false, false, false},
	    {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf,auth\", algorithm=SHA-256", true,
	        true, false},
	    {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\", algorithm=SHA-256", true, false,
	        false},
	    {"Digest realm=\"r\", nonce=\"n\", qop=auth,auth-int, algorithm=SHA-256", true, true,
	        true},
	    {"Digest qop=auth-int , auth,,realm=r,nonce=n,algorithm=\"SHA-256\"", true, true, true},
	    {"Digest algorithm=SHA-256, realm=r, nonce=n, qop=auth,auth-int", true, true, true},
	    {"Digest realm=\"r\", nonce=\"n\", realm=\"s\", nonce=\"m\", algorithm=SHA-256,"
	     " algorithm=MD5, qop=\"auth\", qop=\"auth-int\"",
	        true, true, false},
	    {",, Digest ,realm=\"r\",, ,nonce=\"n\", , algorithm=SHA-256,,", false, false, false},
	    /* sofia-sip's auth_module */
	    {"Digest realm=\"r\", nonce=\"n\", uri=\"\", stale=false, algorithm=SHA-256", false,
	        false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice rest = slice_of(rows[i].text);
		struct sip_challenge c;

		assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
		assert_slice(c.realm, "r");
		assert_slice(c.nonce, "n");
		assert_int_equal(c.algorithm, SIP_DIGEST_SHA256);
		assert_int_equal(c.has_qop, rows[i].has_qop);
		assert_int_equal(c.qop_auth, rows[i].auth);
		assert_int_equal(c.qop_auth_int, rows[i].auth_int);
		assert_int_equal(sip_challenge_next(&rest, &c, NULL), 0);
	}
}

/* An unquoted list ends where another challenge begins. */
static void test_list_before_a_challenge(void **state)
{
	struct slice rest = SLICE("Digest realm=\"1\", nonce=\"n\", qop=auth, Basic realm=\"x\", "
	                          "Digest realm=\"2\", nonce=\"m\", qop=auth, Negotiate ab==");
	struct sip_challenge c;

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sip_challenge_next(&rest, &c, NULL), 1);
		assert_int_equal(c.is_digest, i % 2 == 0);
		assert_int_equal(c.qop_auth, i % 2 == 0);
	}
	assert_int_equal(sip_challenge_next(&rest, &c, NULL), 0);
}

static void test_malformed_challenges(void **state)
{
	static const char *const bad[] = {"Digest", "Digest nonce=\"n\"", "Digest realm=\"r\"",
	    "Digest realm=\"r", "Digest realm=\"r\" nonce=\"n\"",
	    "Digest realm=\"r\",realm,nonce=\"n\"", "=x", "Digest realm=\"r\\",
	    "Digest realm=\"\r\nX: y\", nonce=\"n\"", "Basic realm=\"x"};
	struct sip_challenge c;
	struct sip_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice rest = slice_of(bad[i]);

		assert_int_equal(sip_challenge_next(&rest, &c, &error), ERR_SYNTAX);
		assert_int_equal(strncmp(error.what, "challenge: ", 11), 0);
		assert_int_equal(sip_challenge_next(&rest, &c, NULL), 0);
	}
}

static void test_credentials(void **state)
{
	struct sip_credentials c;

	(void)state;
	assert_int_equal(
	    sip_credentials_parse(
	        SLICE("Digest username=\"a\\\"b\", realm=\"r\", nonce=\"n\", uri=\"sip:h\",\r\n"
	              " response=\"ff\", cnonce=\"c\", nc=0000aBcD, qop=auth-int, opaque=\"o\", "
	              "algorithm=MD5-sess, new=\"thing\""),
	        &c, NULL),
	    0);
	assert_slice(c.username, "a\\\"b");
	assert_slice(c.uri, "sip:h");
	assert_slice(c.response, "ff");
	assert_slice(c.cnonce, "c");
	assert_int_equal(c.nc, 0xabcd);
	assert_int_equal(c.qop, SIP_QOP_AUTH_INT);
	assert_int_equal(c.algorithm, SIP_DIGEST_MD5_SESS);
	assert_true(c.has_opaque);
	assert_int_equal(
	    sip_credentials_parse(
	        SLICE("Digest username=u,realm=r,nonce=n,uri=sip:h,response=f"), &c, NULL),
	    0);
	assert_int_equal(c.qop, SIP_QOP_NONE);
	assert_int_equal(c.algorithm, SIP_DIGEST_MD5);
	assert_false(c.has_opaque);
}

#define LEAST "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"h\",response=\"f\""

static void test_malformed_credentials(void **state)
{
	static const char *const bad[] = {"Digest", "Digest username=\"u\"",
	    "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"h\"", LEAST ",response=\"g\"",
	    LEAST " x", LEAST ", Basic", LEAST ",qop=auth", LEAST ",qop=auth,cnonce=\"c\"",
	    LEAST ",qop=auth,cnonce=\"c\",nc=xyz", LEAST ",qop=auth,cnonce=\"c\",nc=000000001",
	    LEAST ",qop=auth,nc=1", LEAST ",qop=other,cnonce=\"c\",nc=1", LEAST ",x=\""};
	struct sip_credentials c;
	struct sip_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sip_credentials_parse(slice_of(bad[i]), &c, &error), ERR_SYNTAX);
		assert_int_equal(strncmp(error.what, "credentials: ", 13), 0);
	}
	assert_int_equal(sip_credentials_parse(SLICE(LEAST), &c, NULL), 0);
	assert_int_equal(sip_credentials_parse(SLICE("Basic abc="), &c, NULL), ERR_UNSUPPORTED);
	assert_int_equal(sip_credentials_parse(SLICE(""), &c, NULL), ERR_UNSUPPORTED);
}

static void test_put(void **state)
{
	struct sip_credentials c = {
	    .username = SLICE("1001"),
	    .realm = SLICE("a \\\"b\\\""),
	    .nonce = SLICE("n"),
	    .uri = SLICE("sip:h"),
	    .response = SLICE("ff"),
	};
	char text[512];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	sip_credentials_put(&b, &c);
	assert_slice(buf_slice(&b), "Digest username=\"1001\", realm=\"a \\\"b\\\"\", nonce=\"n\", "
	                            "uri=\"sip:h\", response=\"ff\"");
	c.algorithm_name = SLICE("SHA-256");
	c.qop = SIP_QOP_AUTH;
	c.cnonce = SLICE("c");
	c.nc = 0x1a;
	c.has_opaque = true;
	buf_reset(&b);
	sip_credentials_put(&b, &c);
	assert_slice(buf_slice(&b),
	    "Digest username=\"1001\", realm=\"a \\\"b\\\"\", nonce=\"n\", uri=\"sip:h\", "
	    "response=\"ff\", algorithm=SHA-256, cnonce=\"c\", opaque=\"\", qop=auth, nc=0000001a");
}

static void test_next_nonce(void **state)
{
	struct slice nonce;

	(void)state;
	assert_true(sip_next_nonce(SLICE("qop=auth, NextNonce=\"a,b\", nc=00000001"), &nonce));
	assert_slice(nonce, "a,b");
	assert_false(sip_next_nonce(SLICE("qop=auth"), &nonce));
	assert_false(sip_next_nonce(SLICE(""), &nonce));
	assert_false(sip_next_nonce(SLICE("nextnonce=\"a"), &nonce));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_challenge),
	    cmocka_unit_test(test_least_challenge),
	    cmocka_unit_test(test_several_challenges),
	    cmocka_unit_test(test_odd_challenges),
	    cmocka_unit_test(test_list_before_a_challenge),
	    cmocka_unit_test(test_malformed_challenges),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_malformed_credentials),
	    cmocka_unit_test(test_put),
	    cmocka_unit_test(test_next_nonce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
