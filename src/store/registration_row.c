// SPDX-License-Identifier: Apache-2.0
/*
 * The table of columns; see registration_row.h.
 */
#include "store/registration_row.h"

#include "store/db.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum column_type {
	COLUMN_TEXT,
	COLUMN_SEALED,
	COLUMN_SWITCH,
	COLUMN_U8,
	COLUMN_U16,
	COLUMN_U32,
	COLUMN_ADDR
};

#define AT(member) offsetof(struct registration_config, member)

static const struct column {
	const char *name;
	enum column_type type;
	size_t offset;
} columns[] = {
    {"name", COLUMN_TEXT, AT(name)},
    {"enabled", COLUMN_SWITCH, AT(settings.enabled)},
    {"username", COLUMN_TEXT, AT(username)},
    {"auth_username", COLUMN_TEXT, AT(auth_username)},
    {"password", COLUMN_SEALED, AT(password)},
    {"host", COLUMN_TEXT, AT(host)},
    {"proxy", COLUMN_TEXT, AT(proxy)},
    {"contact_host", COLUMN_TEXT, AT(contact_host)},
    {"contact_user", COLUMN_TEXT, AT(contact_user)},
    {"display_name", COLUMN_TEXT, AT(display_name)},
    {"user_agent", COLUMN_TEXT, AT(user_agent)},
    {"local", COLUMN_ADDR, AT(settings.local)},
    {"period", COLUMN_U32, AT(settings.period_s)},
    {"line_limit", COLUMN_U32, AT(settings.line_limit)},
    {"retry_delay", COLUMN_U32, AT(settings.retry_delay_s)},
    {"digest_min", COLUMN_U8, AT(settings.digest_min)},
    {"send_unregister", COLUMN_U8, AT(settings.send_unregister)},
    {"outbound", COLUMN_U8, AT(settings.outbound)},
    {"keepalive", COLUMN_U16, AT(settings.keepalive_s)},
    {"bulk", COLUMN_SWITCH, AT(settings.bulk)},
    {"multi_contact", COLUMN_SWITCH, AT(settings.multi_contact)},
};

void registration_row_put_names(struct buf *sql)
{
	for (size_t i = 0; i < COUNT(columns); i++) {
		buf_puts(sql, i > 0 ? "," : "");
		buf_puts(sql, columns[i].name);
	}
}

void registration_row_put_marks(struct buf *sql)
{
	for (size_t i = 0; i < COUNT(columns); i++)
		buf_puts(sql, i > 0 ? ",?" : "?");
}

static void bind(sqlite3_stmt *statement, int at, enum column_type type, const void *field)
{
	switch (type) {
	case COLUMN_TEXT:
		db_bind_text(statement, at, *(const struct slice *)field);
		break;
	case COLUMN_SEALED:
		db_bind_blob(statement, at, *(const struct slice *)field);
		break;
	case COLUMN_SWITCH:
		sqlite3_bind_int(statement, at, *(const bool *)field);
		break;
	case COLUMN_U8:
		sqlite3_bind_int(statement, at, *(const uint8_t *)field);
		break;
	case COLUMN_U16:
		sqlite3_bind_int(statement, at, *(const uint16_t *)field);
		break;
	case COLUMN_U32:
		sqlite3_bind_int64(statement, at, *(const uint32_t *)field);
		break;
	case COLUMN_ADDR:
		db_bind_addr(statement, at, field);
		break;
	}
}

void registration_row_bind(
    sqlite3_stmt *statement, const struct registration_config *config, struct slice sealed)
{
	for (size_t i = 0; i < COUNT(columns); i++) {
		const void *field = (const char *)config + columns[i].offset;

		bind(statement, (int)i + 1, columns[i].type,
		    columns[i].type == COLUMN_SEALED ? &sealed : field);
	}
}

static bool read_number(sqlite3_stmt *row, int at, int64_t maximum, int64_t *number_r)
{
	*number_r = sqlite3_column_int64(row, at);
	return *number_r >= 0 && *number_r <= maximum;
}

static bool read(sqlite3_stmt *row, int at, enum column_type type, void *field)
{
	int64_t number;

	switch (type) {
	case COLUMN_TEXT:
		*(struct slice *)field = db_column_text(row, at);
		break;
	case COLUMN_SEALED:
		*(struct slice *)field = db_column_blob(row, at);
		break;
	case COLUMN_SWITCH:
		*(bool *)field = sqlite3_column_int(row, at) != 0;
		break;
	case COLUMN_U8:
		if (!read_number(row, at, UINT8_MAX, &number))
			return false;
		*(uint8_t *)field = (uint8_t)number;
		break;
	case COLUMN_U16:
		if (!read_number(row, at, UINT16_MAX, &number))
			return false;
		*(uint16_t *)field = (uint16_t)number;
		break;
	case COLUMN_U32:
		if (!read_number(row, at, UINT32_MAX, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		break;
	case COLUMN_ADDR:
		*(struct netaddr *)field = db_column_addr(row, at);
		break;
	}
	return true;
}

int registration_row_read(
    sqlite3_stmt *row, struct registration_config *config_r, struct slice *sealed_r)
{
	*config_r = (struct registration_config){0};
	for (size_t i = 0; i < COUNT(columns); i++) {
		void *field = (char *)config_r + columns[i].offset;

		if (!read(row, (int)i, columns[i].type,
		        columns[i].type == COLUMN_SEALED ? sealed_r : field))
			return ERR_RANGE;
	}
	return 0;
}
