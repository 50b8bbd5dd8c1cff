// SPDX-License-Identifier: Apache-2.0
/*
 * One way to write each type of field, beside the one that reads it (object_fields.c).
 */
#include "config/object_text.h"

#include <assert.h>

/* U+2028 and U+2029 end a line for some readers; as UTF-8 they are E2 80 A8 and A9. */
static bool put_separator(struct buf *b, struct slice text)
{
	if (text.n < 3 || memcmp(text.p, "\xe2\x80", 2) != 0 ||
	    (text.p[2] != '\xa8' && text.p[2] != '\xa9'))
		return false;
	buf_puts(b, text.p[2] == '\xa8' ? "\\u2028" : "\\u2029");
	return true;
}

void object_text_quote(struct buf *b, struct slice text)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (put_separator(b, slice_skip(text, i))) {
			i += 2;
			continue;
		}
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, text.p[i]);
	}
	buf_putc(b, '"');
}

static void put_null(struct buf *b)
{
	buf_puts(b, "null");
}

static void put_address(struct buf *b, const struct netaddr *addr)
{
	char text[NETADDR_TEXT_MAX + 1];
	struct buf address = buf_over(text, sizeof(text));

	if (!addr->family) {
		put_null(b);
		return;
	}
	netaddr_put_ip(&address, addr);
	object_text_quote(b, buf_slice(&address));
}

static void put_number(struct buf *b, const struct field_row *row, const void *object)
{
	uint32_t number = field_number(row, object);
	const char *word = field_word(row, number);

	if (word)
		object_text_quote(b, slice_of(word));
	else
		buf_put_u64(b, number);
}

void object_text_put(struct buf *b, const struct field_row *row, const void *object)
{
	const struct netaddr *addr = field_at(row, object);

	switch (row->type) {
	case FIELD_TEXT:
		if (field_text(row, object).n > 0)
			object_text_quote(b, field_text(row, object));
		else
			put_null(b);
		break;
	case FIELD_SWITCH:
		buf_puts(b, *(const bool *)field_at(row, object) ? "true" : "false");
		break;
	case FIELD_NUMBER:
	case FIELD_WORD:
		put_number(b, row, object);
		break;
	case FIELD_PORT:
		if (addr->port)
			buf_put_u64(b, addr->port);
		else
			put_null(b);
		break;
	case FIELD_ADDRESS:
		put_address(b, addr);
		break;
	case FIELD_SECRET:
	case FIELD_SECRET_FILE:
	case FIELD_LATER:
		assert(!"a field that is shown");
	}
}
