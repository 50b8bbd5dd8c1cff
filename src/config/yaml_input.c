// SPDX-License-Identifier: Apache-2.0
/*
 * One pass over each chunk, with the character under way kept across chunks.
 */
#include "config/yaml_input.h"

#include <errno.h>

#define BYTE_ORDER_MARK     0xfeff
#define LINE_SEPARATOR      0x2028
#define PARAGRAPH_SEPARATOR 0x2029

void yaml_input_init(
    struct yaml_input *input, struct problems *problems, FILE *file, struct slice text)
{
	*input = (struct yaml_input){
	    .problems = problems,
	    .file = file,
	    .text = text,
	    .mark = {1, 1},
	    .at_line_start = true,
	};
}

void yaml_input_close(struct yaml_input *input)
{
	if (input->file)
		fclose(input->file);
	input->file = NULL;
}

/* The character is complete. */
static const char *judge(struct yaml_input *input)
{
	uint32_t c = input->character;

	if (c == '\n') {
		input->mark.line++;
		input->mark.column = 1;
		input->at_line_start = true;
		return NULL;
	}
	if (c == '%' && input->at_line_start)
		return "a directive; none is needed here";
	if ((c < 0x20 && c != '\t' && c != '\r') || (c >= 0x7f && c < 0xa0))
		return "a control character";
	input->mark.column++;
	/* Some parsers take these for line breaks, and the mark for nothing at all. */
	if (c == '\r' || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR)
		input->at_line_start = true;
	else if (c != BYTE_ORDER_MARK)
		input->at_line_start = false;
	return NULL;
}

static const char *begin_character(struct yaml_input *input, uint8_t byte)
{
	static const char not_utf8[] = "a byte that is not UTF-8";

	input->low = 0x80;
	input->high = 0xbf;
	if (byte < 0x80) {
		input->character = byte;
		return judge(input);
	}
	if (byte < 0xc2 || byte > 0xf4)
		return not_utf8;
	input->need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	input->character = byte & (0x3fu >> input->need);
	/* Overlong forms, surrogates and what lies above U+10FFFF. */
	if (byte == 0xe0)
		input->low = 0xa0;
	else if (byte == 0xed)
		input->high = 0x9f;
	else if (byte == 0xf0)
		input->low = 0x90;
	else if (byte == 0xf4)
		input->high = 0x8f;
	return NULL;
}

static const char *take_byte(struct yaml_input *input, uint8_t byte)
{
	if (input->need == 0)
		return begin_character(input, byte);
	if (byte < input->low || byte > input->high)
		return "a byte that is not UTF-8";
	input->low = 0x80;
	input->high = 0xbf;
	input->character = input->character << 6 | (byte & 0x3f);
	return --input->need == 0 ? judge(input) : NULL;
}

/* A whole character that is right wherever it stands, but at the start of a line. */
static bool is_plain(const struct yaml_input *input, uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && input->need == 0 && !input->at_line_start;
}

static ssize_t fetch(struct yaml_input *input, void *bytes_r, size_t count)
{
	size_t n;

	if (input->file) {
		n = fread(bytes_r, 1, count, input->file);
		return n == 0 && ferror(input->file) ? -1 : (ssize_t)n;
	}
	n = count < input->text.n ? count : input->text.n;
	if (n > 0)
		memcpy(bytes_r, input->text.p, n);
	input->text = slice_skip(input->text, n);
	return (ssize_t)n;
}

ssize_t yaml_input_read(void *context, void *bytes_r, size_t count)
{
	struct yaml_input *input = context;
	const uint8_t *bytes = bytes_r;
	ssize_t n;

	if (input->bad)
		return 0;
	n = fetch(input, bytes_r, count);
	if (n < 0) {
		problems_add(
		    input->problems, (struct mark){0}, "cannot be read: %s", strerror(errno));
		input->bad = true;
	}
	for (ssize_t i = 0; i < n; i++) {
		const char *wrong;

		/* What most of a file is made of. */
		if (is_plain(input, bytes[i])) {
			input->mark.column++;
			continue;
		}
		wrong = take_byte(input, bytes[i]);
		if (wrong) {
			problems_add(input->problems, input->mark, "%s", wrong);
			input->bad = true;
			return i;
		}
	}
	return n;
}
