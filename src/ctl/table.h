// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of text in aligned columns that fit a terminal: first the columns that
 * may be cut are cut, the widest first, then the least important ones are left
 * out. Into a file or a pipe everything is written in full.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct table_column {
	const char *title;
	unsigned min;  /* columns it may be cut to; 0: never cut */
	unsigned drop; /* the highest is left out first; 0: never left out */
};

struct table;

/* The columns stay the caller's and outlive the table. Aborts without memory, as all here. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table **table);

/* One text for each column, cleaned and copied; NULL shows as "-". */
void table_add(struct table *table, const char *const *cells);

/* Those that are not printed yet. */
size_t table_rows(const struct table *table);

/* `width` in columns of the terminal, 0 for no limit. */
void table_print(const struct table *table, FILE *out, unsigned width);

/*
 * Prints the rows and forgets them, so that a long table goes out in pages: the titles
 * stand above the first, and columns only grow.
 */
void table_print_page(struct table *table, FILE *out, unsigned width);

/* The width for `out`: that of its terminal, 0 where it is none. */
unsigned table_width_of(FILE *out);
