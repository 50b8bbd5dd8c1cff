// SPDX-License-Identifier: Apache-2.0
/*
 * The types of field: numbers and words, comparing, judging, and texts for people.
 */
#include "model/field.h"

#include "model/host.h"
#include "param/phrase.h"

#include <assert.h>

int field_set_number(const struct field_row *row, void *object, uint64_t number)
{
	void *at = (char *)object + row->offset;

	assert(row->size <= sizeof(uint32_t));
	if (number >> (8 * row->size) != 0)
		return ERR_RANGE;
	if (row->size == sizeof(uint8_t))
		*(uint8_t *)at = (uint8_t)number;
	else if (row->size == sizeof(uint16_t))
		*(uint16_t *)at = (uint16_t)number;
	else
		*(uint32_t *)at = (uint32_t)number;
	return 0;
}

/* To people. An alias is read; what comes later is refused. */
static bool is_offered(const struct field_word *word)
{
	return !word->is_alias && !word->is_later;
}

const char *field_word(const struct field_row *row, uint32_t number)
{
	for (const struct field_word *word = row->words; word && word->name; word++)
		if (word->value == number && is_offered(word))
			return word->name;
	return NULL;
}

static bool is_in_range(const struct field_row *row, uint64_t number)
{
	return row->type == FIELD_NUMBER && number >= row->minimum && number <= row->maximum;
}

bool field_has_number(const struct field_row *row, uint64_t number)
{
	return is_in_range(row, number) ||
	       (number <= UINT32_MAX && field_word(row, (uint32_t)number));
}

bool field_find_word(const struct field_row *row, struct slice text, uint32_t *number_r)
{
	bool on;

	if (row->words && phrase_read_switch(text, &on))
		text = on ? SLICE("on") : SLICE("off");
	for (const struct field_word *word = row->words; word && word->name; word++) {
		if (!word->is_later && slice_equal_nocase(text, slice_of(word->name))) {
			*number_r = word->value;
			return true;
		}
	}
	return false;
}

bool field_is_later_word(const struct field_row *row, struct slice text)
{
	for (const struct field_word *word = row->words; word && word->name; word++)
		if (word->is_later && slice_equal_nocase(text, slice_of(word->name)))
			return true;
	return false;
}

bool field_equal(const struct field_row *row, const void *a, const void *b)
{
	const void *left = field_at(row, a), *right = field_at(row, b);
	const struct netaddr *one = left, *other = right;

	switch (row->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
		return slice_equal(*(const struct slice *)left, *(const struct slice *)right);
	case FIELD_SWITCH:
		return *(const bool *)left == *(const bool *)right;
	case FIELD_NUMBER:
	case FIELD_WORD:
		return field_number(row, a) == field_number(row, b);
	case FIELD_PORT:
		return one->port == other->port;
	case FIELD_ADDRESS:
		return netaddr_equal_ip(one, other) && one->scope == other->scope;
	case FIELD_SECRET_FILE:
	case FIELD_LATER:
		break;
	}
	return true;
}

/* The message repeats `shown` instead of `text`, which may be a secret. */
static int check_clean(struct slice text, size_t max, struct slice shown, struct buf *message)
{
	if (text.n <= max && phrase_is_clean(text))
		return 0;
	phrase_put_found(message, shown);
	if (text.n > max) {
		buf_puts(message, " is longer than ");
		buf_put_u64(message, max);
		buf_puts(message, " bytes");
		return ERR_LIMIT;
	}
	buf_puts(message, "; UTF-8 text without control characters would be right");
	return ERR_SYNTAX;
}

