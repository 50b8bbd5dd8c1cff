// SPDX-License-Identifier: Apache-2.0
/*
 * What is true of the table of every kind.
 */
#include "model/object.h"

#include "test/kit/unit.h"

/* Copying relies on it: the struct begins with its texts, and has no others. */
static void check_texts_come_first(const struct object_table *table)
{
	size_t texts = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (!field_is_text(&table->rows[i]))
			continue;
		assert_true(table->rows[i].offset < table->texts * sizeof(struct slice));
		texts++;
	}
	assert_int_equal(texts, table->texts);
	assert_int_equal(table->rows[0].offset, 0);
	assert_int_equal(table->rows[0].type, FIELD_TEXT);
	assert_non_null(table->rows[0].missing);
}

static void put_default(struct buf *b, const struct field_row *row, const void *defaults)
{
	uint32_t number = row->type == FIELD_SWITCH ? 0 : field_number(row, defaults);

	if (row->type == FIELD_SWITCH)
		buf_puts(b, *(const bool *)field_at(row, defaults) ? "on" : "off");
	else if (field_word(row, number))
		buf_puts(b, field_word(row, number));
	else
		buf_put_u64(b, number);
}

/* The documents tell the true default of a field, its values and its meaning. */
static void check_words(const struct field_row *row, const void *defaults)
{
	char text[128], otherwise[64];
	struct buf values = buf_over(text, sizeof(text)), b;

	if (!field_is_read(row))
		return;
	field_put_values(&values, row);
	assert_true(values.n > 0);
	assert_int_equal(row->meaning[strlen(row->meaning) - 1], '.');
	if (row->missing)
		assert_string_equal(row->otherwise, "required");
	if (row->type != FIELD_SWITCH && row->type != FIELD_NUMBER && row->type != FIELD_WORD)
		return;
	b = buf_over(otherwise, sizeof(otherwise));
	put_default(&b, row, defaults);
	if (strncmp(row->otherwise, buf_text(&b), b.n) != 0)
		fail_msg("%s is %s and not %s", row->name, buf_text(&b), row->otherwise);
}

static void test_tables(void **state)
{
	(void)state;
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
		const struct object_table *table = object_table(kind);

		assert_string_equal(object_kind_name(kind), table->name);
		check_texts_come_first(table);
		for (size_t i = 0; i < table->count; i++)
			check_words(&table->rows[i], table->defaults);
	}
}

/* The database names a row by the first column of its table. */
static void test_each_has_a_name_column(void **state)
{
	(void)state;
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
		const struct field_row *row = object_table(kind)->rows;

		assert_string_equal(row->column ? row->column : row->name, "name");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test(test_each_has_a_name_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
