// SPDX-License-Identifier: Apache-2.0
/*
 * Sealing, and the two files that must never be lost: STATE/key and
 * STATE/identity.
 */
#include "store/seal.h"

#include "store/node_identity.h"

#include <unistd.h>

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct store_error error;

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(path);
	return state_dir_open(path, &dir, &error);
}

static int tear_down(void **state)
{
	(void)state;
	state_dir_close(&dir);
	temp_dir_remove(path);
	return 0;
}

static void test_round_trip(void **state)
{
	struct seal_key key, other = {{0}};
	uint8_t sealed[64], again[64];
	char plain[64];
	struct slice text = {(const char *)sealed, 6 + SEAL_OVERHEAD};

	(void)state;
	assert_int_equal(seal_key_load(&dir, false, &key, &error), 0);
	assert_int_equal(seal_close(&key, SLICE("secret"), sealed), 0);
	assert_int_equal(seal_open(&key, text, plain), 0);
	assert_memory_equal(plain, "secret", 6);
	assert_int_equal(seal_close(&key, SLICE("secret"), again), 0);
	assert_memory_not_equal(sealed, again, text.n);

	assert_int_equal(seal_open(&other, text, plain), ERR_DAMAGED);
	for (size_t i = 0; i < text.n; i++) {
		sealed[i] ^= 1;
		assert_int_equal(seal_open(&key, text, plain), ERR_DAMAGED);
		sealed[i] ^= 1;
	}
	assert_int_equal(seal_open(&key, slice_make(sealed, 3), plain), ERR_DAMAGED);
	assert_int_equal(seal_close(&key, SLICE(""), sealed), 0);
	assert_int_equal(seal_open(&key, slice_make(sealed, SEAL_OVERHEAD), plain), 0);
}

/* GCM with the same nonce twice gives its texts away: none comes back, also beyond what is drawn at
 * once. */
static void test_no_nonce_twice(void **state)
{
	static uint8_t sealed[200][SEAL_OVERHEAD];
	struct seal_key key;

	(void)state;
	assert_int_equal(seal_key_load(&dir, false, &key, &error), 0);
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(seal_close(&key, SLICE(""), sealed[i]), 0);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(sealed[i] + 1, sealed[j] + 1, 12);
	}
}

static void test_text(void **state)
{
	(void)state;
	for (size_t n = SEAL_OVERHEAD; n < SEAL_OVERHEAD + 4; n++) {
		uint8_t sealed[40], back[64];
		char text[64];
		struct buf b = buf_over(text, sizeof(text));
		size_t back_n;

		memset(sealed, 0x5a, sizeof(sealed));
		seal_put_text(&b, slice_make(sealed, n));
		assert_false(b.full);
		assert_int_equal(seal_read_text(buf_slice(&b), back, sizeof(back), &back_n), 0);
		assert_int_equal(back_n, n);
		assert_memory_equal(back, sealed, n);
		assert_int_equal(seal_read_text(buf_slice(&b), back, 8, &back_n), ERR_LIMIT);
		text[1] = '!';
		assert_int_equal(
		    seal_read_text(buf_slice(&b), back, sizeof(back), &back_n), ERR_SYNTAX);
	}
}

static void test_key_file(void **state)
{
	struct seal_key first, second;

	(void)state;
	assert_int_equal(seal_key_load(&dir, false, &first, &error), 0);
	assert_int_equal(seal_key_load(&dir, true, &second, &error), 0);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(state_dir_write(&dir, "key", "short", 5, &error), 0);
	assert_int_equal(seal_key_load(&dir, true, &second, &error), ERR_DAMAGED);
	assert_int_equal(unlinkat(dir.fd, "key", 0), 0);
	assert_int_equal(seal_key_load(&dir, true, &second, &error), ERR_ACCESS);
	assert_int_equal(error.failure, STORE_IDENTITY);
}

static void test_identity_file(void **state)
{
	struct node_identity first, second;
	char text[512];
	size_t n;

	(void)state;
	assert_int_equal(node_identity_load(&dir, false, &first, &error), 0);
	assert_int_equal(node_identity_load(&dir, true, &second, &error), 0);
	assert_memory_equal(first.id, second.id, sizeof(first.id));
	assert_memory_equal(first.secret, second.secret, sizeof(first.secret));
	assert_string_equal(second.machine, "");

	/* Each byte of it is under the checksum, and half a file is no file. */
	assert_int_equal(state_dir_read(&dir, "identity", text, sizeof(text), &n, &error), 0);
	for (size_t i = 0; i < n; i++) {
		text[i] ^= 1;
		assert_int_equal(state_dir_write(&dir, "identity", text, n, &error), 0);
		assert_int_equal(node_identity_load(&dir, true, &second, &error), ERR_DAMAGED);
		text[i] ^= 1;
	}
	assert_int_equal(state_dir_write(&dir, "identity", text, n / 2, &error), 0);
	assert_int_equal(node_identity_load(&dir, true, &second, &error), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_DAMAGED);
	assert_int_equal(state_dir_write(&dir, "identity", text, n, &error), 0);
	assert_int_equal(node_identity_load(&dir, true, &second, &error), 0);

	assert_int_equal(unlinkat(dir.fd, "identity", 0), 0);
	assert_int_equal(node_identity_load(&dir, true, &second, &error), ERR_ACCESS);
	assert_int_equal(error.failure, STORE_IDENTITY);
	assert_int_equal(node_identity_load(&dir, false, &second, &error), 0);
	assert_memory_not_equal(first.secret, second.secret, sizeof(first.secret));
}

#define SEAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SEAL_TEST(test_round_trip),
	    SEAL_TEST(test_no_nonce_twice),
	    SEAL_TEST(test_text),
	    SEAL_TEST(test_key_file),
	    SEAL_TEST(test_identity_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
