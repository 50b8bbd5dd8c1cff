// SPDX-License-Identifier: Apache-2.0
/*
 * Splitting at commas, and reading seconds. Of a member only the quotes and
 * angle brackets are looked at.
 */
#include "sip/list.h"

#include "sip/lex.h"

/* Steps over a quoted string, or to the end where it is not closed. */
static const char *skip_quoted(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

static const char *member_end(const char *p, const char *end)
{
	/* Most lists have one member; without a comma there is nothing to look for. */
	if (p < end && !memchr(p, ',', (size_t)(end - p)))
		return end;
	while (p < end && *p != ',') {
		if (*p == '"') {
			p = skip_quoted(p, end);
		} else if (*p == '<') {
			const char *close = memchr(p, '>', (size_t)(end - p));

			p = close ? close + 1 : end;
		} else {
			p++;
		}
	}
	return p;
}

bool sip_list_next(struct slice *rest, struct slice *member_r)
{
	struct sip_lex lex = sip_lex_over(*rest);
	const char *end;

	for (sip_lex_lws(&lex); sip_lex_take(&lex, ','); sip_lex_lws(&lex))
		;
	end = member_end(lex.p, lex.end);
	*member_r = slice_trim(slice_make(lex.p, (size_t)(end - lex.p)));
	*rest = slice_make(end, (size_t)(lex.end - end));
	return member_r->n;
}

int sip_delta_seconds(struct slice value, uint32_t *seconds_r)
{
	struct sip_lex lex = sip_lex_over(slice_trim(value));
	struct slice digits = sip_lex_run(&lex, SIP_CHAR_DIGIT);
	uint64_t seconds;
	int err = slice_number(digits, UINT32_MAX, &seconds);

	if (err == ERR_SYNTAX)
		return ERR_SYNTAX;
	*seconds_r = err ? UINT32_MAX : (uint32_t)seconds;
	return 0;
}
