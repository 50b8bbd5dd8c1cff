// SPDX-License-Identifier: Apache-2.0
/*
 * Challenges as upstreams send them: what is answered, what is given up, and
 * how nonces are counted.
 */
#include "upstream/auth.h"

#include "sip/digest.h"
#include "test/kit/unit.h"
#include "upstream/authorization.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS   5
#define TEXT_MAX 32768

static struct auths auths;
static struct random noise;

static int setup(void **state)
{
	(void)state;
	random_seed(&noise, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	auths_clear(&auths);
	return 0;
}

static void read_response(struct sip_message *message, unsigned status, const char *lines)
{
	static char text[TEXT_MAX];
	struct sip_error error;
	int n = snprintf(text, sizeof(text),
	    "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n"
	    "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
	    "CSeq: 1 REGISTER\r\n%sContent-Length: 0\r\n\r\n",
	    status, lines);

	assert_int_equal(sip_message_parse(slice_make(text, (size_t)n), message, &error), 0);
}

static char reason[80 + 1];

static enum auth_verdict challenge_of(
    unsigned status, const struct auth_policy *policy, const char *lines)
{
	struct buf why = buf_over(reason, sizeof(reason) - 1);
	struct sip_message message;
	struct slice realm;
	enum auth_verdict verdict;

	read_response(&message, status, lines);
	verdict = auths_challenged(&auths, &message, policy, &realm, &why);
	reason[why.n] = '\0';
	return verdict;
}

static enum auth_verdict challenge_with(const struct auth_policy *policy, const char *lines)
{
	return challenge_of(strncmp(lines, "Proxy", 5) == 0 ? 407 : 401, policy, lines);
}

static enum auth_verdict challenge(const char *lines)
{
	struct auth_policy any = {.digest_min = 0};

	return challenge_with(&any, lines);
}

static const char *put(void)
{
	static char text[TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);
	struct authorization request = {
	    .username = SLICE("1001"),
	    .password = SLICE("secret"),
	    .uri = SLICE("sip:b"),
	    .method = SIP_REGISTER,
	    .random = &noise,
	};

	authorization_put(&auths, &b, &request);
	assert_false(b.full);
	text[b.n] = '\0';
	return text;
}

static unsigned succeed(const char *lines)
{
	struct sip_message message;

	read_response(&message, 200, lines);
	return auths_succeeded(&auths, &message);
}

#define N(n)     "WWW-Authenticate: Digest realm=\"r\", nonce=\"" n "\", qop=\"auth\"\r\n"
#define STALE(n) "WWW-Authenticate: Digest realm=\"r\", nonce=\"" n "\", stale=true\r\n"
#define SHA(n)   "WWW-Authenticate: Digest realm=\"r\", nonce=\"" n "\", algorithm=SHA-256\r\n"
#define OTHER(n) "WWW-Authenticate: Digest realm=\"r\", nonce=\"" n "\", algorithm=MAGIC-9\r\n"
#define PROXY(n) "Proxy-Authenticate: Digest realm=\"p\", nonce=\"" n "\"\r\n"
#define INFO(n)  "Authentication-Info: nextnonce=\"" n "\"\r\n"

/* One exchange: challenge after challenge, each of them after our answer. */
static const struct exchange_row {
	const char *challenges[ROUNDS];
	const char *verdicts; /* A answer, R rejected, S stale for ever */
} exchanges[] = {
    {{N("1")}, "A"},
    {{N("1"), N("1")}, "AR"},
    {{N("1"), N("2"), N("3")}, "AAR"},
    {{N("1"), STALE("2"), N("3"), N("4")}, "AAAR"},
    {{N("1"), STALE("2"), STALE("3"), STALE("4")}, "AAAS"},
    {{STALE("1"), STALE("2"), STALE("3"), STALE("4")}, "AAAS"},
    {{PROXY("1"), N("1"), N("1")}, "AAR"},
    {{PROXY("1"), N("1"), PROXY("1")}, "AAR"},
    /* several algorithms: the topmost, then once the next */
    {{SHA("1") N("1"), SHA("1") N("1"), SHA("1") N("1")}, "AAR"},
    {{OTHER("1") N("1"), OTHER("1") N("1")}, "AR"},
    {{OTHER("1")}, "R"},
    {{"WWW-Authenticate: Basic realm=\"r\"\r\n"}, "R"},
    {{""}, "R"},
    {{"WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", qop=\"odd\"\r\n"}, "R"},
};

static void answers_as_long_as_it_makes_sense(void **state)
{
	static const char letters[] = {
	    [AUTH_ANSWER] = 'A', [AUTH_REJECTED] = 'R', [AUTH_STALE] = 'S'};

	(void)state;
	for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
		char verdicts[ROUNDS + 1] = "";

		auths_clear(&auths);
		auths_begin(&auths);
		for (int k = 0; k < ROUNDS && exchanges[i].challenges[k]; k++) {
			verdicts[k] = letters[challenge(exchanges[i].challenges[k])];
			put();
		}
		if (strcmp(verdicts, exchanges[i].verdicts) != 0)
			fail_msg("exchange %zu: %s, not %s", i, verdicts, exchanges[i].verdicts);
	}
}

