// SPDX-License-Identifier: Apache-2.0
/*
 * The one place that knows libfyaml. It reads events and never builds the
 * document tree, so what is held is one token and the parser's own stack.
 */
#include "config/yaml.h"

#include "base/error.h"
#include "config/yaml_input.h"
#include "param/phrase.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS_MAX 64

/* What begins like this was probably meant as a text, a password above all. */
#define PLAIN(sign) "a plain value would be right, in quotes where it begins with " sign

struct yaml {
	struct problems *problems;
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct fy_event *event; /* keeps the text of the last item alive */
	enum yaml_kind over;    /* YAML_END or YAML_BROKEN once it is */
	bool is_over;
	bool has_document;
	struct yaml_input input;
};

static int start(struct yaml *yaml)
{
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG};

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.level = FYET_ERROR;
	yaml->diag = fy_diag_create(&diag_cfg);
	if (!yaml->diag)
		return ERR_MEMORY;
	fy_diag_set_collect_errors(yaml->diag, true);
	cfg.diag = yaml->diag;
	yaml->parser = fy_parser_create(&cfg);
	if (!yaml->parser)
		return ERR_MEMORY;
	if (fy_parser_set_input_callback(yaml->parser, &yaml->input, yaml_input_read) != 0)
		return ERR_MEMORY;
	return 0;
}

/* Takes the file over, also on failure. */
static int make(struct problems *problems, FILE *file, struct slice text, struct yaml **yaml_r)
{
	struct yaml *yaml = calloc(1, sizeof(*yaml));
	int rc;

	*yaml_r = NULL;
	if (!yaml) {
		if (file)
			fclose(file);
		return ERR_MEMORY;
	}
	yaml->problems = problems;
	yaml_input_init(&yaml->input, problems, file, text);
	rc = start(yaml);
	if (rc != 0)
		yaml_close(&yaml);
	*yaml_r = yaml;
	return rc;
}

