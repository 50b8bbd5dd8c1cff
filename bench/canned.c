// SPDX-License-Identifier: Apache-2.0
/*
 * One walk over the lines of the request, told apart by their first letters:
 * what arrives here was written by src/registrant/request.c and nobody else.
 */
#include "bench/canned.h"

#define CHALLENGE                                                                                  \
	"WWW-Authenticate: Digest realm=\"sip.example.net\", "                                     \
	"nonce=\"5f8c1d2e9a7b4c3d6e0f1a2b3c4d5e6f7a8b9c0d\", algorithm=MD5, qop=\"auth\"\r\n"

/* The lines of a request that answers bear, each with its end. */
struct lines {
	struct slice via, from, to, call_id, cseq, contact;
	bool is_authorized, is_cancel;
};

static bool begins(struct slice line, struct slice with)
{
	return line.n > with.n && memcmp(line.p, with.p, with.n) == 0;
}

static void sort(struct slice line, struct lines *lines)
{
	switch (line.p[0]) {
	case 'V':
		lines->via = line;
		break;
	case 'F':
		lines->from = line;
		break;
	case 'T':
		lines->to = line;
		break;
	case 'C':
		if (begins(line, SLICE("Call-ID")))
			lines->call_id = line;
		else if (begins(line, SLICE("CSeq")))
			lines->cseq = line;
		else if (begins(line, SLICE("Contact")))
			lines->contact = line;
		break;
	case 'E':
		lines->is_cancel = begins(line, SLICE("Expires: 0"));
		break;
	case 'A':
		lines->is_authorized = true;
		break;
	default:
		break;
	}
}

static struct lines read_lines(struct slice request)
{
	struct lines lines = {0};
	const char *end = request.p + request.n;
	const char *lf;

	for (const char *p = request.p; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (!lf)
			break;
		sort(slice_make(p, (size_t)(lf + 1 - p)), &lines);
	}
	return lines;
}

static void put(struct buf *b, struct slice status_line, const struct lines *lines)
{
	buf_put(b, status_line);
	buf_put(b, lines->via);
	buf_put(b, lines->from);
	buf_put(b, slice_make(lines->to.p, lines->to.n - 2));
	buf_put(b, SLICE(";tag=c4nn3d\r\n"));
	buf_put(b, lines->call_id);
	buf_put(b, lines->cseq);
}

static void put_end(struct buf *b)
{
	buf_put(b, SLICE("Content-Length: 0\r\n\r\n"));
}

static void put_failure(struct canned *canned, struct buf *b, const struct lines *lines)
{
	static const char *const status_lines[] = {
	    "SIP/2.0 503 Service Unavailable\r\n",
	    "SIP/2.0 500 Server Internal Error\r\n",
	    "SIP/2.0 480 Temporarily Unavailable\r\n",
	    NULL,
	};
	const char *status_line = status_lines[canned->requests % 4];

	if (!status_line)
		return;
	put(b, slice_of(status_line), lines);
	put_end(b);
}

void canned_answer(struct canned *canned, struct slice request, struct buf *answer)
{
	struct lines lines;

	canned->requests++;
	if (canned->kind == CANNED_SILENT)
		return;
	lines = read_lines(request);
	if (canned->kind == CANNED_FAILING) {
		put_failure(canned, answer, &lines);
		return;
	}
	if (!lines.is_authorized) {
		canned->challenges++;
		put(answer, SLICE("SIP/2.0 401 Unauthorized\r\n"), &lines);
		buf_put(answer, SLICE(CHALLENGE));
	} else {
		put(answer, SLICE("SIP/2.0 200 OK\r\n"), &lines);
		if (lines.is_cancel) {
			canned->cancels++;
		} else {
			canned->grants++;
			buf_put(answer, lines.contact);
		}
	}
	put_end(answer);
}