int field_check_text(struct slice text, size_t max, struct buf *message)
{
	return check_clean(text, max, text, message);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* `besides` may stand in it, too; `signs` says which signs may. */
static int check_name(struct slice name, char besides, const char *signs, struct buf *message)
{
	size_t good = 0;

	while (good < name.n && (is_name_char(name.p[good]) || name.p[good] == besides))
		good++;
	if (name.n > 0 && good == name.n && name.n <= FIELD_NAME_MAX)
		return 0;
	phrase_put_found(message, name);
	buf_puts(message, "; 1–64 letters, digits, ");
	buf_puts(message, signs);
	buf_puts(message, " would be right");
	return name.n > FIELD_NAME_MAX ? ERR_LIMIT : ERR_SYNTAX;
}

int field_check_name(struct slice name, struct buf *message)
{
	return check_name(name, '-', "\".\", \"_\" and \"-\"", message);
}

int field_check_user(struct slice user, struct buf *message)
{
	return check_name(user, '+', "\".\", \"_\", \"-\" and \"+\"", message);
}

int field_check_host(struct slice host, struct buf *message)
{
	if (host.n == 0 || host_is_valid(host))
		return 0;
	host_explain(message, host);
	return host.n > HOST_MAX ? ERR_LIMIT : ERR_SYNTAX;
}

static int check_text(const struct field_row *row, struct slice text, struct buf *message)
{
	if (text.n == 0 && row->missing) {
		buf_puts(message, "is missing; ");
		buf_puts(message, row->missing);
		return ERR_SYNTAX;
	}
	if (row->check)
		return row->check(text, message);
	return check_clean(
	    text, row->maximum, row->type == FIELD_SECRET ? SLICE("(not shown)") : text, message);
}

static int check_number(const struct field_row *row, uint32_t number, struct buf *message)
{
	char text[16];
	struct buf found = buf_over(text, sizeof(text));

	if (field_has_number(row, number))
		return 0;
	buf_put_u64(&found, number);
	return field_refuse_number(row, buf_slice(&found), message);
}

int field_check(const struct field_row *row, const void *object, struct buf *message)
{
	assert(field_is_judged(row));
	if (field_is_text(row))
		return check_text(row, field_text(row, object), message);
	return check_number(row, field_number(row, object), message);
}

static const struct field_word *words_of(const struct field_row *row)
{
	static const struct field_word on_off[] = {{.name = "on"}, {.name = "off"}, {0}};

	return row->type == FIELD_SWITCH ? on_off : row->words;
}

static bool has_offered(const struct field_word *word)
{
	while (word->name && !is_offered(word))
		word++;
	return word->name;
}

/* Writes the words of a row, aliases left out, with `last` before the last one. False: none. */
static bool put_words(struct buf *b, const struct field_row *row, const char *last)
{
	const struct field_word *left, *word = words_of(row);
	bool has_any = word;

	for (; word && word->name; word = left) {
		buf_puts(b, word->name);
		for (left = word + 1; left->name && !is_offered(left);)
			left++;
		if (left->name)
			buf_puts(b, has_offered(left + 1) ? ", " : last);
	}
	return has_any;
}

static void put_range(struct buf *b, const struct field_row *row)
{
	phrase_put_range(b, row->minimum, row->maximum, row->unit);
	if (row->besides) {
		buf_putc(b, ' ');
		buf_puts(b, row->besides);
	}
}

void field_put_right(struct buf *b, const struct field_row *row)
{
	if (row->right)
		buf_puts(b, row->right);
	else if (row->type == FIELD_NUMBER)
		put_range(b, row);
	else
		put_words(b, row, " or ");
}

int field_refuse_number(const struct field_row *row, struct slice found, struct buf *message)
{
	phrase_put_found(message, found);
	if (row->type == FIELD_NUMBER) {
		buf_puts(message, " is outside ");
		put_range(message, row);
	} else {
		buf_puts(message, " is none of ");
		put_words(message, row, ", ");
	}
	return ERR_RANGE;
}

void field_put_values(struct buf *b, const struct field_row *row)
{
	if (row->values) {
		buf_puts(b, row->values);
		return;
	}
	if (put_words(b, row, ", ") && row->type == FIELD_NUMBER)
		buf_puts(b, ", ");
	if (row->type == FIELD_NUMBER)
		phrase_put_range(b, row->minimum, row->maximum, row->unit);
}
