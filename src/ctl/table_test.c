// SPDX-License-Identifier: Apache-2.0
/*
 * The layout of tables at every width, and texts that are wider, narrower or
 * more dangerous than they look.
 */
#include "ctl/table.h"

#include "ctl/text.h"
#include "test/kit/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column columns[] = {
    {"NAME", 6, 0},
    {"STATE", 0, 0},
    {"TARGET", 8, 2},
    {"LAST", 6, 1},
};

static struct table *sample(void)
{
	struct table *table = table_new(columns, 4);
	const char *a[] = {"carrier-a", "registered", "192.0.2.1:5060", "200 OK"};
	const char *b[] = {"b", "rejected", NULL, "403 Forbidden"};

	table_add(table, a);
	table_add(table, b);
	return table;
}

static char *print(const struct table *table, unsigned width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_print(table, out, width);
	fclose(out);
	return text;
}

static void expect(unsigned width, const char *expected)
{
	struct table *table = sample();
	char *text = print(table, width);

	assert_string_equal(text, expected);
	free(text);
	table_free(&table);
}

static void test_in_full(void **state)
{
	(void)state;
	expect(0, "NAME       STATE       TARGET          LAST\n"
	          "carrier-a  registered  192.0.2.1:5060  200 OK\n"
	          "b          rejected    -               403 Forbidden\n");
	expect(52, "NAME       STATE       TARGET          LAST\n"
	           "carrier-a  registered  192.0.2.1:5060  200 OK\n"
	           "b          rejected    -               403 Forbidden\n");
}

static void test_the_widest_is_cut_first(void **state)
{
	(void)state;
	expect(49, "NAME       STATE       TARGET        LAST\n"
	           "carrier-a  registered  192.0.2.1:..  200 OK\n"
	           "b          rejected    -             403 Forbid..\n");
}

static void test_then_the_least_important_goes(void **state)
{
	(void)state;
	expect(35, "NAME       STATE       LAST\n"
	           "carrier-a  registered  200 OK\n"
	           "b          rejected    403 Forbid..\n");
	expect(20, "NAME      STATE\n"
	           "carrie..  registered\n"
	           "b         rejected\n");
}

/* The second page has no titles, keeps the columns, and they only grow. */
static void test_pages(void **state)
{
	struct table *table = sample();
	const char *longer[] = {"c", "cancelling", "192.0.2.111:15060", "200 OK"};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	table_print_page(table, out, 0);
	assert_int_equal(table_rows(table), 0);
	table_add(table, longer);
	table_print_page(table, out, 0);
	fclose(out);
	assert_string_equal(text, "NAME       STATE       TARGET          LAST\n"
	                          "carrier-a  registered  192.0.2.1:5060  200 OK\n"
	                          "b          rejected    -               403 Forbidden\n"
	                          "c          cancelling  192.0.2.111:15060  200 OK\n");
	free(text);
	table_free(&table);
}

static unsigned widest_line(char *text)
{
	unsigned widest = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (text_width(line) > widest)
			widest = text_width(line);
	return widest;
}

static void test_it_fits_every_width_that_can_be_met(void **state)
{
	(void)state;
	for (unsigned width = 18; width < 60; width++) {
		struct table *table = sample();
		char *text = print(table, width);

		assert_true(widest_line(text) <= width);
		free(text);
		table_free(&table);
	}
}

static void expect_clean(const char *text, const char *expected)
{
	char *clean = text_clean(text);

	assert_string_equal(clean, expected);
	free(clean);
}

static void test_nothing_steers_the_terminal(void **state)
{
	(void)state;
	expect_clean("403 \x1b[2J\x07 no\r\n", "403 ?[2J? no??");
	expect_clean("\xc2\x9b"
	             "31m",
	    "?31m");
	expect_clean("gr\xc3\xbc\xc3\x9f\x65", "gr\xc3\xbc\xc3\x9f\x65");
	expect_clean("a\xff\xc3", "a??");
}

static void test_wide_characters_count_twice(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	assert_int_equal(text_width("\xc3\xbc"), 1);
	assert_int_equal(text_put(out, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 5), 4);
	fclose(out);
	assert_string_equal(text, "\xe6\xbc\xa2..");
	free(text);
}

static void test_words_wrap(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	text_put_wrapped(out, 4, 2, 10, "ab cde fgh–i jklmnopqrst u");
	text_put_wrapped(out, 4, 2, 0, "ab cde fgh");
	text_put_wrapped(out, 4, 2, 10, "");
	fclose(out);
	assert_string_equal(text, "ab cde\n  fgh–i\n  jklmnopqrst\n  u\nab cde fgh\n\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_in_full),
	    cmocka_unit_test(test_the_widest_is_cut_first),
	    cmocka_unit_test(test_then_the_least_important_goes),
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_words_wrap),
	    cmocka_unit_test(test_it_fits_every_width_that_can_be_met),
	    cmocka_unit_test(test_nothing_steers_the_terminal),
	    cmocka_unit_test(test_wide_characters_count_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
