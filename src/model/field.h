// SPDX-License-Identifier: Apache-2.0
/*
 * One field of an object, as a row of its kind's table. Reading, writing,
 * judging, comparing, copying, storing and documenting follow from the row.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/netaddr.h"

#define FIELD_TEXT_MAX     128 /* bytes of an ordinary text */
#define FIELD_PASSWORD_MAX 256
#define FIELDS_MAX         63 /* of a kind: a bit each */

enum field_type {
	FIELD_TEXT,        /* struct slice */
	FIELD_SECRET,      /* struct slice that is never shown, and sealed where it is kept */
	FIELD_NUMBER,      /* uint16_t or uint32_t: a range, and words beside it */
	FIELD_WORD,        /* uint8_t: one of some words */
	FIELD_SWITCH,      /* bool */
	FIELD_PORT,        /* of a struct netaddr; 0: none */
	FIELD_ADDRESS,     /* of a struct netaddr, without the port; may be none */
	FIELD_SECRET_FILE, /* only read: the file whose first line is the secret at that place */
	FIELD_LATER,       /* the product has it, this version does not */
};

struct field_word {
	const char *name; /* "on" and "off" stand for "yes", "no", "true" and "false", too */
	uint32_t value;
	bool is_alias; /* it is read, and not offered */
};

struct field_row {
	const char *name;
	enum field_type type;
	uint16_t offset, size;
	bool is_shared; /* a text that many objects have alike, and that takes long to judge */

	/* Judges a text; NULL: it is clean and has at most `maximum` bytes. */
	int (*check)(struct slice text, struct buf *message);
	uint32_t minimum, maximum;      /* of a number, beside its words */
	const struct field_word *words; /* the last has no name; NULL: there are none */

	const char *unit;    /* of a number */
	const char *besides; /* said behind the range: (or "auto") */
	const char *missing; /* the text must be given; this is said where it is not */
	const char *right; /* what would be right; NULL: it follows from the words and the range */

	const char *column; /* where it is not the name; "": in that of the row before */

	const char *values;    /* for people; NULL: they follow from the words and the range */
	const char *otherwise; /* what holds where it is not given; "required" */
	const char *meaning;   /* one sentence */
};

/* Where an object keeps the field. */
static inline const void *field_at(const struct field_row *row, const void *object)
{
	return (const char *)object + row->offset;
}

static inline bool field_is_text(const struct field_row *row)
{
	return row->type == FIELD_TEXT || row->type == FIELD_SECRET;
}

/* True where not everything that its place can hold is right. */
static inline bool field_is_judged(const struct field_row *row)
{
	return row->type <= FIELD_WORD;
}

/* True where an object has it, and it is compared and stored. */
static inline bool field_is_kept(const struct field_row *row)
{
	return row->type < FIELD_SECRET_FILE;
}

/* True where it is written back as an operator writes it. */
static inline bool field_is_shown(const struct field_row *row)
{
	return field_is_kept(row) && row->type != FIELD_SECRET;
}

/* True where this version reads it, and so documents it. */
static inline bool field_is_read(const struct field_row *row)
{
	return row->type != FIELD_LATER;
}

/* FIELD_TEXT, FIELD_SECRET. */
static inline struct slice field_text(const struct field_row *row, const void *object)
{
	return *(const struct slice *)field_at(row, object);
}

/* FIELD_NUMBER, FIELD_WORD. */
static inline uint32_t field_number(const struct field_row *row, const void *object)
{
	const void *at = field_at(row, object);

	if (row->size == sizeof(uint32_t))
		return *(const uint32_t *)at;
	return row->size == sizeof(uint16_t) ? *(const uint16_t *)at : *(const uint8_t *)at;
}

/* The same, for setting it: ERR_RANGE where it does not fit. */
MUST_CHECK int field_set_number(const struct field_row *row, void *object, uint64_t number);

/* True where a word stands for this number, or it is in the range. */
bool field_has_number(const struct field_row *row, uint64_t number);

/* The number that a text stands for by a word of the row, whatever its letter case. */
bool field_find_word(const struct field_row *row, struct slice text, uint32_t *number_r);

/* The word for a number, not an alias; NULL where there is none. */
const char *field_word(const struct field_row *row, uint32_t number);

bool field_equal(const struct field_row *row, const void *a, const void *b);

/*
 * Judges a field that is judged, of an object that was filled in by whatever hand: ERR_SYNTAX,
 * ERR_RANGE, ERR_LIMIT, ERR_UNSUPPORTED; `message` says what was found and what would be right.
 */
MUST_CHECK int field_check(const struct field_row *row, const void *object, struct buf *message);

/* What would be right: `20–7200 s (or "auto")`, `on or off`. */
void field_put_right(struct buf *b, const struct field_row *row);

/* Writes "FOUND is outside RANGE"; gives ERR_RANGE. */
int field_refuse_number(const struct field_row *row, struct slice found, struct buf *message);

/* The values as the documentation lists them: "auto, off, 10–300 s". */
void field_put_values(struct buf *b, const struct field_row *row);

/* Rules that fields share: clean UTF-8 of at most `max` bytes; 1 to 64 letters, digits, . _ -;
 * a host, where there is one. */
MUST_CHECK int field_check_text(struct slice text, size_t max, struct buf *message);
MUST_CHECK int field_check_name(struct slice name, struct buf *message);
MUST_CHECK int field_check_host(struct slice host, struct buf *message);
