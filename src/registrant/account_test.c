// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts: which ones share their texts, which do not, and how long they live.
 */
#include "registrant/account.h"

#include "test/kit/unit.h"

static struct ledger_identity an_identity(void)
{
	return (struct ledger_identity){
	    .name = SLICE("office"),
	    .username = SLICE("4930123"),
	    .auth_username = SLICE("auth"),
	    .password = SLICE("secret"),
	    .host = SLICE("sip.example.net"),
	    .proxy = SLICE("sip:192.0.2.1"),
	    .display_name = SLICE("The Office"),
	    .user_agent = SLICE("Phone/1"),
	};
}

static void test_texts(void **state)
{
	struct ledger_identity identity = an_identity(), read = {.contact = SLICE("sip:a@b")};
	struct account *account;

	(void)state;
	identity.auth_username = (struct slice){NULL, 0};
	account = account_of_identity(&identity, NULL);
	account_fill_identity(account, &read);
	for (unsigned i = 0; i < ACCOUNT_IDENTITY_TEXTS; i++)
		assert_true(slice_equal(*account_member(&read, i), *account_member(&identity, i)));
	assert_int_equal(account_text(account, ACCOUNT_AUTH_USERNAME).n, 0);
	assert_true(slice_equal(account_text(account, ACCOUNT_PASSWORD), SLICE("secret")));
	assert_true(slice_equal(account_text(account, ACCOUNT_NAME), SLICE("office")));
	assert_true(slice_equal(account_text(account, ACCOUNT_USER_AGENT), SLICE("Phone/1")));
	assert_true(slice_equal(read.contact, SLICE("sip:a@b")));
	account_release(&account);
	assert_null(account);
}

static void test_the_same_texts_are_shared(void **state)
{
	struct ledger_identity identity = an_identity();
	struct account *first = account_of_identity(&identity, NULL), *second;

	(void)state;
	second = account_of_identity(&identity, first);
	assert_ptr_equal(first, second);
	account_release(&first);
	assert_true(slice_equal(account_text(second, ACCOUNT_NAME), SLICE("office")));
	account_release(&second);
}

static void test_each_text_tells_apart(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ACCOUNT_IDENTITY_TEXTS; i++) {
		struct ledger_identity identity = an_identity();
		struct account *first = account_of_identity(&identity, NULL), *second;

		*account_member(&identity, i) = SLICE("other");
		second = account_of_identity(&identity, first);
		assert_ptr_not_equal(first, second);
		assert_true(slice_equal(account_text(second, i), SLICE("other")));
		account_release(&first);
		account_release(&second);
	}
}

/* The same bytes, but cut at other places, are other texts. */
static void test_bounds_tell_apart(void **state)
{
	struct ledger_identity identity = an_identity();
	struct account *first = account_of_identity(&identity, NULL), *second;

	(void)state;
	identity.name = SLICE("offic");
	identity.username = SLICE("e4930123");
	second = account_of_identity(&identity, first);
	assert_ptr_not_equal(first, second);
	assert_false(account_is_same_aor(first, second));
	account_release(&first);
	account_release(&second);
}

static struct registration_config a_config(void)
{
	return (struct registration_config){
	    .name = SLICE("office"),
	    .username = SLICE("4930123"),
	    .auth_username = SLICE("auth"),
	    .password = SLICE("secret"),
	    .host = SLICE("sip.example.net"),
	    .proxy = SLICE("sip:192.0.2.1"),
	    .contact_host = SLICE("sw.example"),
	    .contact_user = SLICE("derived"),
	    .display_name = SLICE("The Office"),
	    .user_agent = SLICE("Phone/1"),
	};
}

static void test_what_was_provisioned(void **state)
{
	struct registration_config config = a_config(), read = {0};
	struct account *first = account_of_config(&config, NULL), *second;

	(void)state;
	account_fill_config(first, &read);
	assert_true(registration_config_equal(&config, &read));
	config.contact_user = SLICE("username");
	second = account_of_config(&config, first);
	assert_ptr_not_equal(first, second);
	account_release(&second);
	config = a_config();
	second = account_of_config(&config, first);
	assert_ptr_equal(first, second);
	account_release(&first);
	account_release(&second);
}

/* The account from the ledger gives way to the provisioned one if the texts are the same. */
static void test_sharing_after_a_restart(void **state)
{
	struct registration_config config = a_config();
	struct ledger_identity identity = an_identity();
	struct account *provisioned = account_of_config(&config, NULL);
	struct account *loaded = account_of_identity(&identity, NULL), *other;

	(void)state;
	account_share(&loaded, provisioned);
	assert_ptr_equal(loaded, provisioned);
	identity.password = SLICE("old");
	other = account_of_identity(&identity, NULL);
	account_share(&other, provisioned);
	assert_ptr_not_equal(other, provisioned);
	account_release(&provisioned);
	assert_true(slice_equal(account_text(loaded, ACCOUNT_CONTACT_HOST), SLICE("sw.example")));
	account_release(&loaded);
	account_release(&other);
}

static void test_credentials(void **state)
{
	struct ledger_identity identity = an_identity();
	struct account *first = account_of_identity(&identity, NULL), *second;
	struct slice username, password;

	(void)state;
	account_credentials(first, &username, &password);
	assert_true(slice_equal(username, SLICE("auth")));
	assert_true(slice_equal(password, SLICE("secret")));
	identity.auth_username = (struct slice){NULL, 0};
	identity.display_name = SLICE("Somebody");
	second = account_of_identity(&identity, first);
	assert_false(account_has_same_credentials(first, second));
	account_credentials(second, &username, &password);
	assert_true(slice_equal(username, SLICE("4930123")));
	account_release(&first);
	identity.display_name = SLICE("The Office");
	first = account_of_identity(&identity, second);
	assert_true(account_has_same_credentials(first, second));
	account_release(&first);
	account_release(&second);
}

static void test_the_aor(void **state)
{
	struct ledger_identity identity = an_identity();
	struct account *first = account_of_identity(&identity, NULL), *second;

	(void)state;
	identity.password = SLICE("another");
	second = account_of_identity(&identity, first);
	assert_true(account_is_same_aor(first, second));
	account_release(&second);
	identity.host = SLICE("sip.example.com");
	second = account_of_identity(&identity, first);
	assert_false(account_is_same_aor(first, second));
	account_release(&first);
	account_release(&second);
}

static void test_too_long(void **state)
{
	static char text[UINT16_MAX];
	struct ledger_identity identity = {.name = slice_make(text, sizeof(text))};
	struct account *account = account_of_identity(&identity, NULL);

	(void)state;
	assert_int_equal(account_text(account, ACCOUNT_NAME).n, sizeof(text));
	account_release(&account);
	identity.host = SLICE("h");
	assert_null(account_of_identity(&identity, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_the_same_texts_are_shared),
	    cmocka_unit_test(test_each_text_tells_apart),
	    cmocka_unit_test(test_bounds_tell_apart),
	    cmocka_unit_test(test_what_was_provisioned),
	    cmocka_unit_test(test_sharing_after_a_restart),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_the_aor),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
