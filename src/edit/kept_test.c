// SPDX-License-Identifier: Apache-2.0
/*
 * All is kept, or nothing: what is beyond the bound takes what is before it along.
 */
#include "edit/kept.h"

#include "model/registration_config.h"

#include <stdio.h>

#include "test/kit/unit.h"

static void keeps_copies(void **state)
{
	struct registration_config config;
	struct kept kept = {0};
	char name[16];

	(void)state;
	registration_config_defaults(&config);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		config.name = slice_of(name);
		kept_add(&kept, OBJECT_REGISTRATION, &config);
	}
	assert_false(kept.is_over);
	assert_int_equal(kept.count, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_true(slice_equal(
		    object_name(OBJECT_REGISTRATION, kept.objects[i].object), slice_of(name)));
	}
	kept_clear(&kept);
	assert_int_equal(kept.count, 0);
	assert_false(kept.is_over);
}

static void keeps_nothing_of_too_much(void **state)
{
	static char password[60000];
	struct registration_config config;
	struct kept kept = {0};

	(void)state;
	registration_config_defaults(&config);
	config.password = slice_make(password, sizeof(password));
	for (unsigned i = 0; i < 500; i++)
		kept_add(&kept, OBJECT_REGISTRATION, &config);
	assert_int_equal(kept.count, 500);
	for (unsigned i = 0; i < 500; i++)
		kept_add(&kept, OBJECT_REGISTRATION, &config);
	assert_true(kept.is_over);
	assert_int_equal(kept.count, 0);
	kept_clear(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_copies),
	    cmocka_unit_test(keeps_nothing_of_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
