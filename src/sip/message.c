// SPDX-License-Identifier: Apache-2.0
/*
 * One pass over the bytes of a message: start line, header lines, body. The
 * parser keeps the first error and reads on if it can, so that a 400 can copy
 * headers that stand behind a bad line. In a response most bad lines are no
 * error, but the headers that name its request (Via, From, To, Call-ID, CSeq)
 * must be sound.
 *
 * The parser accepts more than the grammar: a bare LF ends a line, too, and a
 * Call-ID may hold any visible character. A CR inside a line spoils the line.
 */
#include "sip/message.h"

#include "sip/lex.h"

#include <assert.h>

#define BIT(id) (UINT64_C(1) << (id))

static_assert(SIP_HEADER_COUNT <= 64, "a set of header ids is one word");

/* Headers that must not stand twice: nobody could tell which one is meant. */
#define SINGLE                                                                                     \
	(BIT(SIP_CALL_ID) | BIT(SIP_CONTENT_LENGTH) | BIT(SIP_CSEQ) | BIT(SIP_FROM) | BIT(SIP_TO))

static const struct required {
	enum sip_header_id id;
	const char *missing;
} required[] = {
    {SIP_VIA, "Via is missing"},
    {SIP_FROM, "From is missing"},
    {SIP_TO, "To is missing"},
    {SIP_CALL_ID, "Call-ID is missing"},
    {SIP_CSEQ, "CSeq is missing"},
};

struct reader {
	const char *p, *end;
	struct sip_message *message;
	struct sip_error *error_r;
	int error;     /* the first one */
	uint64_t seen; /* header ids */
	struct slice content_length;
	bool skips;           /* skip bad lines: this is a response, behind its start line */
	bool ends_with_bytes; /* two Content-Lengths differ: neither is believed */
};

static void fail(struct reader *r, int code, const char *what, const char *where)
{
	if (r->error)
		return;
	r->error = sip_fail(r->error_r, code, what, (size_t)(where - r->message->bytes.p));
}

/* Reports a line that cannot be used: an error in a request, skipped in a response. */
static void spoil(struct reader *r, const char *what, const char *where)
{
	if (!r->skips) {
		fail(r, ERR_SYNTAX, what, where);
		return;
	}
	if (r->message->skipped++ == 0)
		r->message->skipped_what = what;
}

/*
 * Takes one line, without its end. False if the bytes end before the line does.
 * A line with a stray CR is returned empty, so that nobody uses it.
 */
static bool take_line(struct reader *r, struct slice *line_r)
{
	const char *from = r->p;
	const char *lf = from < r->end ? memchr(from, '\n', (size_t)(r->end - from)) : NULL;
	const char *cr;

	if (!lf)
		return false;
	r->p = lf + 1;
	*line_r = slice_make(from, (size_t)(lf - from));
	cr = memchr(from, '\r', line_r->n);
	if (cr)
		line_r->n = (size_t)(cr - from);
	if (cr && cr + 1 != lf) {
		spoil(r, "CR without LF", cr);
		line_r->n = 0;
	}
	return true;
}

static bool is_digits_and_dot(struct slice version)
{
	struct sip_lex lex = sip_lex_over(version);

	return sip_lex_run(&lex, SIP_CHAR_DIGIT).n && sip_lex_take(&lex, '.') &&
	       sip_lex_run(&lex, SIP_CHAR_DIGIT).n && sip_lex_done(&lex);
}

/* Judges "SIP/2.0": 0, ERR_UNSUPPORTED for another version, ERR_SYNTAX for no version. */
static int judge_version(struct slice version)
{
	struct slice number = slice_skip(version, 4);

	if (slice_equal_nocase(version, SLICE("SIP/2.0")))
		return 0;
	if (!slice_equal_nocase(slice_make(version.p, version.n - number.n), SLICE("SIP/")))
		return ERR_SYNTAX;
	return is_digits_and_dot(number) ? ERR_UNSUPPORTED : ERR_SYNTAX;
}

/* Reads "200 OK". Some peers leave out the space before an empty phrase. */
static void read_status(struct reader *r, struct slice text)
{
	struct sip_lex lex = sip_lex_over(text);
	uint64_t status;

	if (slice_number(sip_lex_run(&lex, SIP_CHAR_DIGIT), 699, &status) || status < 100 ||
	    !(sip_lex_done(&lex) || sip_lex_at(&lex, ' '))) {
		fail(r, ERR_SYNTAX, "status line: no status from 100 to 699", text.p);
		return;
	}
	r->message->status = (unsigned)status;
	r->message->reason = slice_trim(sip_lex_rest(&lex));
}

/* False if the line is not SIP at all. */
static bool read_status_line(struct reader *r, struct slice line)
{
	ptrdiff_t space = slice_find(line, ' ');
	int err = judge_version(slice_make(line.p, space < 0 ? line.n : (size_t)space));

	if (err == ERR_SYNTAX || space < 0) {
		fail(r, ERR_SYNTAX, "status line: not SIP", line.p);
		return false;
	}
	if (err)
		fail(r, err, "status line: not SIP/2.0", line.p);
	read_status(r, slice_skip(line, (size_t)space + 1));
	return true;
}

