// SPDX-License-Identifier: Apache-2.0
/*
 * The summary of a message is cut at its first comma: the part before it stands on
 * the arrow, the rest beside the arrow.
 */
#include "trace/drawing.h"

#include "trace/summary.h"

#define TIME_WIDTH  12
#define ARROW_WIDTH 46
#define LABEL_MAX   (ARROW_WIDTH - 8)
#define BESIDE_MAX  160

static void fill(struct buf *b, char c, size_t n)
{
	while (n-- > 0)
		buf_putc(b, c);
}

/* The columns that a text takes; a wide character counts as one. */
static size_t columns(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static void put_time(struct buf *b, struct slice time)
{
	size_t before = b->n;

	summary_put_text(b, time, TIME_WIDTH);
	fill(b, ' ', TIME_WIDTH + 2 - (b->n - before));
}

static bool is_kept(const char *kept, struct slice text)
{
	return slice_equal(slice_of(kept), text);
}

static void keep(char kept[NETADDR_TEXT_MAX], struct slice text)
{
	size_t n = text.n < NETADDR_TEXT_MAX - 1 ? text.n : NETADDR_TEXT_MAX - 1;

	if (n > 0)
		memcpy(kept, text.p, n);
	kept[n] = '\0';
}

static void put_heading(struct drawing *drawing, struct buf *b, const struct drawing_line *line)
{
	size_t used;

	if (is_kept(drawing->local, line->local) && is_kept(drawing->peer, line->peer))
		return;
	keep(drawing->local, line->local);
	keep(drawing->peer, line->peer);
	fill(b, ' ', TIME_WIDTH + 2);
	buf_puts(b, "us ");
	summary_put_text(b, slice_of(drawing->local), NETADDR_TEXT_MAX);
	used = 3 + strlen(drawing->local) + strlen(drawing->peer);
	fill(b, ' ', used + 1 < ARROW_WIDTH + 2 ? ARROW_WIDTH + 2 - used : 1);
	summary_put_text(b, slice_of(drawing->peer), NETADDR_TEXT_MAX);
	buf_putc(b, '\n');
}

static void put_arrow(struct buf *b, bool is_sent, struct slice what)
{
	char text[LABEL_MAX];
	struct buf label = buf_over(text, sizeof(text));
	size_t free;

	summary_put_text(&label, what, sizeof(text));
	free = ARROW_WIDTH - 7 - columns(buf_slice(&label));
	buf_puts(b, is_sent ? "|---- " : "|<");
	if (!is_sent)
		fill(b, '-', free);
	if (!is_sent)
		buf_putc(b, ' ');
	buf_put(b, buf_slice(&label));
	buf_putc(b, ' ');
	if (is_sent)
		fill(b, '-', free);
	buf_puts(b, is_sent ? ">|" : "----|");
}

static const char *ordinal_end(uint32_t n)
{
	static const char *const ends[] = {"th", "st", "nd", "rd"};

	return n % 10 < 4 && (n % 100 < 11 || n % 100 > 13) ? ends[n % 10] : "th";
}

static void put_message(struct buf *b, const struct drawing_line *line)
{
	ptrdiff_t comma = slice_find(line->summary, ',');
	struct slice what = line->summary, beside = {NULL, 0};

	if (comma >= 0) {
		what.n = (size_t)comma;
		beside = slice_trim(slice_skip(line->summary, what.n + 1));
	}
	put_arrow(b, slice_equal(line->direction, SLICE("out")), what);
	if (beside.n > 0 || line->retransmission > 0)
		buf_puts(b, "  ");
	summary_put_text(b, beside, BESIDE_MAX);
	if (line->retransmission > 0) {
		buf_puts(b, beside.n > 0 ? " (again, " : "(again, ");
		buf_put_u64(b, line->retransmission + 1);
		buf_puts(b, ordinal_end(line->retransmission + 1));
		buf_putc(b, ')');
	}
}

void drawing_put(struct drawing *drawing, struct buf *b, const struct drawing_line *line)
{
	bool is_message = slice_equal(line->kind, SLICE("message"));

	if (is_message)
		put_heading(drawing, b, line);
	put_time(b, line->time);
	if (is_message) {
		put_message(b, line);
	} else {
		buf_puts(b, "* ");
		summary_put_text(b, line->summary, BESIDE_MAX);
	}
	buf_putc(b, '\n');
}
