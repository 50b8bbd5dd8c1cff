// SPDX-License-Identifier: Apache-2.0
/*
 * Lines to stderr: as text with a time, as JSON, or for the journal with its
 * level prefix. A write() has whole lines, so lines of several threads do not
 * mix. Control characters are escaped: what a peer sent cannot forge a line.
 * Nobody waits for a reader that has stopped reading (Ctrl-S on a terminal, a
 * pager, a journal whose disk hangs): lines are lost then, counted, and told of.
 */
#include "base/log.h"

#include "base/buf.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

/* Every byte of a line may become six, and what stands around it fits into the rest. */
#define OUTPUT_MAX_BYTES (LINE_MAX_BYTES * 6 + 128)

#define PATIENCE_MS 100 /* for a reader that is only slow; once, until he reads again */

#define GATHERED_MAX 4096 /* PIPE_BUF: what poll() promises to be taken without a wait */

/* Of the one thread that gathers. */
static _Thread_local bool gathers;
static struct {
	size_t n;
	unsigned lines;
	char bytes[GATHERED_MAX];
} gathered;

static atomic_bool stalled;
static atomic_uint lost;

static enum log_level max_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_TEXT;

static const struct {
	const char *name;
	const char *journal; /* sd-daemon(3) */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
    [LOG_LEVEL_WARNING] = {"warning", "<4>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

void log_setup(enum log_level level, enum log_format format)
{
	max_level = level;
	line_format = format;
}

static void put_time(struct buf *b)
{
	char text[32];
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_puts(b, text);
	snprintf(text, sizeof(text), ".%03dZ", (int)(ts.tv_nsec / 1000000));
	buf_puts(b, text);
}

/*
 * JSON's escapes serve the text formats too, for control characters. In JSON,
 * bytes above ASCII are escaped one by one as well: what a peer sent need not
 * be UTF-8, and a line that does not parse is a line lost.
 */
static void put_escaped(struct buf *b, const char *line, bool json)
{
	for (const char *p = line; *p; p++) {
		uint8_t byte = (uint8_t)*p;

		if (byte < 0x20 || byte == 0x7f || (json && byte > 0x7f)) {
			buf_puts(b, "\\u00");
			buf_put_hex(b, &byte, 1);
			continue;
		}
		if (json && (*p == '"' || *p == '\\'))
			buf_putc(b, '\\');
		buf_putc(b, *p);
	}
}

static void put_line(struct buf *b, enum log_level level, const char *line)
{
	switch (line_format) {
	case LOG_FORMAT_JSON:
		buf_puts(b, "{\"time\":\"");
		put_time(b);
		buf_puts(b, "\",\"level\":\"");
		buf_puts(b, levels[level].name);
		buf_puts(b, "\",\"line\":\"");
		put_escaped(b, line, true);
		buf_puts(b, "\"}");
		break;
	case LOG_FORMAT_JOURNAL:
		buf_puts(b, levels[level].journal);
		put_escaped(b, line, false);
		break;
	case LOG_FORMAT_TEXT:
		put_time(b);
		buf_putc(b, ' ');
		buf_puts(b, levels[level].name);
		buf_putc(b, ' ');
		put_escaped(b, line, false);
		break;
	}
	buf_putc(b, '\n');
}

/* One more line may well fit; only a line beyond a pipe's page could still have to wait. */
static bool is_taken(void)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	bool taken = poll(&fd, 1, atomic_load(&stalled) ? 0 : PATIENCE_MS) != 0;

	atomic_store(&stalled, !taken);
	return taken;
}

/* Whole lines; lost and counted where nobody reads. */
static void send(const char *bytes, size_t n, unsigned lines)
{
	char text[64], output[256];
	struct buf report = buf_over(output, sizeof(output));
	unsigned gone;
	ssize_t written;

	if (!is_taken()) {
		atomic_fetch_add(&lost, lines);
		return;
	}
	gone = atomic_exchange(&lost, 0);
	if (gone > 0) {
		snprintf(text, sizeof(text), "log=lost lines=%u", gone);
		put_line(&report, LOG_LEVEL_WARNING, text);
		written = write(STDERR_FILENO, report.p, report.n);
		if (!is_taken()) {
			atomic_fetch_add(&lost, lines);
			return;
		}
	}
	written = write(STDERR_FILENO, bytes, n);
	/* There is nowhere to tell that stderr is gone. */
	(void)written;
}

void log_flush(void)
{
	if (!gathers || gathered.n == 0)
		return;
	send(gathered.bytes, gathered.n, gathered.lines);
	gathered.n = 0;
	gathered.lines = 0;
}

void log_gather(bool on)
{
	log_flush();
	gathers = on;
}

static void gather(struct slice line)
{
	if (line.n > sizeof(gathered.bytes) - gathered.n)
		log_flush();
	if (line.n > sizeof(gathered.bytes)) {
		send(line.p, line.n, 1);
		return;
	}
	memcpy(gathered.bytes + gathered.n, line.p, line.n);
	gathered.n += line.n;
	gathered.lines++;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES], output[OUTPUT_MAX_BYTES];
	struct buf b = buf_over(output, sizeof(output));
	va_list args;

	if (level > max_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put_line(&b, level, line);
	if (!gathers) {
		send(b.p, b.n, 1);
		return;
	}
	gather(buf_slice(&b));
	if (level <= LOG_LEVEL_WARNING)
		log_flush();
}
