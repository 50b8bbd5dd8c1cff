// SPDX-License-Identifier: Apache-2.0
/*
 * Digest against the vectors of RFC 2617 3.5 and RFC 7616 3.9, the one of
 * SHA-512-256 as erratum 4897 corrects it, and against a table of all
 * algorithms and qops that was computed with Python's hashlib.
 */
#include "sip/digest.h"

#include "test/kit/unit.h"

static void assert_response(const struct sip_digest_input *input, const char *wanted)
{
	char hex[SIP_DIGEST_HEX_MAX];
	size_t n = sip_digest_response(input, hex);

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(hex, wanted, n);
}

static void test_rfc2617(void **state)
{
	struct sip_digest_input in = {
	    .algorithm = SIP_DIGEST_MD5,
	    .username = SLICE("Mufasa"),
	    .realm = SLICE("testrealm@host.com"),
	    .password = SLICE("Circle Of Life"),
	    .nonce = SLICE("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
	    .method = SLICE("GET"),
	    .uri = SLICE("/dir/index.html"),
	};

	(void)state;
	assert_response(&in, "670fd8c2df070c60b045671b8b24ff02");
	in.qop = SIP_QOP_AUTH;
	in.cnonce = SLICE("0a4f113b");
	in.nc = 1;
	assert_response(&in, "6629fae49393a05397450978507c4ef1");
}

static void test_rfc7616_mufasa(void **state)
{
	struct sip_digest_input in = {
	    .algorithm = SIP_DIGEST_MD5,
	    .qop = SIP_QOP_AUTH,
	    .username = SLICE("Mufasa"),
	    .realm = SLICE("http-auth@example.org"),
	    .password = SLICE("Circle of Life"),
	    .nonce = SLICE("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
	    .cnonce = SLICE("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
	    .nc = 1,
	    .method = SLICE("GET"),
	    .uri = SLICE("/dir/index.html"),
	};

	(void)state;
	assert_response(&in, "8ca523f5e9506fed4657c9700eebdbec");
	in.algorithm = SIP_DIGEST_SHA256;
	assert_response(&in, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

static void test_rfc7616_sha512_256(void **state)
{
	const struct sip_digest_input in = {
	    .algorithm = SIP_DIGEST_SHA512_256,
	    .qop = SIP_QOP_AUTH,
	    .username = SLICE("J\xc3\xa4s\xc3\xb8n Doe"),
	    .realm = SLICE("api@example.org"),
	    .password = SLICE("Secret, or not?"),
	    .nonce = SLICE("5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK"),
	    .cnonce = SLICE("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"),
	    .nc = 1,
	    .method = SLICE("GET"),
	    .uri = SLICE("/doe.json"),
	};

	(void)state;
	assert_response(&in, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
}

static void test_every_algorithm_and_qop(void **state)
{
	static const char *const wanted[6][3] = {
	    {"285a2a1507fb2d1141f6ae9f179cde2d", "3edc61c90e081eb88addea989dd7907a",
	        "2b0f8e4b0f952a6405886b3a0ce9886c"},
	    {"cbc2c6272404bbeadf02f3ca0d4283ec", "ae4b0bad1dab68671437e309d539a3d4",
	        "fa7296a1356db994ad6edc56eac5e41a"},
	    {"be216aacd325f9545cebab8d4cce68293b888be960e01f024f1adc57814a7bf8",
	        "5b8a6fb9b6a6c87c481af6112c9da644c7eb429a6f52cc306ebb7a78f69f422b",
	        "3fe61072061f3d5126e23955b5ee4c09fd54be792d2cbe7cd16fbadbaecbf65f"},
	    {"30f9d86ad0e5888c1a519521ab14ae2292d0915b49eb3494d645c2aa65019b89",
	        "772dfde728206a13b53f79f2816ee9a4fce8a095c02df098914b9a5b64f0e328",
	        "0153fc78357205611e184717f4c95096934df4287cdda48c34328c883bfca130"},
	    {"d4dbd3f8ff1a28db7bf58364bd968c4af07c61d7c40df46e9166a97b5d533751",
	        "2c929b3de72fcfeb01fe74b548c808e861ffdfc071fcd89dbbbb706a98d410cb",
	        "6a6b9c71b66749db4b7a5ac347b5793946b3633e513e1405c9dde6db311be2cd"},
	    {"f0e65bf2c1f42939c9ae6b3aec3ece6dee0aee22595d3e8f6505f1ee105e5bef",
	        "cc69898a0d13177c702a432f87d7f8a084fb4241bee9ed45915c51150b001dcb",
	        "15fcbd19e1b7b90a0926ceaadcd0299feb6ab2bdb1b086103e64bbdcba65b677"},
	};
	struct sip_digest_input in = {
	    .username = SLICE("1001"),
	    .realm = SLICE("carrier.example"),
	    .password = SLICE("secret"),
	    .nonce = SLICE("n0nce"),
	    .cnonce = SLICE("c0ffee"),
	    .nc = 0xabcd,
	    .method = SLICE("REGISTER"),
	    .uri = SLICE("sip:carrier.example"),
	    .body = SLICE("v=0\r\n"),
	};

	(void)state;
	for (unsigned a = 0; a < 6; a++) {
		for (unsigned qop = 0; qop < 3; qop++) {
			in.algorithm = (enum sip_digest_algorithm)(SIP_DIGEST_MD5 + a);
			in.qop = (enum sip_digest_qop)qop;
			assert_response(&in, wanted[a][qop]);
		}
	}
}

/* Who keeps no password gets the same. */
static void test_from_ha1(void **state)
{
	const struct sip_digest_input with_password = {
	    .qop = SIP_QOP_AUTH,
	    .username = SLICE("1001"),
	    .realm = SLICE("carrier.example"),
	    .password = SLICE("secret"),
	    .nonce = SLICE("n0nce"),
	    .cnonce = SLICE("c0ffee"),
	    .nc = 1,
	    .method = SLICE("REGISTER"),
	    .uri = SLICE("sip:carrier.example"),
	};

	(void)state;
	for (unsigned a = SIP_DIGEST_MD5; a <= SIP_DIGEST_SHA512_256_SESS; a++) {
		struct sip_digest_input in = with_password, bare = with_password;
		char hex[SIP_DIGEST_HEX_MAX], again[SIP_DIGEST_HEX_MAX];
		uint8_t ha1[SIP_DIGEST_MAX];
		size_t n;

		in.algorithm = bare.algorithm = (enum sip_digest_algorithm)a;
		bare.username = bare.realm = bare.password = SLICE("");
		bare.ha1 = slice_make(ha1,
		    sip_digest_ha1_bytes(bare.algorithm, in.username, in.realm, in.password, ha1));
		n = sip_digest_response(&in, hex);
		assert_int_equal(bare.ha1.n * 2, n);
		assert_int_equal(sip_digest_response(&bare, again), n);
		assert_memory_equal(hex, again, n);
	}
}

static void test_ha1(void **state)
{
	char hex[SIP_DIGEST_HEX_MAX];

	(void)state;
	assert_int_equal(
	    sip_digest_ha1(SIP_DIGEST_MD5_SESS, SLICE("u"), SLICE("r"), SLICE("p"), hex), 32);
	assert_memory_equal(hex, "44add22b6f3179b751eafd68ee370f7d", 32);
}

static void test_unknown(void **state)
{
	struct sip_digest_input in = {.algorithm = SIP_DIGEST_UNKNOWN};
	char hex[SIP_DIGEST_HEX_MAX];

	(void)state;
	assert_int_equal(sip_digest_response(&in, hex), 0);
	assert_int_equal(sip_digest_ha1(in.algorithm, SLICE("u"), SLICE("r"), SLICE("p"), hex), 0);
	in.algorithm = (enum sip_digest_algorithm)77;
	assert_int_equal(sip_digest_response(&in, hex), 0);
	assert_int_equal(sip_digest_find(SLICE("MD4")), SIP_DIGEST_UNKNOWN);
	assert_int_equal(sip_digest_find(SLICE("")), SIP_DIGEST_UNKNOWN);
	assert_int_equal(sip_digest_strength(SIP_DIGEST_UNKNOWN), 0);
}

static void test_names_and_strength(void **state)
{
	(void)state;
	for (enum sip_digest_algorithm a = SIP_DIGEST_MD5; a <= SIP_DIGEST_SHA512_256_SESS; a++) {
		assert_int_equal(sip_digest_find(slice_of(sip_digest_name(a))), a);
		assert_int_equal(sip_digest_strength(a), (a + 1) / 2);
	}
	assert_int_equal(sip_digest_find(SLICE("md5-SESS")), SIP_DIGEST_MD5_SESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc2617),
	    cmocka_unit_test(test_rfc7616_mufasa),
	    cmocka_unit_test(test_rfc7616_sha512_256),
	    cmocka_unit_test(test_every_algorithm_and_qop),
	    cmocka_unit_test(test_from_ha1),
	    cmocka_unit_test(test_ha1),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_names_and_strength),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
