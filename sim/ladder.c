// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of rungs.
 */
#include "sim/ladder.h"

#include "base/now.h"

#include <stdlib.h>

#define RUNGS 16384

struct rung {
	uint64_t sent_us, arrives_us;
	struct netaddr from, to;
	const char *note; /* instead of a message */
	enum sip_method method;
	unsigned status; /* 0: a request */
	uint32_t cseq, expires_s;
	bool has_expiry;
	char user[32], call_id[12];
};

struct ladder {
	uint64_t count;
	struct rung rungs[RUNGS];
};

struct ladder *ladder_new(void)
{
	return calloc(1, sizeof(struct ladder));
}

void ladder_free(struct ladder **ladder)
{
	free(*ladder);
	*ladder = NULL;
}

static struct rung *add(struct ladder *ladder)
{
	struct rung *rung = &ladder->rungs[ladder->count++ % RUNGS];

	memset(rung, 0, sizeof(*rung));
	return rung;
}

static void copy(char *p, size_t size, struct slice text)
{
	size_t n = text.n < size ? text.n : size - 1;

	if (n > 0)
		memcpy(p, text.p, n);
}

void ladder_add(struct ladder *ladder, uint64_t sent_us, uint64_t arrives_us,
    const struct netaddr *from, const struct netaddr *to, const struct facts *facts)
{
	struct rung *rung = add(ladder);

	rung->sent_us = sent_us;
	rung->arrives_us = arrives_us;
	rung->from = *from;
	rung->to = *to;
	rung->method = facts->method;
	rung->status = facts->status;
	rung->cseq = facts->cseq;
	rung->expires_s = facts->expires_s;
	rung->has_expiry = facts->has_expiry;
	copy(rung->user, sizeof(rung->user), facts->user);
	copy(rung->call_id, sizeof(rung->call_id), facts->call_id);
}

void ladder_note(struct ladder *ladder, uint64_t now_us, const char *text)
{
	struct rung *rung = add(ladder);

	rung->sent_us = now_us;
	rung->note = text;
}

static void draw(const struct rung *rung, FILE *file)
{
	char from_text[NETADDR_TEXT_MAX + 1], to_text[NETADDR_TEXT_MAX + 1], what[32];
	struct buf from = buf_over(from_text, sizeof(from_text));
	struct buf to = buf_over(to_text, sizeof(to_text));

	fprintf(file, "%13.3f  ", (double)rung->sent_us / US_PER_S);
	if (rung->note) {
		fprintf(file, "* %s\n", rung->note);
		return;
	}
	netaddr_put(&from, &rung->from);
	netaddr_put(&to, &rung->to);
	if (rung->status)
		snprintf(what, sizeof(what), "%u %s", rung->status, sip_method_name(rung->method));
	else
		snprintf(what, sizeof(what), "%s", sip_method_name(rung->method));
	fprintf(
	    file, "%-18s -> %-18s %-14s cseq=%u", buf_text(&from), buf_text(&to), what, rung->cseq);
	if (rung->has_expiry)
		fprintf(file, " expires=%u", rung->expires_s);
	fprintf(file, " user=%s call=%s", rung->user, rung->call_id);
	if (rung->arrives_us == TIME_NEVER)
		fprintf(file, "  lost\n");
	else
		fprintf(file, "  +%.3f\n", (double)(rung->arrives_us - rung->sent_us) / US_PER_S);
}

static bool is_shown(const struct rung *rung, struct slice user)
{
	return rung->note || user.n == 0 || slice_equal(slice_of(rung->user), user);
}

void ladder_draw(const struct ladder *ladder, FILE *file, struct slice user, uint32_t lines)
{
	uint64_t oldest = ladder->count > RUNGS ? ladder->count - RUNGS : 0;
	uint64_t from = ladder->count;

	while (from > oldest && lines > 0) {
		const struct rung *rung = &ladder->rungs[--from % RUNGS];

		if (!rung->note && is_shown(rung, user))
			lines--;
	}
	for (; from < ladder->count; from++)
		if (is_shown(&ladder->rungs[from % RUNGS], user))
			draw(&ladder->rungs[from % RUNGS], file);
}