/* The first challenge of an exchange is one, whatever was kept from the last. */
static void a_kept_nonce_may_be_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		auths_begin(&auths);
		put();
		assert_int_equal(challenge(N("same")), AUTH_ANSWER);
		put();
		succeed("");
	}
}

static void nc_counts_in_hexadecimal(void **state)
{
	char wanted[16];

	(void)state;
	assert_int_equal(challenge(N("1")), AUTH_ANSWER);
	for (unsigned i = 1; i < 40; i++) {
		snprintf(wanted, sizeof(wanted), "nc=%08x", i);
		assert_non_null(strstr(put(), wanted));
		auths_begin(&auths);
	}
	assert_int_equal(challenge(N("2")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "nc=00000001"));
	authorization_unput(&auths);
	assert_non_null(strstr(put(), "nc=00000001"));
	assert_int_equal(challenge(STALE("3")), AUTH_ANSWER);
	assert_null(strstr(put(), "nc="));
}

#define BARE(algorithm)                                                                            \
	"WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=" algorithm "\r\n"

/* RFC 2617 3.2.2: a challenge without qop gets neither cnonce nor nc, whatever came before. */
static void no_cnonce_without_qop(void **state)
{
	(void)state;
	assert_int_equal(challenge(N("1")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "cnonce="));
	auths_begin(&auths);
	assert_int_equal(challenge(BARE("MD5")), AUTH_ANSWER);
	assert_null(strstr(put(), "cnonce="));
	assert_null(strstr(put(), "nc="));
	auths_clear(&auths);
	assert_int_equal(challenge(BARE("SHA-256-sess")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "cnonce="));
	assert_null(strstr(put(), "nc=0"));
}

static void takes_the_next_nonce(void **state)
{
	const char *line;

	(void)state;
	assert_int_equal(challenge(N("1")), AUTH_ANSWER);
	put();
	succeed(INFO("two"));
	line = put();
	assert_non_null(strstr(line, "nonce=\"two\""));
	assert_non_null(strstr(line, "nc=00000001"));
	assert_non_null(strstr(put(), "nc=00000002"));
}

static void takes_the_next_nonce_beside_a_proxy(void **state)
{
	const char *lines;

	(void)state;
	assert_int_equal(challenge(PROXY("7")), AUTH_ANSWER);
	assert_int_equal(challenge(N("8")), AUTH_ANSWER);
	put();
	succeed(INFO("two"));
	lines = put();
	assert_non_null(strstr(lines, "nonce=\"7\""));
	assert_non_null(strstr(lines, "nonce=\"two\""));
}

static void both_realms_are_answered(void **state)
{
	const char *lines;

	(void)state;
	assert_int_equal(challenge(PROXY("7")), AUTH_ANSWER);
	assert_int_equal(challenge(N("8")), AUTH_ANSWER);
	lines = put();
	assert_non_null(strstr(lines, "Proxy-Authorization: Digest "));
	assert_non_null(strstr(lines, "\r\nAuthorization: Digest "));
	assert_non_null(strstr(lines, "nonce=\"7\""));
	assert_non_null(strstr(lines, "nonce=\"8\""));
}

/* A realm goes back byte for byte, escapes kept. */
static void realms_are_echoed(void **state)
{
	(void)state;
	assert_int_equal(
	    challenge("WWW-Authenticate: Digest realm=\"a \\\"b\\\" \\\\ \xc3\xb3\", nonce=\"1\", "
	              "opaque=\"o\\\"p\"\r\n"),
	    AUTH_ANSWER);
	assert_non_null(strstr(put(), "realm=\"a \\\"b\\\" \\\\ \xc3\xb3\""));
	assert_non_null(strstr(put(), "opaque=\"o\\\"p\""));
}

static void nothing_weaker_than_what_is_accepted(void **state)
{
	unsigned md5 = sip_digest_strength(SIP_DIGEST_MD5);
	struct auth_policy strong = {.digest_min = sip_digest_strength(SIP_DIGEST_SHA256)};

	(void)state;
	assert_int_equal(succeed(""), 0);
	assert_int_equal(challenge_with(&strong, N("1")), AUTH_REJECTED);
	assert_int_equal(challenge_with(&strong, N("1") SHA("1")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "algorithm=SHA-256"));
	assert_int_equal(succeed(""), strong.digest_min);
	auths_begin(&auths);
	assert_int_equal(challenge_with(&strong, N("2")), AUTH_REJECTED);
	assert_int_equal(challenge_with(&strong, SHA("2")), AUTH_ANSWER);
	/* A proxy that can no better must not lock the registrar out next time, nor itself. */
	assert_int_equal(challenge(PROXY("1")), AUTH_ANSWER);
	assert_int_equal(succeed(""), md5);
}

