// SPDX-License-Identifier: Apache-2.0
/* Machines made of files, and which of them pass for one another. */
#include "store/machine.h"

#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID       "4C4C4544-0042-3510-8050-B4C04F4E4D32"
#define OTHER_UUID "564d9e1c-3a6b-11ee-be56-0242ac120002"
#define CARD       "52:54:00:12:34:56"
#define OTHER_CARD "52:54:00:ab:cd:ef"

static char root[TEMP_DIR_MAX];

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(root);
	return 0;
}

static int tear_down(void **state)
{
	char command[TEMP_DIR_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	return 0;
}

/* Cards are named by a space-separated list of addresses; a bridge is there always. */
static struct machine machine_of(const char *id, const char *uuid, const char *cards)
{
	struct machine machine;
	char command[2048];

	snprintf(command, sizeof(command),
	    "cd '%s' && rm -rf etc sys && mkdir -p etc sys/class/dmi/id sys/class/net/br0 && "
	    "echo 02:42:00:00:00:01 >sys/class/net/br0/address && "
	    "{ [ -z '%s' ] || echo '%s' >etc/machine-id; } && "
	    "{ [ -z '%s' ] || echo '%s' >sys/class/dmi/id/product_uuid; } && "
	    "for a in %s; do mkdir -p sys/class/net/e$a/device; echo $a "
	    ">sys/class/net/e$a/address; done",
	    root, id, id, uuid, uuid, cards);
	assert_int_equal(system(command), 0);
	machine_read(root, NULL, &machine);
	return machine;
}

static void test_which_pass_for_one_another(void **state)
{
	static const struct {
		const char *what;
		const char *id, *uuid, *cards; /* of the machine of now */
		bool is_same;
	} cases[] = {
	    {"the same", "abc", UUID, CARD, true},
	    {"the UUID in other letters", "abc", "4c4c4544-0042-3510-8050-b4c04f4e4d32", CARD,
	        true},
	    {"another card", "abc", UUID, OTHER_CARD, true},
	    {"one more card", "abc", UUID, CARD " " OTHER_CARD, true},
	    {"no card", "abc", UUID, "", true},
	    {"another board", "abc", OTHER_UUID, CARD, false},
	    {"a copy: another board and card", "abc", OTHER_UUID, OTHER_CARD, false},
	    {"set up anew", "def", UUID, CARD, false},
	    {"no machine-id", "", UUID, CARD, false},
	    {"nobody may read the board", "abc", "", CARD, true},
	    {"a copy, and nobody may read the board", "abc", "", OTHER_CARD, false},
	    {"one more card, and nobody may read the board", "abc", "", CARD " " OTHER_CARD, true},
	    {"a board that was never given one", "abc", "00000000-0000-0000-0000-000000000000",
	        CARD, true},
	};
	struct machine before = machine_of("abc", UUID, CARD);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine now = machine_of(cases[i].id, cases[i].uuid, cases[i].cards);

		if (machine_is_same(&before, &now) != cases[i].is_same)
			fail_msg("%s", cases[i].what);
		if (machine_is_same(&now, &before) != cases[i].is_same)
			fail_msg("%s, the other way round", cases[i].what);
	}
}

static void test_the_manager_may_hand_the_product_over(void **state)
{
	struct machine as_root = machine_of("abc", UUID, CARD), as_user;
	char path[TEMP_DIR_MAX + 32];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/product_uuid", root);
	(void)machine_of("abc", "", CARD);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(UUID "\n", file);
	fclose(file);
	machine_read(root, root, &as_user);
	assert_string_equal(as_user.product, as_root.product);
	/* Its default, where there is no such thing. */
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("none", file);
	fclose(file);
	machine_read(root, root, &as_user);
	assert_string_equal(as_user.product, "");
}

static void test_as_text_and_back(void **state)
{
	static const char *const wrong[] = {"", "id=", "id=abc product= net=", "id= product= net=0",
	    "id= product= net=,", "id= product= net=01234567,",
	    "product= id= net=", "id= product= net= "};
	struct machine machine = machine_of(
	                   "abc", UUID, "1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8 1:9 1:a 1:b 1:c 1:d"),
	               again;
	char text[MACHINE_TEXT_MAX + 1];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	assert_int_equal(machine.net_count, MACHINE_NETS_MAX);
	machine_put(&b, &machine);
	assert_false(b.full);
	assert_true(machine_parse(buf_slice(&b), &again));
	assert_memory_equal(&machine, &again, sizeof(machine));
	assert_null(strstr(text, "abc "));
	machine = machine_of("", "", "");
	b = buf_over(text, sizeof(text));
	machine_put(&b, &machine);
	assert_string_equal(buf_text(&b), "id= product= net=");
	assert_true(machine_parse(buf_slice(&b), &again));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (machine_parse(slice_of(wrong[i]), &again))
			fail_msg("'%s' was taken", wrong[i]);
}

static void test_what_is_not_known_now_is_kept(void **state)
{
	struct machine before = machine_of("abc", UUID, CARD), now = machine_of("abc", "", "");

	(void)state;
	machine_complete(&now, &before);
	assert_memory_equal(&now, &before, sizeof(now));
	now = machine_of("abc", UUID, OTHER_CARD);
	machine_complete(&now, &before);
	assert_string_not_equal(now.nets[0], before.nets[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_which_pass_for_one_another),
	    TEST(test_the_manager_may_hand_the_product_over),
	    TEST(test_as_text_and_back),
	    TEST(test_what_is_not_known_now_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
