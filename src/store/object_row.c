// SPDX-License-Identifier: Apache-2.0
/*
 * What column each type of field is; see object_row.h.
 */
#include "store/object_row.h"

#include "store/db.h"

void object_columns_init(struct object_columns *columns, const struct object_table *table)
{
	columns->table = table;
	columns->count = 0;
	columns->secret = NULL;
	for (size_t i = 0; i < table->count; i++) {
		const struct field_row *row = &table->rows[i];

		if (field_is_kept(row) && (!row->column || *row->column))
			columns->rows[columns->count++] = row;
		if (row->type == FIELD_SECRET)
			columns->secret = row;
	}
}

void object_columns_put_names(struct buf *sql, const struct object_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct field_row *row = columns->rows[i];

		buf_puts(sql, i > 0 ? "," : "");
		buf_puts(sql, row->column ? row->column : row->name);
	}
}

void object_columns_put_marks(struct buf *sql, const struct object_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		buf_puts(sql, i > 0 ? ",?" : "?");
}

static void bind(sqlite3_stmt *statement, int at, const struct field_row *row, const void *object,
    struct slice sealed)
{
	switch (row->type) {
	case FIELD_TEXT:
		db_bind_text(statement, at, field_text(row, object));
		break;
	case FIELD_SECRET:
		db_bind_blob(statement, at, sealed);
		break;
	case FIELD_SWITCH:
		sqlite3_bind_int(statement, at, *(const bool *)field_at(row, object));
		break;
	case FIELD_NUMBER:
	case FIELD_WORD:
		sqlite3_bind_int64(statement, at, field_number(row, object));
		break;
	case FIELD_PORT:
	case FIELD_ADDRESS:
		db_bind_addr(statement, at, field_at(row, object));
		break;
	case FIELD_SECRET_FILE:
	case FIELD_LATER:
		break;
	}
}

void object_row_bind(sqlite3_stmt *statement, const struct object_columns *columns,
    const void *object, struct slice sealed)
{
	for (size_t i = 0; i < columns->count; i++)
		bind(statement, (int)i + 1, columns->rows[i], object, sealed);
}

static int read_number(sqlite3_stmt *statement, int at, const struct field_row *row, void *object)
{
	int64_t number = sqlite3_column_int64(statement, at);

	return number < 0 ? ERR_RANGE : field_set_number(row, object, (uint64_t)number);
}

static int read(sqlite3_stmt *statement, int at, const struct field_row *row, void *object,
    struct slice *sealed_r)
{
	void *place = (char *)object + row->offset;

	switch (row->type) {
	case FIELD_TEXT:
		*(struct slice *)place = db_column_text(statement, at);
		break;
	case FIELD_SECRET:
		*sealed_r = db_column_blob(statement, at);
		break;
	case FIELD_SWITCH:
		*(bool *)place = sqlite3_column_int(statement, at) != 0;
		break;
	case FIELD_NUMBER:
	case FIELD_WORD:
		return read_number(statement, at, row, object);
	case FIELD_PORT:
	case FIELD_ADDRESS:
		*(struct netaddr *)place = db_column_addr(statement, at);
		break;
	case FIELD_SECRET_FILE:
	case FIELD_LATER:
		break;
	}
	return 0;
}

int object_row_read(
    sqlite3_stmt *row, const struct object_columns *columns, void *object_r, struct slice *sealed_r)
{
	int rc = 0;

	memset(object_r, 0, columns->table->size);
	for (size_t i = 0; i < columns->count && rc == 0; i++)
		rc = read(row, (int)i, columns->rows[i], object_r, sealed_r);
	return rc;
}
