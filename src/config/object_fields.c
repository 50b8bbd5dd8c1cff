// SPDX-License-Identifier: Apache-2.0
/*
 * One object of the objects file, or of a request: its fields, read by the rows of
 * its kind. Texts are copied into the entry, because the parser's die with its next
 * event; what fields must be is judged by the model, once, when the whole object is there.
 */
#include "config/objects_reading.h"

#include "config/path.h"
#include "param/phrase.h"

#include <assert.h>
#include <stdlib.h>

#define SECRET_FILE_MAX  (FIELD_PASSWORD_MAX + 2) /* and the end of its line */
#define SEALED_PLAIN_MAX 512
#define LIST_MAX         2048

struct entry {
	struct objects_reading *reading;
	enum object_kind kind;
	const struct object_table *table;
	const char *prefix; /* of a field in messages */
	union object_room object;
	struct slice texts[FIELDS_MAX]; /* what the object's slices point into */
	unsigned text_count;
	struct mark marks[FIELDS_MAX]; /* of the fields' values, by row */
	uint64_t given_secrets;        /* a bit by row: in whichever way */
};

static struct slice keep(struct entry *entry, struct slice text)
{
	char *copy = malloc(text.n > 0 ? text.n : 1);

	if (!copy) {
		entry->reading->error = ERR_MEMORY;
		return (struct slice){0};
	}
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	assert(entry->text_count < FIELDS_MAX);
	return entry->texts[entry->text_count++] = slice_make(copy, text.n);
}

/* The index of the field's row, in the table as in what was made of it for the parser. */
static size_t index_of(const struct entry *entry, const struct yaml_field *field)
{
	return (size_t)(field->row - entry->reading->rows);
}

static void *place(struct entry *entry, const struct field_row *row)
{
	return entry->object.bytes + row->offset;
}

static void set_text(struct entry *entry, const struct field_row *row, struct slice text)
{
	*(struct slice *)place(entry, row) = keep(entry, text);
}

static void refuse(struct yaml *yaml, const struct yaml_field *field, const struct field_row *row)
{
	char right[128];
	struct buf b = buf_over(right, sizeof(right));

	field_put_right(&b, row);
	yaml_refuse(yaml, field, buf_text(&b));
}

/* Secrets: given themselves, sealed, or by a file. */

/* The row of the secret that is kept where this one goes. */
static size_t secret_of(const struct entry *entry, const struct field_row *row)
{
	size_t i = 0;

	while (entry->table->rows[i].type != FIELD_SECRET ||
	       entry->table->rows[i].offset != row->offset)
		i++;
	return i;
}

static bool is_given(const struct entry *entry, const struct field_row *row)
{
	return entry->given_secrets >> secret_of(entry, row) & 1;
}

/* The row by which it can be given as well. */
static const struct field_row *file_of(const struct entry *entry, const struct field_row *secret)
{
	for (size_t i = 0; i < entry->table->count; i++)
		if (entry->table->rows[i].type == FIELD_SECRET_FILE &&
		    entry->table->rows[i].offset == secret->offset)
			return &entry->table->rows[i];
	return secret;
}

/* False where it was given before, in the other way. */
static bool claim_secret(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	size_t secret = secret_of(entry, row);
	const struct field_row *known = &entry->table->rows[secret];

	if (is_given(entry, row)) {
		problems_add(yaml_problems(entry->reading->yaml), field->item.mark,
		    "%s: %s and %s; one of them would be right", field->path, known->name,
		    file_of(entry, known)->name);
		return false;
	}
	entry->given_secrets |= UINT64_C(1) << secret;
	return true;
}

static void read_sealed(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct problems *problems = yaml_problems(entry->reading->yaml);
	const struct objects_sink *sink = entry->reading->sink;
	char plain[SEALED_PLAIN_MAX];
	size_t n = 0;
	int rc = sink->unseal(sink->context, field->item.text, plain, sizeof(plain), &n);

	if (rc == 0)
		set_text(entry, row, slice_make(plain, n));
	else if (rc == ERR_ACCESS || rc == ERR_DAMAGED)
		problems_add(problems, field->item.mark,
		    "%s: was sealed with another key than STATE/key of this node, or changed "
		    "since; the password itself would be right",
		    field->path);
	else
		problems_add(problems, field->item.mark,
		    "%s: !sealed is followed by what an export wrote, unchanged", field->path);
	explicit_bzero(plain, sizeof(plain));
}

