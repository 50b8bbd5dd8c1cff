// SPDX-License-Identifier: Apache-2.0
/*
 * A row describes one field of an object; a table of rows describes a kind.
 * Reading, writing, judging, comparing, copying, storing and documenting a field
 * follow from its row.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/netaddr.h"

#define FIELD_NAME_MAX     64
#define FIELD_TEXT_MAX     128 /* bytes of an ordinary text */
#define FIELD_PASSWORD_MAX 256 /* bytes */
#define FIELDS_MAX         63  /* fields of one kind: each has a bit */

enum field_type {
	FIELD_TEXT,        /* struct slice */
	FIELD_SECRET,      /* struct slice that is never shown, and is stored sealed */
	FIELD_NUMBER,      /* uint16_t or uint32_t: a range, and words besides */
	FIELD_WORD,        /* uint8_t: one of some words */
	FIELD_SWITCH,      /* bool */
	FIELD_PORT,        /* the port of a struct netaddr; 0: none */
	FIELD_ADDRESS,     /* a struct netaddr without its port; may be none */
	FIELD_SECRET_FILE, /* input only: a file whose first line is the secret at that place */
	FIELD_LATER,       /* planned; this version does not have it */
};

struct field_word {
	const char *name; /* "on" also reads "yes" and "true", "off" reads "no" and "false" */
	uint32_t value;
	bool is_alias; /* accepted as input, never written */
	bool is_later; /* planned: this version refuses it */
};

struct field_row {
	const char *name;
	enum field_type type;
	uint16_t offset, size;
	bool is_shared; /* many objects have the same text, and judging it takes long */
	bool is_list;   /* a text that may be given as a list: its members, joined by commas */

	/* Judges a text; NULL: it must be clean UTF-8 of at most `maximum` bytes. */
	int (*check)(struct slice text, struct buf *message);
	uint32_t minimum, maximum;      /* of a number, apart from its words */
	const struct field_word *words; /* the last one has no name; NULL: there are none */

	const char *unit;    /* of a number */
	const char *besides; /* written behind the range: (or "auto") */
	const char *missing; /* not NULL: the text is required, and this is the message */
	const char *right;   /* what would be right; NULL: derived from words and range */

	const char *column; /* NULL: `name`; "": it shares the column of the row before */

	const char *values;    /* for documents; NULL: derived from words and range */
	const char *otherwise; /* the default, in words, or "required" */
	const char *meaning;   /* a sentence or two for documents */
};

/* The place of the field in an object. */
static inline const void *field_at(const struct field_row *row, const void *object)
{
	return (const char *)object + row->offset;
}

static inline bool field_is_text(const struct field_row *row)
{
	return row->type == FIELD_TEXT || row->type == FIELD_SECRET;
}

/* True if field_check() judges it: its place can hold values that are not allowed. */
static inline bool field_is_judged(const struct field_row *row)
{
	return row->type <= FIELD_WORD;
}

/* True if the field is part of an object: it is compared and stored. */
static inline bool field_is_kept(const struct field_row *row)
{
	return row->type < FIELD_SECRET_FILE;
}

/* True if it is written in exports and answers, in the form that an operator writes. */
static inline bool field_is_shown(const struct field_row *row)
{
	return field_is_kept(row) && row->type != FIELD_SECRET;
}

/* True if this version reads it; then the documents name it. */
static inline bool field_is_read(const struct field_row *row)
{
	return row->type != FIELD_LATER;
}

/* The value of a FIELD_TEXT or FIELD_SECRET. */
static inline struct slice field_text(const struct field_row *row, const void *object)
{
	return *(const struct slice *)field_at(row, object);
}

/* The value of a FIELD_NUMBER or FIELD_WORD. */
static inline uint32_t field_number(const struct field_row *row, const void *object)
{
	const void *at = field_at(row, object);

	if (row->size == sizeof(uint32_t))
		return *(const uint32_t *)at;
	return row->size == sizeof(uint16_t) ? *(const uint16_t *)at : *(const uint8_t *)at;
}

/* Sets a FIELD_NUMBER or FIELD_WORD. ERR_RANGE if the number does not fit its place. */
MUST_CHECK int field_set_number(const struct field_row *row, void *object, uint64_t number);

/* True if the number is in the range, or a word stands for it. */
bool field_has_number(const struct field_row *row, uint64_t number);

/* Finds the number for a word of the row, in any letter case. False if there is none. */
bool field_find_word(const struct field_row *row, struct slice text, uint32_t *number_r);

/* True if the text is a word that this version does not have yet. */
bool field_is_later_word(const struct field_row *row, struct slice text);

/* The word for a number, never an alias; NULL if there is none. */
const char *field_word(const struct field_row *row, uint32_t number);

bool field_equal(const struct field_row *row, const void *a, const void *b);

/*
 * Judges the value of a field, for which field_is_judged() must be true. ERR_SYNTAX, ERR_RANGE,
 * ERR_LIMIT, ERR_UNSUPPORTED; then `message` says what was found and what would be right.
 */
MUST_CHECK int field_check(const struct field_row *row, const void *object, struct buf *message);

/* Writes what would be right: `20–7200 s (or "auto")`, `on or off`. */
void field_put_right(struct buf *b, const struct field_row *row);

/* Writes "FOUND is outside RANGE" or "FOUND is none of WORDS"; returns ERR_RANGE. */
int field_refuse_number(const struct field_row *row, struct slice found, struct buf *message);

/* Writes the values as the documents list them: "auto, off, 10–300 s". */
void field_put_values(struct buf *b, const struct field_row *row);

/*
 * Rules that fields share: clean UTF-8 of at most `max` bytes; 1 to 64 letters, digits, . _ -;
 * the same and + (a SIP user that is a name, too); a host (model/host.h) or nothing. ERR_SYNTAX;
 * ERR_LIMIT if the text is too long.
 */
MUST_CHECK int field_check_text(struct slice text, size_t max, struct buf *message);
MUST_CHECK int field_check_name(struct slice name, struct buf *message);
MUST_CHECK int field_check_user(struct slice user, struct buf *message);
MUST_CHECK int field_check_host(struct slice host, struct buf *message);