static void check_uri(struct reader *r, struct slice uri)
{
	struct sip_lex lex = sip_lex_over(uri);

	(void)sip_lex_run(&lex, SIP_CHAR_TEXT);
	if (!uri.n)
		fail(r, ERR_SYNTAX, "request line: no URI", uri.p);
	else if (!sip_lex_done(&lex))
		fail(r, ERR_SYNTAX, "request line: character that no URI holds", lex.p);
}

/* "METHOD URI SIP/2.0": single spaces, and the URI holds none. False if not SIP at all. */
static bool read_request_line(struct reader *r, struct slice line)
{
	struct sip_message *m = r->message;
	struct slice text = slice_trim(line);
	struct sip_lex lex = sip_lex_over(text);
	struct slice method = sip_lex_run(&lex, SIP_CHAR_TOKEN);
	const char *last = lex.end;
	int err = ERR_SYNTAX;

	while (last > lex.p && last[-1] != ' ')
		last--;
	if (method.n && last > lex.p + 1 && sip_lex_take(&lex, ' '))
		err = judge_version(slice_make(last, (size_t)(lex.end - last)));
	if (err == ERR_SYNTAX) {
		fail(r, err, "request line: not METHOD URI SIP/2.0", lex.p);
		return false;
	}
	m->is_request = true;
	m->method_name = method;
	m->method = sip_method_find(method);
	m->uri = slice_make(lex.p, (size_t)(last - 1 - lex.p));
	if (err)
		fail(r, err, "request line: not SIP/2.0", last);
	if (text.n != line.n)
		fail(r, ERR_SYNTAX, "request line: space at an end", line.p);
	check_uri(r, m->uri);
	return true;
}

static bool read_start_line(struct reader *r)
{
	const char *from;
	struct slice line;

	while (r->p < r->end && (*r->p == '\r' || *r->p == '\n'))
		r->p++;
	from = r->p;
	if (!take_line(r, &line)) {
		fail(r, ERR_TRUNCATED, "start line does not end", from);
		return false;
	}
	if (line.n > 4 && slice_equal_nocase(slice_make(line.p, 4), SLICE("SIP/")))
		return read_status_line(r, line);
	return read_request_line(r, line);
}

static void read_call_id(struct reader *r, struct slice value)
{
	const char *p = value.p;
	const char *end = value.p + value.n;

	while (p < end && (unsigned char)*p > ' ' && *p != 0x7f)
		p++;
	if (!value.n || p < end)
		fail(r, ERR_SYNTAX, "Call-ID: not one word", p);
	else
		r->message->call_id = value;
}

static void read_cseq(struct reader *r, struct slice value)
{
	struct sip_message *m = r->message;
	struct sip_lex lex = sip_lex_over(value);
	struct slice digits = sip_lex_run(&lex, SIP_CHAR_DIGIT);
	struct slice space = sip_lex_run(&lex, SIP_CHAR_LWS);
	struct slice method = sip_lex_run(&lex, SIP_CHAR_TOKEN);
	uint64_t number;

	if (slice_number(digits, UINT32_MAX, &number))
		fail(r, ERR_SYNTAX, "CSeq: no number below 2^32", value.p);
	else if (!space.n || !method.n || !sip_lex_done(&lex))
		fail(r, ERR_SYNTAX, "CSeq: no method behind the number", lex.p);
	else {
		m->cseq = (uint32_t)number;
		m->cseq_method_name = method;
		m->cseq_method = sip_method_find(method);
	}
}

/* Two equal lengths are harmless; of two that differ neither is believed. */
static void read_second_length(struct reader *r, const struct sip_header *header)
{
	spoil(r, "Content-Length stands twice", header->name.p);
	if (!slice_equal(r->content_length, header->value))
		r->ends_with_bytes = true;
}

static void note_header(struct reader *r, const struct sip_header *header)
{
	uint64_t bit = BIT(header->id);

	if (r->seen & bit & SINGLE) {
		if (header->id == SIP_CONTENT_LENGTH)
			read_second_length(r, header);
		else
			fail(r, ERR_SYNTAX, "header that may stand only once", header->name.p);
		return;
	}
	r->seen |= bit;
	if (header->id == SIP_CALL_ID)
		read_call_id(r, header->value);
	else if (header->id == SIP_CSEQ)
		read_cseq(r, header->value);
	else if (header->id == SIP_CONTENT_LENGTH)
		r->content_length = header->value;
}

