// SPDX-License-Identifier: Apache-2.0
/*
 * What goes into a row comes out of it, and how little of the heap it takes.
 */
#include "store/ledger_rows.h"

#include "test/kit/unit.h"

#include <malloc.h>
#include <stdio.h>

#define ROWS_MEASURED 100000
#define ROW_BYTES_MAX 250 /* with its texts, its place in the index and the heap's own */

static const struct ledger_identity full = {
    .id = UINT64_C(1) << 40,
    .name = SLICE("carrier-a"),
    .username = SLICE("1001"),
    .auth_username = SLICE("trunk-7"),
    .password = SLICE("\1\0\377sealed"),
    .host = SLICE("carrier.example"),
    .proxy = SLICE("sip:192.0.2.1:5070;lr"),
    .contact = SLICE("sip:k3j2@192.0.2.9:5060"),
    .display_name = SLICE("Front desk"),
    .user_agent = SLICE("Trunk/7"),
    .epoch = 3,
};

static const struct netaddr addresses[] = {
    {0},
    {.port = 5062},
    {.family = 4, .ip = {192, 0, 2, 9}, .port = 5060},
    {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, [15] = 9}, .port = 5060},
    {.family = 6, .ip = {0xfe, 0x80, [15] = 1}, .port = 65535, .scope = 0x12345678},
};

static void assert_same(const struct ledger_identity *a, const struct ledger_identity *b)
{
	assert_int_equal(a->id, b->id);
	assert_true(slice_equal(a->name, b->name));
	assert_true(slice_equal(a->username, b->username));
	assert_true(slice_equal(a->auth_username, b->auth_username));
	assert_true(slice_equal(a->password, b->password));
	assert_true(slice_equal(a->host, b->host));
	assert_true(slice_equal(a->proxy, b->proxy));
	assert_int_equal(a->is_away, b->is_away);
	assert_true(slice_equal(a->contact, b->contact));
	assert_true(slice_equal(a->display_name, b->display_name));
	assert_true(slice_equal(a->user_agent, b->user_agent));
	assert_int_equal(a->epoch, b->epoch);
	assert_memory_equal(&a->local.ip, &b->local.ip, sizeof(a->local.ip));
	assert_true(netaddr_equal(&a->local, &b->local));
	assert_int_equal(a->local.scope, b->local.scope);
}

static void an_identity_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct ledger_identity bare = {.id = 1, .local = addresses[i]};
		struct ledger_identity given = full, got;
		struct ledger_row *row;

		given.local = addresses[i];
		given.is_away = i % 2;
		row = ledger_row_of_identity(&given);
		assert_non_null(row);
		ledger_row_identity(row, &got);
		assert_same(&given, &got);
		assert_int_equal(ledger_row_id(row), given.id);
		ledger_row_free(row);

		row = ledger_row_of_identity(&bare);
		assert_non_null(row);
		ledger_row_identity(row, &got);
		assert_same(&bare, &got);
		ledger_row_free(row);
	}
}

static void check_binding(struct ledger_row *row, const struct ledger_binding *given)
{
	struct ledger_binding got;

	assert_int_equal(ledger_row_set_binding(row, given), 0);
	assert_true(row->has_binding);
	ledger_row_binding(row, &got);
	assert_int_equal(got.identity, full.id);
	assert_int_equal(got.expiry_s, given->expiry_s);
	assert_int_equal(got.digest_least, given->digest_least);
	assert_int_equal(got.granted_s, given->granted_s);
	assert_int_equal(got.loose, given->loose);
	assert_int_equal(got.owed, given->owed);
	assert_int_equal(got.bound_until_ms, given->bound_until_ms);
	assert_true(netaddr_equal(&got.target, &given->target));
	assert_int_equal(got.target.scope, given->target.scope);
	assert_true(slice_equal(got.echoed, given->echoed));
}

static void a_binding_is_replaced(void **state)
{
	struct ledger_row *row = ledger_row_of_identity(&full);
	const struct ledger_binding plain = {.expiry_s = 3600, .bound_until_ms = -1};

	(void)state;
	assert_non_null(row);
	check_binding(row, &plain);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct ledger_binding binding = {
		    .expiry_s = UINT32_MAX,
		    .digest_least = 3,
		    .granted_s = 65535,
		    .loose = true,
		    .owed = true,
		    .bound_until_ms = INT64_MAX,
		    .target = addresses[i],
		};

		check_binding(row, &binding);
		binding.echoed = SLICE("sip:k3j2@198.51.100.7:1024");
		check_binding(row, &binding);
	}
	check_binding(row, &plain);
	ledger_row_free(row);
}

static void texts_beyond_their_ends_are_refused(void **state)
{
	static char text[UINT16_MAX];
	struct ledger_identity identity = {.id = 1, .name = slice_make(text, sizeof(text))};
	struct ledger_row *row = ledger_row_of_identity(&identity);

	(void)state;
	assert_non_null(row);
	ledger_row_free(row);
	identity.host = SLICE("h");
	assert_null(ledger_row_of_identity(&identity));
}

/* As bench/regentd.py has them: registered, at a target, not rewritten. */
static void put_ordinary(struct ledger_rows *rows, uint64_t i)
{
	char name[16], contact[64];
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY,
	    .identity =
	        {
	            .id = i,
	            .name = slice_make(name, (size_t)snprintf(name, sizeof(name), "r%07d", (int)i)),
	            .username = slice_make(name, 8),
	            .password = SLICE("secret"),
	            .host = SLICE("sink.example"),
	            .proxy = SLICE("sip:127.0.0.1:5070"),
	            .contact = slice_make(contact, (size_t)snprintf(contact, sizeof(contact),
	                                               "sip:abcdefgh%08d@127.0.0.1:5062", (int)i)),
	            .local = addresses[2],
	        },
	};

	assert_int_equal(ledger_rows_put(rows, 2 * i, &record), 0);
	record = (struct ledger_record){.op = LEDGER_BINDING,
	    .binding = {.identity = i, .expiry_s = 3600, .target = addresses[2]}};
	assert_int_equal(ledger_rows_put(rows, 2 * i + 1, &record), 0);
}

static void a_row_is_small(void **state)
{
	static struct seal_key key;
	struct ledger_rows rows;
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd, each;

	(void)state;
	assert_int_equal(ledger_rows_init(&rows, &key), 0);
	for (uint64_t i = 1; i <= ROWS_MEASURED; i++)
		put_ordinary(&rows, i);
	each = (mallinfo2().uordblks + mallinfo2().hblkhd - before) / ROWS_MEASURED;
	print_message("%zu bytes a row\n", each);
	assert_true(each <= ROW_BYTES_MAX);
	ledger_rows_free(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_identity_comes_back),
	    cmocka_unit_test(a_binding_is_replaced),
	    cmocka_unit_test(texts_beyond_their_ends_are_refused),
	    cmocka_unit_test(a_row_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