/* Without waiting for a pipe that nobody writes: only regular files are read. */
static FILE *open_regular(const char *path, struct problems *problems)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *file = NULL;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		problems_add(problems, (struct mark){0}, "is not a regular file");
		close(fd);
		return NULL;
	}
	if (fd >= 0)
		file = fdopen(fd, "re");
	if (!file) {
		problems_add(problems, (struct mark){0}, "cannot be read: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return file;
}

int yaml_open(const char *path, struct problems *problems, struct yaml **yaml_r)
{
	FILE *file = open_regular(path, problems);

	*yaml_r = NULL;
	return file ? make(problems, file, (struct slice){0}, yaml_r) : ERR_IO;
}

int yaml_open_fd(int fd, struct problems *problems, struct yaml **yaml_r)
{
	FILE *file = fdopen(fd, "re");

	*yaml_r = NULL;
	if (file)
		return make(problems, file, (struct slice){0}, yaml_r);
	close(fd);
	return ERR_MEMORY;
}

int yaml_open_text(struct slice text, struct problems *problems, struct yaml **yaml_r)
{
	return make(problems, NULL, text, yaml_r);
}

void yaml_close(struct yaml **yaml)
{
	struct yaml *gone = *yaml;

	*yaml = NULL;
	if (!gone)
		return;
	if (gone->event)
		fy_parser_event_free(gone->parser, gone->event);
	if (gone->parser)
		fy_parser_destroy(gone->parser);
	if (gone->diag)
		fy_diag_destroy(gone->diag);
	yaml_input_close(&gone->input);
	free(gone);
}

struct problems *yaml_problems(struct yaml *yaml)
{
	return yaml->problems;
}

static struct yaml_item finish(struct yaml *yaml, enum yaml_kind kind)
{
	yaml->is_over = true;
	yaml->over = kind;
	return (struct yaml_item){.kind = kind};
}

void yaml_stop(struct yaml *yaml)
{
	if (!yaml->is_over)
		(void)finish(yaml, YAML_END);
}

/* The parser's first complaint says it; those behind it are echoes. */
static struct yaml_item broken(struct yaml *yaml)
{
	static const char *const unquoted[] = {
	    "plain scalar cannot start", "nested block mapping on the same line"};
	void *cursor = NULL;
	const struct fy_diag_error *error = fy_diag_errors_iterate(yaml->diag, &cursor);
	struct mark mark = {0};
	char text[192];
	struct buf b = buf_over(text, sizeof(text));

	if (error && error->line >= 0 && error->column >= 0)
		mark = (struct mark){(unsigned)error->line, (unsigned)error->column};
	phrase_put_found(&b, slice_of(error && error->msg ? error->msg : "cannot be parsed"));
	for (size_t i = 0; i < sizeof(unquoted) / sizeof(unquoted[0]); i++)
		if (error && error->msg && strstr(error->msg, unquoted[i]))
			buf_puts(&b, "; texts with special characters go in quotes");
	problems_add(yaml->problems, mark, "not YAML: %s", buf_text(&b));
	return finish(yaml, YAML_BROKEN);
}

static struct mark mark_of(const struct fy_mark *at)
{
	if (!at)
		return (struct mark){0};
	return (struct mark){(unsigned)at->line + 1, (unsigned)at->column + 1};
}

/* Gives whether the value is tagged !sealed: every other tag is refused. */
static bool read_decoration(struct yaml *yaml, struct fy_event *event, struct mark mark)
{
	struct fy_token *tag = fy_event_get_tag_token(event);
	struct fy_token *anchor = fy_event_get_anchor_token(event);
	size_t n = 0;
	const char *text = tag ? fy_token_get_text(tag, &n) : NULL;
	bool is_sealed = event->type == FYET_SCALAR && text && n == strlen("!sealed") &&
	                 memcmp(text, "!sealed", n) == 0;

	/* With nothing behind it, the value has no place of its own. */
	if (mark.line == 0 && (tag || anchor))
		mark = mark_of(fy_token_start_mark(tag ? tag : anchor));
	if (tag && !is_sealed)
		problems_add(yaml->problems, mark, "a tag; " PLAIN("!"));
	if (anchor)
		problems_add(yaml->problems, mark, "an anchor; " PLAIN("&"));
	return is_sealed;
}

/* As YAML has it, and with it JSON: only without quotes. */
static bool is_null(struct fy_event *event, struct slice text)
{
	static const char *const words[] = {"null", "Null", "NULL", "~"};

	if (!event->scalar.value || fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_equal(text, slice_of(words[i])))
			return true;
	return false;
}

static bool is_quoted(struct fy_event *event)
{
	enum fy_scalar_style style;

	if (event->type != FYET_SCALAR || !event->scalar.value)
		return false;
	style = fy_token_scalar_style(event->scalar.value);
	return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static struct yaml_item item_of(struct yaml *yaml, struct fy_event *event)
{
	struct yaml_item item = {.mark = mark_of(fy_event_start_mark(event))};

	/* int: the parser's kinds, of which most cannot come here. */
	switch ((int)event->type) {
	case FYET_MAPPING_START:
		item.kind = YAML_MAP;
		break;
	case FYET_MAPPING_END:
		item.kind = YAML_MAP_END;
		break;
	case FYET_SEQUENCE_START:
		item.kind = YAML_LIST;
		break;
	case FYET_SEQUENCE_END:
		item.kind = YAML_LIST_END;
		break;
	case FYET_ALIAS:
		problems_add(yaml->problems, item.mark, "an alias; " PLAIN("*"));
		item.kind = YAML_TEXT;
		break;
	default:
		item.kind = YAML_TEXT;
		if (event->scalar.value)
			item.text.p = fy_token_get_text(event->scalar.value, &item.text.n);
		/* The token begins behind its quote. */
		if (is_quoted(event) && item.mark.column > 1)
			item.mark.column--;
		if (!item.text.p)
			item.text.n = 0;
		item.is_null = is_null(event, item.text);
		break;
	}
	if (item.kind == YAML_MAP || item.kind == YAML_LIST || event->type == FYET_SCALAR)
		item.is_sealed = read_decoration(yaml, event, item.mark);
	return item;
}

struct yaml_item yaml_next(struct yaml *yaml)
{
	while (!yaml->is_over) {
		if (yaml->event)
			fy_parser_event_free(yaml->parser, yaml->event);
		yaml->event = fy_parser_parse(yaml->parser);
		/* What the parser makes of a cut input are echoes of the problem found there. */
		if (yaml->input.bad)
			return finish(yaml, YAML_BROKEN);
		if (!yaml->event) {
			if (fy_parser_get_stream_error(yaml->parser))
				return broken(yaml);
			return finish(yaml, YAML_END);
		}
		switch ((int)yaml->event->type) {
		case FYET_NONE:
		case FYET_STREAM_START:
		case FYET_STREAM_END:
		case FYET_DOCUMENT_END:
			break;
		case FYET_DOCUMENT_START:
			if (yaml->has_document) {
				problems_add(yaml->problems,
				    mark_of(fy_event_start_mark(yaml->event)),
				    "a second document; one a file would be right");
				return finish(yaml, YAML_BROKEN);
			}
			yaml->has_document = true;
			break;
		default:
			return item_of(yaml, yaml->event);
		}
	}
	return (struct yaml_item){.kind = yaml->over};
}

void yaml_skip(struct yaml *yaml, struct yaml_item first)
{
	unsigned depth = 0;

	for (struct yaml_item item = first;; item = yaml_next(yaml)) {
		if (item.kind == YAML_MAP || item.kind == YAML_LIST)
			depth++;
		else if (item.kind == YAML_MAP_END || item.kind == YAML_LIST_END)
			depth--;
		if (depth == 0 || item.kind == YAML_BROKEN || item.kind == YAML_END)
			return;
	}
}

void yaml_refuse(struct yaml *yaml, const struct yaml_field *field, const char *right)
{
	char found[128];
	struct buf b = buf_over(found, sizeof(found));

	if (field->item.kind == YAML_MAP)
		buf_puts(&b, "a map");
	else if (field->item.kind == YAML_LIST)
		buf_puts(&b, "a list");
	else
		phrase_put_found(&b, field->item.text);
	problems_add(yaml->problems, field->item.mark, "%s: %s; %s would be right", field->path,
	    buf_text(&b), right);
}

/* What is shown of a key: in what follows a first word a value may have slid in, a password even.
 */
static struct slice word_of(struct slice key)
{
	size_t n = 0;

	while (n < key.n && key.p[n] != ':' && key.p[n] != '=' && key.p[n] != ' ')
		n++;
	return slice_make(key.p, n);
}

/* "a, b or c", of what this version reads. */
static void put_names(struct buf *b, const struct yaml_row *rows, size_t count)
{
	size_t last = count;

	while (last > 0 && !rows[last - 1].read)
		last--;
	for (size_t i = 0; i < last; i++) {
		if (!rows[i].read)
			continue;
		if (i > 0)
			buf_puts(b, i + 1 == last ? " or " : ", ");
		buf_puts(b, rows[i].name);
	}
}

static void refuse_key(struct yaml *yaml, const struct yaml_field *field,
    const struct yaml_row *rows, size_t count, struct slice key)
{
	const char *names[ROWS_MAX], *nearest;
	char right[512];
	struct buf b = buf_over(right, sizeof(right));

	if (word_of(key).n < key.n) {
		problems_add(yaml->problems, field->item.mark,
		    "%s…: unknown; \"NAME: VALUE\" with a space after the colon would be right",
		    field->path);
		return;
	}
	for (size_t i = 0; i < count; i++)
		names[i] = rows[i].name;
	nearest = phrase_nearest(key, names, count);
	if (nearest) {
		problems_add(yaml->problems, field->item.mark, "%s: unknown; did you mean %s?",
		    field->path, nearest);
		return;
	}
	put_names(&b, rows, count);
	problems_add(yaml->problems, field->item.mark, "%s: unknown; %s would be right",
	    field->path, buf_text(&b));
}

/* The key is judged by its own place, the value by the value's. */
static const struct yaml_row *find_row(struct yaml *yaml, const struct yaml_field *key,
    const struct yaml_row *rows, size_t count, uint64_t *seen)
{
	for (size_t i = 0; i < count; i++) {
		if (key->item.text.n == 0 || key->item.text.p[0] != rows[i].name[0] ||
		    !slice_equal(key->item.text, slice_of(rows[i].name)))
			continue;
		if (*seen & UINT64_C(1) << i) {
			problems_add(yaml->problems, key->item.mark, "%s: there twice", key->path);
			return NULL;
		}
		*seen |= UINT64_C(1) << i;
		if (rows[i].read)
			return &rows[i];
		problems_add(yaml->problems, key->item.mark, "%s: " PHRASE_NOT_BUILT, key->path);
		return NULL;
	}
	refuse_key(yaml, key, rows, count, key->item.text);
	return NULL;
}

static void read_value(
    struct yaml *yaml, const struct yaml_row *row, const struct yaml_field *key, void *context)
{
	struct yaml_field field = {.path = key->path, .item = yaml_next(yaml), .row = row};
	enum yaml_kind kind = field.item.kind;

	/* A value that is not there has no place of its own. */
	if (field.item.mark.line == 0)
		field.item.mark = key->item.mark;
	if (kind == YAML_BROKEN || kind == YAML_END)
		return;
	if (row && field.item.is_sealed && !row->may_be_sealed) {
		problems_add(
		    yaml->problems, field.item.mark, "%s: only a password is !sealed", field.path);
		return;
	}
	if (row && (row->any || kind == YAML_TEXT)) {
		if (field.item.is_null && row->read_null)
			row->read_null(yaml, context, &field);
		else
			row->read(yaml, context, &field);
		return;
	}
	if (row)
		yaml_refuse(yaml, &field, "a single value");
	yaml_skip(yaml, field.item);
}

void yaml_read_map(
    struct yaml *yaml, const char *prefix, const struct yaml_row *rows, size_t count, void *context)
{
	uint64_t seen = 0;

	for (;;) {
		struct yaml_field key = {.item = yaml_next(yaml)};
		const struct yaml_row *row = NULL;
		char path[YAML_PATH_MAX];
		struct buf b = buf_over(path, sizeof(path));

		if (key.item.kind == YAML_MAP_END || key.item.kind == YAML_BROKEN ||
		    key.item.kind == YAML_END)
			return;
		key.path = path;
		buf_puts(&b, prefix);
		if (key.item.kind == YAML_TEXT) {
			phrase_put_found(&b, word_of(key.item.text));
			buf_text(&b);
			row = find_row(yaml, &key, rows, count, &seen);
		} else {
			problems_add(yaml->problems, key.item.mark,
			    "%.*sa map or a list as key; a name would be right",
			    SLICE_ARG(buf_slice(&b)));
			yaml_skip(yaml, key.item);
		}
		read_value(yaml, row, &key, context);
	}
}

void yaml_read_document(struct yaml *yaml, const struct yaml_row *rows, size_t count, void *context)
{
	struct yaml_item item = yaml_next(yaml);

	if (item.kind == YAML_MAP) {
		yaml_read_map(yaml, "", rows, count, context);
	} else if (item.kind != YAML_BROKEN && item.kind != YAML_END &&
	           !(item.kind == YAML_TEXT && item.text.n == 0)) {
		problems_add(yaml->problems, item.mark, "the file is not a map of names to values");
		return;
	}
	/* What follows the map may be broken too, or a second document. */
	yaml_next(yaml);
}