static void read_secret(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	if (!claim_secret(entry, field, row))
		return;
	if (field->item.is_sealed && entry->reading->sink->unseal)
		read_sealed(entry, field, row);
	else if (field->item.is_sealed)
		set_text(entry, row, SLICE("(sealed)"));
	else
		set_text(entry, row, field->item.text);
}

static void read_secret_file(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct slice text = field->item.text;
	char line[SECRET_FILE_MAX], *path;
	const char *why = "is not a path";
	ptrdiff_t n = -1;

	if (!claim_secret(entry, field, row))
		return;
	if (!entry->reading->directory && text.n > 0 && text.p[0] != '/') {
		why =
		    "a relative path, but this text lies in no directory; an absolute one would be "
		    "right";
	} else if (text.n > 0 && text.n <= PATH_TEXT_MAX && phrase_is_clean(text)) {
		path = path_resolve(entry->reading->directory, text);
		n = path ? path_read_line(path, line, sizeof(line), &why) : -1;
		free(path);
	}
	if (n > 0)
		set_text(entry, row, slice_make(line, (size_t)n));
	else
		problems_add(yaml_problems(entry->reading->yaml), field->item.mark, "%s: %.*s: %s",
		    field->path, text.n < 256 ? (int)text.n : 256, text.p,
		    n == 0 ? "is empty" : why);
	explicit_bzero(line, sizeof(line));
}

/* The others. */

/* One member of a list; false at its end. */
static bool read_member(struct yaml *yaml, const struct yaml_field *field, struct buf *list)
{
	struct yaml_field member = {.path = field->path, .item = yaml_next(yaml)};
	enum yaml_kind kind = member.item.kind;

	if (kind == YAML_LIST_END || kind == YAML_BROKEN || kind == YAML_END)
		return false;
	if (kind != YAML_TEXT) {
		yaml_refuse(yaml, &member, "a single value");
		yaml_skip(yaml, member.item);
		return true;
	}
	buf_puts(list, list->n > 0 ? ", " : "");
	buf_put(list, member.item.text);
	return true;
}

static void read_list(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct yaml *yaml = entry->reading->yaml;
	char text[LIST_MAX];
	struct buf list = buf_over(text, sizeof(text));

	while (read_member(yaml, field, &list))
		continue;
	if (list.full)
		problems_add(
		    yaml_problems(yaml), field->item.mark, "%s: the list is too long", field->path);
	else
		set_text(entry, row, buf_slice(&list));
}

static void read_text(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct yaml *yaml = entry->reading->yaml;

	if (field->item.kind == YAML_TEXT) {
		set_text(entry, row, field->item.text);
	} else if (field->item.kind == YAML_LIST) {
		read_list(entry, field, row);
	} else {
		yaml_refuse(yaml, field, "a list or a single value");
		yaml_skip(yaml, field->item);
	}
}

static void read_word(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct slice text = field->item.text;
	uint32_t value;

	if (field_is_later_word(row, text))
		problems_add(yaml_problems(entry->reading->yaml), field->item.mark,
		    "%s: %.*s: " PHRASE_NOT_BUILT, field->path, SLICE_ARG(text));
	else if (!field_find_word(row, text, &value) ||
	         field_set_number(row, &entry->object, value) != 0)
		refuse(entry->reading->yaml, field, row);
}

/* A number that only stands for a word is outside the range, when it is written as a number. */
static void read_number(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct yaml *yaml = entry->reading->yaml;
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));
	uint64_t number;
	uint32_t value;
	int rc;

	rc = slice_number(field->item.text, row->maximum, &number);
	if (rc == 0 && number < row->minimum)
		rc = ERR_RANGE;
	if (rc == ERR_SYNTAX && field_find_word(row, field->item.text, &value)) {
		number = value;
		rc = 0;
	}
	if (rc == 0)
		rc = field_set_number(row, &entry->object, number);
	if (rc == ERR_SYNTAX) {
		refuse(yaml, field, row);
	} else if (rc != 0) {
		(void)!field_refuse_number(row, field->item.text, &b);
		problems_add(
		    yaml_problems(yaml), field->item.mark, "%s: %s", field->path, buf_text(&b));
	}
}