/* After a redirect credentials go to nobody new. */
static void only_realms_that_are_known(void **state)
{
	struct auth_policy known = {.only_known = true, .known = {SLICE("r"), SLICE("x")}};

	(void)state;
	assert_int_equal(challenge_with(&known, PROXY("1")), AUTH_REJECTED);
	assert_int_equal(challenge_with(&known, N("1")), AUTH_ANSWER);
}

/* Before any realm was seen, an empty one is not that. */
static void an_empty_realm_is_not_known(void **state)
{
	struct auth_policy known = {.only_known = true, .known = {{NULL, 0}, SLICE("x")}};

	(void)state;
	assert_int_equal(
	    challenge_with(&known, "WWW-Authenticate: Digest realm=\"\", nonce=\"1\"\r\n"),
	    AUTH_REJECTED);
}

#define REALM(r, n) "WWW-Authenticate: Digest realm=\"" r "\", nonce=\"" n "\"\r\n"
#define REALM_STALE(r, n)                                                                          \
	"WWW-Authenticate: Digest realm=\"" r "\", nonce=\"" n "\", stale=true\r\n"

/* Front ends with realms of their own read the first line only. */
static void only_realms_that_were_asked_for(void **state)
{
	static const char *const others[] = {REALM("two", "2"), REALM_STALE("two", "2")};

	(void)state;
	for (int i = 0; i < 2; i++) {
		auths_clear(&auths);
		assert_int_equal(challenge(REALM("one", "1")), AUTH_ANSWER);
		put();
		succeed("");
		auths_begin(&auths);
		assert_non_null(strstr(put(), "realm=\"one\""));
		assert_int_equal(challenge(others[i]), AUTH_ANSWER);
		assert_null(strstr(put(), "realm=\"one\""));
		assert_non_null(strstr(put(), "realm=\"two\""));
		succeed("");
		auths_begin(&auths);
		assert_null(strstr(put(), "realm=\"one\""));
	}
}

/* One exchange that goes through two front ends: both are asked for, the newest goes first. */
static void the_newest_realm_goes_first(void **state)
{
	const char *lines;

	(void)state;
	assert_int_equal(challenge(REALM("one", "1")), AUTH_ANSWER);
	assert_int_equal(challenge(REALM("two", "2")), AUTH_ANSWER);
	lines = put();
	assert_true(strstr(lines, "realm=\"two\"") < strstr(lines, "realm=\"one\""));
	assert_non_null(strstr(lines, "realm=\"one\""));
	assert_int_equal(challenge(REALM("three", "3")), AUTH_REJECTED);
	assert_string_equal(reason, "too many realms");
}

/* What a proxy asked for stays while the registrar asks anew, and the other way round. */
static void the_other_kind_stays(void **state)
{
	(void)state;
	assert_int_equal(challenge(PROXY("7")), AUTH_ANSWER);
	assert_int_equal(challenge(N("8")), AUTH_ANSWER);
	succeed("");
	auths_begin(&auths);
	assert_int_equal(challenge(PROXY("9")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "nonce=\"8\""));
	assert_non_null(strstr(put(), "nonce=\"9\""));
}

/* A 403 to a digest: another algorithm that was offered is asked for, once. */
static void falls_back_once(void **state)
{
	(void)state;
	assert_int_equal(challenge(SHA("1") N("1")), AUTH_ANSWER);
	put();
	assert_true(auths_fall_back(&auths));
	assert_string_equal(put(), "");
	assert_false(auths_are_known(&auths));
	assert_true(auths_were_asked(&auths));
	/* The same nonces: it is a first answer all the same. */
	assert_int_equal(challenge(SHA("1") N("1")), AUTH_ANSWER);
	assert_null(strstr(put(), "SHA-256"));
	assert_false(auths_fall_back(&auths));
	/* What succeeded is not given up for what was refused. */
	succeed("");
	auths_begin(&auths);
	assert_int_equal(challenge(SHA("2") N("2")), AUTH_ANSWER);
	assert_null(strstr(put(), "SHA-256"));
}

static void falls_back_within_digest_min(void **state)
{
	struct auth_policy strong = {.digest_min = sip_digest_strength(SIP_DIGEST_SHA256)};

	(void)state;
	assert_int_equal(challenge_with(&strong, SHA("1") N("1")), AUTH_ANSWER);
	assert_false(auths_fall_back(&auths));
	auths_clear(&auths);
	assert_int_equal(challenge(SHA("1")), AUTH_ANSWER);
	assert_false(auths_fall_back(&auths));
}

