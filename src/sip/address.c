// SPDX-License-Identifier: Apache-2.0
/*
 * name-addr and addr-spec. The URI is only delimited here; sip_uri_parse()
 * parses it.
 */
#include "sip/address.h"

#include "sip/lex.h"
#include "sip/param.h"

static int fail(const struct sip_lex *lex, struct sip_error *error_r, const char *what)
{
	return sip_fail(error_r, ERR_SYNTAX, what, sip_lex_offset(lex));
}

/* The rest of the text must be parameters. */
static int read_params(struct sip_lex *lex, struct sip_address *address, struct sip_error *error_r)
{
	struct sip_param param;
	struct slice rest;
	int got;

	sip_lex_lws(lex);
	rest = address->params = sip_lex_rest(lex);
	while ((got = sip_param_next(&rest, &param)) == 1)
		;
	lex->p = lex->end - rest.n;
	return got ? fail(lex, error_r, "address: malformed parameter") : 0;
}

/* Steps over the display name to the '<', or to the end if there is no '<'. */
static int read_display(struct sip_lex *lex, struct sip_address *address)
{
	struct slice quoted;
	const char *from = lex->p;

	if (sip_lex_at(lex, '"')) {
		if (sip_lex_quoted(lex, &quoted))
			return ERR_SYNTAX;
		sip_lex_lws(lex);
	} else {
		while (!sip_lex_done(lex) && *lex->p != '<' && *lex->p != '"')
			lex->p++;
	}
	address->display = slice_trim(slice_make(from, (size_t)(lex->p - from)));
	return 0;
}

/* "<uri>"; spaces beside the brackets are forgiven. */
static int read_bracketed(
    struct sip_lex *lex, struct sip_address *address, struct sip_error *error_r)
{
	lex->p++;
	sip_lex_lws(lex);
	address->uri = sip_lex_run(lex, SIP_CHAR_TEXT);
	sip_lex_lws(lex);
	if (!address->uri.n || !sip_lex_take(lex, '>'))
		return fail(lex, error_r, "address: no URI and '>' behind the '<'");
	return read_params(lex, address, error_r);
}

/* Without brackets the URI ends at the first ';': parameters are the header's (RFC 3261 20). */
static int read_plain(struct sip_lex *lex, struct sip_address *address, struct sip_error *error_r)
{
	struct sip_lex part;
	ptrdiff_t semicolon;
	struct slice text;

	lex->p = lex->start;
	sip_lex_lws(lex);
	text = sip_lex_rest(lex);
	semicolon = slice_find(text, ';');
	if (semicolon >= 0)
		text.n = (size_t)semicolon;
	part = sip_lex_over(slice_trim(text));
	address->uri = sip_lex_run(&part, SIP_CHAR_TEXT);
	if (!address->uri.n || !sip_lex_done(&part))
		return fail(lex, error_r, "address: neither '<' nor a URI");
	lex->p += text.n;
	return read_params(lex, address, error_r);
}

int sip_address_parse(struct slice text, struct sip_address *address_r, struct sip_error *error_r)
{
	struct sip_lex lex = sip_lex_over(text);

	*address_r = (struct sip_address){0};
	if (slice_equal(slice_trim(text), SLICE("*"))) {
		address_r->is_star = true;
		return 0;
	}
	sip_lex_lws(&lex);
	if (read_display(&lex, address_r))
		return fail(&lex, error_r, "address: display name does not end");
	if (sip_lex_at(&lex, '<'))
		return read_bracketed(&lex, address_r, error_r);
	address_r->display = (struct slice){0};
	return read_plain(&lex, address_r, error_r);
}

struct slice sip_address_tag(const struct sip_address *address)
{
	struct sip_param param;

	return sip_param_find(address->params, "tag", &param) ? param.value : (struct slice){0};
}