static void read_address(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct netaddr *kept = place(entry, row), addr;

	if (netaddr_parse_ip(field->item.text, &addr) != 0) {
		refuse(entry->reading->yaml, field, row);
		return;
	}
	addr.port = kept->port;
	*kept = addr;
}

static void read_port(
    struct entry *entry, const struct yaml_field *field, const struct field_row *row)
{
	struct netaddr *kept = place(entry, row);
	uint64_t number;

	if (slice_number(field->item.text, UINT16_MAX, &number) != 0 || number == 0)
		refuse(entry->reading->yaml, field, row);
	else
		kept->port = (uint16_t)number;
}

static void read_field(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;
	const struct field_row *row = &entry->table->rows[index_of(entry, field)];

	entry->marks[index_of(entry, field)] = field->item.mark;
	switch (row->type) {
	case FIELD_TEXT:
		read_text(entry, field, row);
		break;
	case FIELD_SECRET:
		read_secret(entry, field, row);
		break;
	case FIELD_SECRET_FILE:
		read_secret_file(entry, field, row);
		break;
	case FIELD_SWITCH:
		if (!phrase_read_switch(field->item.text, place(entry, row)))
			refuse(yaml, field, row);
		break;
	case FIELD_NUMBER:
		read_number(entry, field, row);
		break;
	case FIELD_WORD:
		read_word(entry, field, row);
		break;
	case FIELD_PORT:
		read_port(entry, field, row);
		break;
	case FIELD_ADDRESS:
		read_address(entry, field, row);
		break;
	case FIELD_LATER:
		break;
	}
}

/* A null gives a field its default. Address and port share their place. */
static void read_null(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;
	const struct field_row *row = &entry->table->rows[index_of(entry, field)];
	struct netaddr *addr = place(entry, row);

	(void)yaml;
	entry->marks[index_of(entry, field)] = field->item.mark;
	switch (row->type) {
	case FIELD_PORT:
		addr->port = 0;
		break;
	case FIELD_ADDRESS:
		*addr = (struct netaddr){.port = addr->port};
		break;
	case FIELD_SECRET:
	case FIELD_SECRET_FILE:
		/* Beside a secret that is given it says only that it is given in one way. */
		if (!is_given(entry, row))
			*(struct slice *)place(entry, row) = (struct slice){0};
		break;
	case FIELD_TEXT:
	case FIELD_SWITCH:
	case FIELD_NUMBER:
	case FIELD_WORD:
		memcpy(place(entry, row), field_at(row, entry->table->defaults), row->size);
		break;
	case FIELD_LATER:
		break;
	}
}

/* The whole. */

/* Not all of its room: a file has very many of them. */
static void begin(struct entry *entry, struct objects_reading *reading, enum object_kind kind)
{
	entry->reading = reading;
	entry->kind = kind;
	entry->table = object_table(kind);
	entry->text_count = 0;
	entry->given_secrets = 0;
	memset(entry->marks, 0, entry->table->count * sizeof(entry->marks[0]));
	object_defaults(kind, &entry->object);
}

/* The rows of the kind as the parser wants them stay for the objects that follow. */
static void read_map(struct entry *entry)
{
	struct objects_reading *reading = entry->reading;
	const struct object_table *table = entry->table;

	if (reading->table != table) {
		for (size_t i = 0; i < table->count; i++)
			reading->rows[i] = (struct yaml_row){
			    .name = table->rows[i].name,
			    .read = field_is_read(&table->rows[i]) ? read_field : NULL,
			    .read_null = read_null,
			    .may_be_sealed = table->rows[i].type == FIELD_SECRET,
			    .any = table->rows[i].is_list,
			};
		reading->table = table;
	}
	yaml_read_map(reading->yaml, entry->prefix, reading->rows, table->count, entry);
}

static struct mark mark_of(const struct entry *entry, const char *field, struct mark otherwise)
{
	for (size_t i = 0; i < entry->table->count; i++) {
		if (strcmp(entry->table->rows[i].name, field) == 0 && entry->marks[i].line > 0)
			return entry->marks[i];
	}
	return otherwise;
}

