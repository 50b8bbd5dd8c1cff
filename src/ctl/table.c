// SPDX-License-Identifier: Apache-2.0
/*
 * Layout of tables. Columns are two spaces apart; the last is not padded.
 */
#include "ctl/table.h"

#include "ctl/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define GAP 2

struct table {
	const struct table_column *columns;
	size_t count;
	char **cells; /* rows * count */
	size_t rows, cap;
	unsigned *natural; /* widest text of each column so far */
	bool is_begun;     /* its titles are printed */
};

struct table *table_new(const struct table_column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		abort();
	table->columns = columns;
	table->count = count;
	table->natural = calloc(count, sizeof(*table->natural));
	if (!table->natural)
		abort();
	for (size_t i = 0; i < count; i++)
		table->natural[i] = text_width(columns[i].title);
	return table;
}

static void clear(struct table *table)
{
	for (size_t i = 0; i < table->rows * table->count; i++)
		free(table->cells[i]);
	table->rows = 0;
}

void table_free(struct table **table)
{
	if (!*table)
		return;
	clear(*table);
	free((*table)->cells);
	free((*table)->natural);
	free(*table);
	*table = NULL;
}

static void grow(struct table *table)
{
	if (table->rows < table->cap)
		return;
	table->cap = table->cap ? table->cap * 2 : 64;
	table->cells = reallocarray(table->cells, table->cap, table->count * sizeof(*table->cells));
	if (!table->cells)
		abort();
}

void table_add(struct table *table, const char *const *cells)
{
	grow(table);
	for (size_t i = 0; i < table->count; i++) {
		char *text = text_clean(cells[i] ? cells[i] : "-");
		unsigned width = text_width(text);

		table->cells[table->rows * table->count + i] = text;
		if (width > table->natural[i])
			table->natural[i] = width;
	}
	table->rows++;
}

size_t table_rows(const struct table *table)
{
	return table->rows;
}

/* A column of width 0 is left out. */
static unsigned total(const unsigned *widths, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		if (widths[i])
			sum += widths[i] + (sum ? GAP : 0);
	return sum;
}

static bool cut_widest(const struct table *table, unsigned *widths)
{
	size_t widest = table->count;

	for (size_t i = 0; i < table->count; i++) {
		if (!table->columns[i].min || widths[i] <= table->columns[i].min)
			continue;
		if (widest == table->count || widths[i] > widths[widest])
			widest = i;
	}
	if (widest == table->count)
		return false;
	widths[widest]--;
	return true;
}

static bool drop_least(const struct table *table, unsigned *widths)
{
	size_t least = table->count;

	for (size_t i = 0; i < table->count; i++) {
		if (!table->columns[i].drop || !widths[i])
			continue;
		if (least == table->count || table->columns[i].drop > table->columns[least].drop)
			least = i;
	}
	if (least == table->count)
		return false;
	widths[least] = 0;
	return true;
}

/* After a column has gone the others get their natural width back, and are cut anew. */
static void fit(const struct table *table, unsigned *widths, unsigned width)
{
	while (width && total(widths, table->count) > width) {
		if (cut_widest(table, widths))
			continue;
		if (!drop_least(table, widths))
			return;
		for (size_t i = 0; i < table->count; i++)
			if (widths[i])
				widths[i] = table->natural[i];
	}
}

static void put_row(
    const struct table *table, FILE *out, const unsigned *widths, size_t row, bool titles)
{
	unsigned owed = 0; /* spaces before the next text, so that none trail */

	for (size_t i = 0; i < table->count; i++) {
		const char *text =
		    titles ? table->columns[i].title : table->cells[row * table->count + i];

		if (!widths[i])
			continue;
		fprintf(out, "%*s", (int)owed, "");
		owed = widths[i] - text_put(out, text, widths[i]) + GAP;
	}
	fputc('\n', out);
}

static void print(const struct table *table, FILE *out, unsigned width, bool titles)
{
	unsigned *widths = calloc(table->count, sizeof(*widths));

	if (!widths)
		abort();
	for (size_t i = 0; i < table->count; i++)
		widths[i] = table->natural[i];
	fit(table, widths, width);
	if (titles)
		put_row(table, out, widths, 0, true);
	for (size_t row = 0; row < table->rows; row++)
		put_row(table, out, widths, row, false);
	free(widths);
}

void table_print(const struct table *table, FILE *out, unsigned width)
{
	print(table, out, width, true);
}

void table_print_page(struct table *table, FILE *out, unsigned width)
{
	print(table, out, width, !table->is_begun);
	table->is_begun = true;
	clear(table);
}

unsigned table_width_of(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}