/* Trims white space at both ends; most values have one space before and none behind. */
static struct slice trim(const char *from, const char *end)
{
	while (from < end && sip_char_is(*from, SIP_CHAR_LWS))
		from++;
	while (from < end && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	return slice_make(from, (size_t)(end - from));
}

static void read_header(struct reader *r, struct slice line)
{
	struct sip_lex lex = sip_lex_over(line);
	struct slice name = sip_lex_run(&lex, SIP_CHAR_TOKEN);
	struct sip_header *header = &r->message->headers[r->message->header_count];

	while (sip_lex_at(&lex, ' ') || sip_lex_at(&lex, '\t'))
		lex.p++;
	if (!name.n || !sip_lex_take(&lex, ':')) {
		spoil(r, "header line: no name and colon", lex.p);
		return;
	}
	if (r->message->header_count == SIP_HEADERS_MAX) {
		fail(r, ERR_LIMIT, "too many header lines", name.p);
		return;
	}
	r->message->header_count++;
	*header = (struct sip_header){sip_header_find(name), name, trim(lex.p, lex.end)};
	note_header(r, header);
}

/* True if the next line continues this one (RFC 3261 7.3.1). */
static bool at_fold(const struct reader *r)
{
	return r->p < r->end && (*r->p == ' ' || *r->p == '\t');
}

static bool no_end(struct reader *r)
{
	fail(r, ERR_TRUNCATED, "no empty line behind the headers", r->end);
	r->p = r->end;
	return false;
}

/*
 * Reads one header line with the lines that continue it. False at the end of the
 * headers, at the end of the bytes, and after SIP_HEADERS_MAX lines.
 */
static bool take_header(struct reader *r)
{
	const char *from = r->p;
	struct slice line, more;
	bool stray;

	if (!take_line(r, &line))
		return no_end(r);
	if (line.n == 0 && r->p - from <= 2)
		return false;
	stray = line.n == 0;
	while (at_fold(r)) {
		if (!take_line(r, &more))
			return no_end(r);
		stray |= more.n == 0;
		line.n = (size_t)(more.p + more.n - line.p);
	}
	if (stray)
		return true;
	read_header(r, line);
	return r->error != ERR_LIMIT;
}

static void read_body(struct reader *r)
{
	struct slice rest = slice_make(r->p, (size_t)(r->end - r->p));
	uint64_t length = rest.n;
	int err = 0;

	if (r->seen & BIT(SIP_CONTENT_LENGTH) && !r->ends_with_bytes)
		err = slice_number(r->content_length, rest.n, &length);
	/* A message whose body was cut off is an error, a response, too (RFC 3261 18.3). */
	if (err == ERR_RANGE)
		fail(r, ERR_TRUNCATED, "Content-Length: beyond the end", r->content_length.p);
	else if (err)
		spoil(r, "Content-Length: not a number", r->content_length.p);
	r->message->body = slice_make(rest.p, err ? rest.n : (size_t)length);
}

/* Parsed once here: every response is matched by it, and every request answered to it. */
static void read_top_via(struct sip_message *m)
{
	struct sip_list_cursor cursor = {0};
	struct slice top;

	m->has_via =
	    sip_message_list(m, SIP_VIA, &cursor, &top) && sip_via_parse(top, &m->via, NULL) == 0;
}

static void check_whole(struct reader *r)
{
	struct sip_message *m = r->message;

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!(r->seen & BIT(required[i].id)))
			fail(r, ERR_SYNTAX, required[i].missing, r->p);
	if (!m->is_request) {
		m->method = m->cseq_method;
		m->method_name = m->cseq_method_name;
	} else if (!slice_equal(m->method_name, m->cseq_method_name)) {
		fail(r, ERR_SYNTAX, "CSeq: another method than the request's", r->p);
	}
}

int sip_message_parse(struct slice bytes, struct sip_message *message_r, struct sip_error *error_r)
{
	struct reader r = {.p = bytes.p, .message = message_r, .error_r = error_r};

	/* The table itself is not cleared: it is most of the struct. */
	memset(message_r, 0, offsetof(struct sip_message, headers));
	message_r->bytes = bytes;
	if (bytes.n == 0)
		return sip_fail(error_r, ERR_TRUNCATED, "empty", 0);
	if (bytes.n > SIP_MESSAGE_MAX)
		return sip_fail(error_r, ERR_LIMIT, "message too long", SIP_MESSAGE_MAX);
	r.end = bytes.p + bytes.n;
	if (!read_start_line(&r))
		return r.error;
	r.skips = !message_r->is_request;
	while (take_header(&r))
		;
	read_body(&r);
	check_whole(&r);
	read_top_via(message_r);
	return r.error;
}

const struct sip_header *sip_message_header(
    const struct sip_message *message, enum sip_header_id id, unsigned nth)
{
	for (unsigned i = 0; i < message->header_count; i++)
		if (message->headers[i].id == id && nth-- == 0)
			return &message->headers[i];
	return NULL;
}

struct slice sip_message_value(const struct sip_message *message, enum sip_header_id id)
{
	const struct sip_header *header = sip_message_header(message, id, 0);

	return header ? header->value : (struct slice){0};
}

bool sip_message_list(const struct sip_message *message, enum sip_header_id id,
    struct sip_list_cursor *cursor, struct slice *member_r)
{
	while (!sip_list_next(&cursor->rest, member_r)) {
		while (cursor->header < message->header_count &&
		       message->headers[cursor->header].id != id)
			cursor->header++;
		if (cursor->header == message->header_count)
			return false;
		cursor->rest = message->headers[cursor->header++].value;
	}
	return true;
}
