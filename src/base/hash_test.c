// SPDX-License-Identifier: Apache-2.0
/*
 * SipHash-2-4 against its authors' vectors: key 00 01 .. 0f, and the message
 * 00 01 02 .. of the length given.
 */
#include "base/map.h"

#include "test/kit/unit.h"

static const struct hash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

static void test_vectors(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
	    {0, UINT64_C(0x726fdb47dd0e0e31)},
	    {1, UINT64_C(0x74f839c593dc67fd)},
	    {2, UINT64_C(0x0d6c8009d9a94f5a)},
	    {7, UINT64_C(0xab0200f58b01d137)},
	    {8, UINT64_C(0x93f5f5799a932462)},
	    {15, UINT64_C(0xa129ca6149be45e5)},
	};
	uint8_t message[16];

	(void)state;
	for (uint8_t i = 0; i < sizeof(message); i++)
		message[i] = i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(hash_bytes(key, slice_make(message, rows[i].n)) == rows[i].hash);
}

static void test_key_matters(void **state)
{
	struct hash_key other = {key.k0 ^ 1, key.k1};

	(void)state;
	assert_true(hash_bytes(key, SLICE("a")) != hash_bytes(other, SLICE("a")));
	assert_true(hash_bytes(key, slice_of(NULL)) == hash_bytes(key, SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_key_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