/* The header says how a challenge is answered, not the status. */
static void headers_may_be_crossed(void **state)
{
	struct auth_policy any = {.digest_min = 0};

	(void)state;
	assert_int_equal(challenge_of(407, &any, N("1")), AUTH_ANSWER);
	assert_int_equal(strncmp(put(), "Authorization: ", 15), 0);
	auths_clear(&auths);
	assert_int_equal(challenge_of(401, &any, PROXY("1")), AUTH_ANSWER);
	assert_int_equal(strncmp(put(), "Proxy-Authorization: ", 21), 0);
}

static void what_cannot_be_answered_is_named(void **state)
{
	struct auth_policy configured = {.digest_min = 2, .digest_configured = 2};
	struct auth_policy proven = {.digest_min = 2, .digest_configured = 1};
	struct auth_policy known = {.only_known = true, .known = {SLICE("r"), SLICE("x")}};
	const struct {
		const struct auth_policy *policy;
		const char *lines, *reason;
	} rows[] = {
	    {&configured, "", "no challenge"},
	    {&configured, "WWW-Authenticate: Digest realm=\"r\r\n", "challenge cannot be read"},
	    {&configured, "WWW-Authenticate: Basic realm=\"r\"\r\n",
	        "no digest challenge, only other schemes"},
	    {&configured, OTHER("1"), "unknown digest algorithm: MAGIC-9"},
	    {&configured, "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", qop=\"odd,new\"\r\n",
	        "unknown qop: odd,new"},
	    {&configured, "WWW-Authenticate: Digest realm=\"r\", nonce=\"\"\r\n",
	        "challenge with an empty nonce"},
	    {&configured, OTHER("1") N("1"), "weaker than digest_min: MD5 is offered, not SHA-256"},
	    {&proven, N("1") OTHER("1"),
	        "weaker than what worked before: MD5 is offered, not SHA-256"},
	    {&known, PROXY("1"), "redirected to a realm not seen before: p"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(challenge_with(rows[i].policy, rows[i].lines), AUTH_REJECTED);
		assert_string_equal(reason, rows[i].reason);
	}
}

static void wrong_credentials_are_named(void **state)
{
#define INT(n) "WWW-Authenticate: Digest realm=\"r\", nonce=\"" n "\", qop=\"auth-int\"\r\n"
	(void)state;
	for (int i = 0; i < 4; i++)
		challenge(STALE("1"));
	assert_string_equal(reason, "every nonce is called stale, or the password is wrong");
	auths_clear(&auths);
	assert_int_equal(challenge(INT("1")), AUTH_ANSWER);
	assert_non_null(strstr(put(), "qop=auth-int"));
	assert_int_equal(challenge(INT("1")), AUTH_REJECTED);
	assert_string_equal(
	    reason, "wrong credentials, or upstream cannot check the auth-int it demands");
}

/* A nonce and an opaque of 4 KiB each. */
static void long_challenges(void **state)
{
	static char big[4098], lines[TEXT_MAX];

	(void)state;
	memset(big, 'x', 4096);
	snprintf(lines, sizeof(lines),
	    "WWW-Authenticate: Digest realm=\"r\", nonce=\"%s\", opaque=\"%s\"\r\n", big, big);
	assert_int_equal(challenge(lines), AUTH_ANSWER);
	assert_non_null(strstr(put(), big));
	assert_in_range(auths_size(&auths), 8192, 8300);
	big[4096] = 'x';
	snprintf(
	    lines, sizeof(lines), "WWW-Authenticate: Digest realm=\"r\", nonce=\"%s\"\r\n", big);
	assert_int_equal(challenge(lines), AUTH_REJECTED);
	assert_string_equal(reason, "challenge too long");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(answers_as_long_as_it_makes_sense),
	    CASE(a_kept_nonce_may_be_refused),
	    CASE(nc_counts_in_hexadecimal),
	    CASE(no_cnonce_without_qop),
	    CASE(takes_the_next_nonce),
	    CASE(takes_the_next_nonce_beside_a_proxy),
	    CASE(both_realms_are_answered),
	    CASE(realms_are_echoed),
	    CASE(nothing_weaker_than_what_is_accepted),
	    CASE(only_realms_that_are_known),
	    CASE(an_empty_realm_is_not_known),
	    CASE(only_realms_that_were_asked_for),
	    CASE(the_newest_realm_goes_first),
	    CASE(the_other_kind_stays),
	    CASE(falls_back_once),
	    CASE(falls_back_within_digest_min),
	    CASE(headers_may_be_crossed),
	    CASE(what_cannot_be_answered_is_named),
	    CASE(wrong_credentials_are_named),
	    CASE(long_challenges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
