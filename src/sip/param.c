// SPDX-License-Identifier: Apache-2.0
/*
 * Parameters and quoted strings. The reader accepts more than the grammar of
 * RFC 3261 25.1, since peers send values with ':' or '@' unquoted, empty values,
 * and a ';' with nothing behind it.
 */
#include "sip/param.h"

#include "sip/lex.h"

static int read_value(struct sip_lex *lex, struct sip_param *param)
{
	param->has_value = true;
	if (sip_lex_at(lex, '"')) {
		param->quoted = true;
		return sip_lex_quoted(lex, &param->value);
	}
	param->value = sip_lex_run(lex, SIP_CHAR_PARAM);
	while (sip_lex_take(lex, '='))
		param->value.n += 1 + sip_lex_run(lex, SIP_CHAR_PARAM).n;
	return 0;
}

/* Steps over ';' and empty parameters. 1 at a name, 0 at the end, ERR_SYNTAX without a ';'. */
static int find_name(struct sip_lex *lex)
{
	bool any = false;

	for (sip_lex_lws(lex); sip_lex_take(lex, ';'); sip_lex_lws(lex))
		any = true;
	if (sip_lex_done(lex))
		return 0;
	return any ? 1 : ERR_SYNTAX;
}

int sip_param_next(struct slice *rest, struct sip_param *param_r)
{
	struct sip_lex lex = sip_lex_over(*rest);
	int got = find_name(&lex);

	*param_r = (struct sip_param){0};
	if (got > 0) {
		param_r->name = sip_lex_run(&lex, SIP_CHAR_PARAM);
		sip_lex_lws(&lex);
		if (sip_lex_take(&lex, '=')) {
			sip_lex_lws(&lex);
			if (read_value(&lex, param_r))
				got = ERR_SYNTAX;
			sip_lex_lws(&lex);
		}
		if (!param_r->name.n || !(sip_lex_done(&lex) || sip_lex_at(&lex, ';')))
			got = ERR_SYNTAX;
	}
	*rest = sip_lex_rest(&lex);
	return got;
}

bool sip_param_find(struct slice params, const char *name, struct sip_param *param_r)
{
	struct slice wanted = slice_of(name);

	while (sip_param_next(&params, param_r) == 1)
		if (slice_equal_nocase(param_r->name, wanted))
			return true;
	return false;
}

void sip_unquote(struct buf *b, struct slice quoted)
{
	for (size_t i = 0; i < quoted.n; i++) {
		/* A fold loses its line end; its space remains. */
		if (quoted.p[i] == '\r' || quoted.p[i] == '\n')
			continue;
		if (quoted.p[i] == '\\' && i + 1 < quoted.n)
			i++;
		buf_putc(b, quoted.p[i]);
	}
}

void sip_put_quoted(struct buf *b, struct slice text)
{
	struct sip_lex lex = sip_lex_over(text);

	buf_putc(b, '"');
	for (buf_put(b, sip_lex_run(&lex, SIP_CHAR_TEXT)); !sip_lex_done(&lex);
	     buf_put(b, sip_lex_run(&lex, SIP_CHAR_TEXT))) {
		char c = *lex.p++;

		/* No escape stands for a line end (RFC 3261 25.1 quoted-pair). */
		if (c == '\r' || c == '\n')
			c = ' ';
		if (c == '"' || c == '\\')
			buf_putc(b, '\\');
		buf_putc(b, c);
	}
	buf_putc(b, '"');
}

bool sip_is_token(struct slice text)
{
	struct sip_lex lex = sip_lex_over(text);

	return text.n && sip_lex_run(&lex, SIP_CHAR_TOKEN).n == text.n;
}
