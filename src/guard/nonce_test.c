// SPDX-License-Identifier: Apache-2.0
/*
 * Nonces come back as they were given, to whom they were given.
 */
#include "guard/nonce.h"

#include "test/kit/unit.h"

static const struct hash_key key = {1, 2};
static const struct netaddr peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060};

static struct slice text_of(const struct source *source, const struct nonce *nonce)
{
	static char text[NONCE_TEXT_SIZE];
	struct buf b = buf_over(text, sizeof(text));

	nonce_put(&b, key, source, nonce);
	assert_false(b.full);
	assert_int_equal(b.n, NONCE_TEXT_SIZE);
	return buf_slice(&b);
}

static void test_round(void **state)
{
	static const struct nonce nonces[] = {
	    {0, 0, 0, 0},
	    {UINT32_MAX, (UINT64_C(1) << 40) - 1, (1 << 24) - 1, 0},
	    {1, 2, 3, 0},
	};
	struct source source = source_of(&peer);

	(void)state;
	for (size_t i = 0; i < sizeof(nonces) / sizeof(nonces[0]); i++) {
		struct nonce again;

		assert_int_equal(
		    nonce_parse(text_of(&source, &nonces[i]), key, &source, &again), 0);
		assert_int_equal(again.boot, nonces[i].boot);
		assert_int_equal(again.made_ms, nonces[i].made_ms);
		assert_int_equal(again.serial, nonces[i].serial);
		assert_int_not_equal(again.id, 0);
	}
}

static void test_every_character_counts(void **state)
{
	const struct nonce nonce = {7, 100, 1, 0};
	struct source source = source_of(&peer);
	struct slice text = text_of(&source, &nonce);
	char changed[NONCE_TEXT_SIZE];
	struct nonce again;

	(void)state;
	for (size_t i = 0; i < text.n; i++) {
		memcpy(changed, text.p, text.n);
		changed[i] = changed[i] == 'a' ? 'b' : 'a';
		assert_int_equal(
		    nonce_parse(slice_make(changed, text.n), key, &source, &again), ERR_ACCESS);
		changed[i] = '=';
		assert_int_equal(
		    nonce_parse(slice_make(changed, text.n), key, &source, &again), ERR_SYNTAX);
	}
	text.n--;
	assert_int_equal(nonce_parse(text, key, &source, &again), ERR_SYNTAX);
}

static void test_belongs_to_key_and_source(void **state)
{
	const struct nonce nonce = {7, 100, 1, 0};
	const struct hash_key other_key = {1, 3};
	const struct netaddr other = {.family = 4, .ip = {192, 0, 2, 2}};
	const struct netaddr alike = {.family = 6, .ip = {192, 0, 2, 1}};
	struct source source = source_of(&peer), other_source = source_of(&other),
	              alike_source = source_of(&alike);
	struct slice text = text_of(&source, &nonce);
	struct nonce again;

	(void)state;
	assert_int_equal(nonce_parse(text, other_key, &source, &again), ERR_ACCESS);
	assert_int_equal(nonce_parse(text, key, &other_source, &again), ERR_ACCESS);
	assert_int_equal(nonce_parse(text, key, &alike_source, &again), ERR_ACCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_every_character_counts),
	    cmocka_unit_test(test_belongs_to_key_and_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