/* What begins with # is a comment to YAML, and leaves the field empty. */
static bool has_empty_secret(struct entry *entry, struct mark mark)
{
	for (uint64_t left = entry->given_secrets; left; left &= left - 1) {
		const struct field_row *row = &entry->table->rows[__builtin_ctzll(left)];

		if (field_text(row, &entry->object).n > 0)
			continue;
		problems_add(yaml_problems(entry->reading->yaml), mark_of(entry, row->name, mark),
		    "%s%s: is empty; a %s, in quotes where it begins with #, would be right",
		    entry->prefix, row->name, row->name);
		return true;
	}
	return false;
}

/* True where the whole object is as the model wants it; what is not is told. */
static bool judge(struct entry *entry, struct mark mark)
{
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));
	const char *field;

	if (has_empty_secret(entry, mark))
		return false;
	if (object_check(entry->kind, &entry->object, NULL, &field, &b) == 0)
		return true;
	problems_add(yaml_problems(entry->reading->yaml), mark_of(entry, field, mark), "%s%s: %s",
	    entry->prefix, field, buf_text(&b));
	return false;
}

static void judge_repeated(struct entry *entry, struct mark mark)
{
	const char *field = entry->table->rows[0].name;
	struct slice name = object_name(entry->kind, &entry->object);
	unsigned first;

	mark = mark_of(entry, field, mark);
	first = objects_first_line(entry->reading, entry->kind, name, mark.line);
	if (first != mark.line)
		problems_add(yaml_problems(entry->reading->yaml), mark,
		    "%s%s: %.*s is there twice, first in line %u", entry->prefix, field,
		    SLICE_ARG(name), first);
}

/* Hands over what was read, where all was right, and forgets it. */
static void finish(struct entry *entry)
{
	const struct objects_sink *sink = entry->reading->sink;

	if (objects_wanted(entry->reading))
		entry->reading->error = sink->object(sink->context, entry->kind, &entry->object);
	for (unsigned i = 0; i < entry->text_count; i++) {
		explicit_bzero((char *)(uintptr_t)entry->texts[i].p, entry->texts[i].n);
		free((char *)(uintptr_t)entry->texts[i].p);
	}
}

void objects_read_object(
    struct objects_reading *reading, enum object_kind kind, struct yaml_item first, unsigned index)
{
	struct problems *problems = yaml_problems(reading->yaml);
	unsigned before = problems->count;
	struct entry entry;
	char path[48];
	struct buf b = buf_over(path, sizeof(path));

	begin(&entry, reading, kind);
	buf_puts(&b, entry.table->plural);
	buf_putc(&b, '[');
	buf_put_u64(&b, index);
	buf_puts(&b, "].");
	entry.prefix = buf_text(&b);
	if (first.kind != YAML_MAP) {
		problems_add(problems, first.mark, "%s[%u]: a map of fields would be right",
		    entry.table->plural, index);
		yaml_skip(reading->yaml, first);
		return;
	}
	read_map(&entry);
	if (reading->error == 0 && problems->count == before && judge(&entry, first.mark))
		judge_repeated(&entry, first.mark);
	finish(&entry);
}

static void set_name(struct entry *entry, struct slice name, struct mark mark)
{
	const struct field_row *row = &entry->table->rows[0];
	struct slice *own = place(entry, row);

	if (own->n == 0)
		*own = name;
	else if (name.n > 0 && !slice_equal(*own, name))
		problems_add(yaml_problems(entry->reading->yaml), mark_of(entry, row->name, mark),
		    "%s: cannot change; a new %s, and the removal of %.*s, would be right",
		    row->name, entry->table->name, SLICE_ARG(name));
}

void objects_read_single(
    struct objects_reading *reading, enum object_kind kind, const void *base, struct slice name)
{
	struct problems *problems = yaml_problems(reading->yaml);
	struct yaml_item first = yaml_next(reading->yaml);
	struct entry entry;

	if (first.kind == YAML_BROKEN)
		return;
	begin(&entry, reading, kind);
	entry.prefix = "";
	if (first.kind != YAML_MAP) {
		problems_add(problems, first.mark,
		    "is not a map; the fields of one %s as %s would be right", entry.table->name,
		    entry.table->example);
		return;
	}
	if (base)
		memcpy(&entry.object, base, entry.table->size);
	read_map(&entry);
	if (problems->count == 0)
		set_name(&entry, name, first.mark);
	if (reading->error == 0 && problems->count == 0)
		(void)judge(&entry, first.mark);
	finish(&entry);
}
