// SPDX-License-Identifier: Apache-2.0
/*
 * One Via: "SIP/2.0/UDP host:port;branch=…". Spaces are legal beside the
 * slashes and the colon (RFC 3261 25.1 SLASH, COLON).
 */
#include "sip/via.h"

#include "sip/lex.h"
#include "sip/param.h"

struct reader {
	struct sip_lex lex;
	struct sip_via *via;
	struct sip_error *error_r;
};

static int fail(struct reader *r, int code, const char *what)
{
	return sip_fail(r->error_r, code, what, sip_lex_offset(&r->lex));
}

static bool take_slash(struct sip_lex *lex)
{
	bool there;

	sip_lex_lws(lex);
	there = sip_lex_take(lex, '/');
	sip_lex_lws(lex);
	return there;
}

static int read_protocol(struct reader *r)
{
	struct sip_lex *lex = &r->lex;

	sip_lex_lws(lex);
	if (!sip_lex_run(lex, SIP_CHAR_TOKEN).n || !take_slash(lex) ||
	    !sip_lex_run(lex, SIP_CHAR_TOKEN).n || !take_slash(lex))
		return fail(r, ERR_SYNTAX, "Via: no protocol");
	r->via->transport_name = sip_lex_run(lex, SIP_CHAR_TOKEN);
	if (!r->via->transport_name.n)
		return fail(r, ERR_SYNTAX, "Via: no transport");
	r->via->transport = sip_transport_find(r->via->transport_name);
	if (!sip_lex_run(lex, SIP_CHAR_LWS).n)
		return fail(r, ERR_SYNTAX, "Via: no space behind the transport");
	return 0;
}

static int read_sent_by(struct reader *r)
{
	int err;

	if (sip_lex_host(&r->lex, &r->via->host))
		return fail(r, ERR_SYNTAX, "Via: no host");
	sip_lex_lws(&r->lex);
	if (!sip_lex_take(&r->lex, ':'))
		return 0;
	sip_lex_lws(&r->lex);
	err = sip_lex_port(&r->lex, &r->via->port);
	sip_lex_lws(&r->lex);
	return err ? fail(r, err, "Via: port is not 1 to 65535") : 0;
}

static int read_rport(struct reader *r, const struct sip_param *param)
{
	uint64_t number = 0;
	int err = param->value.n ? slice_number(param->value, UINT16_MAX, &number) : 0;

	if (err)
		return fail(r, err, "Via: rport is no port");
	r->via->has_rport = true;
	r->via->rport = (uint16_t)number;
	return 0;
}

/* If a parameter is given twice, the first counts, as with sip_param_find(). */
static int read_param(struct reader *r, const struct sip_param *param)
{
	struct sip_via *via = r->via;

	if (!via->branch.n && slice_equal_nocase(param->name, SLICE("branch")))
		via->branch = param->value;
	else if (!via->received.n && slice_equal_nocase(param->name, SLICE("received")))
		via->received = param->value;
	else if (!via->has_rport && slice_equal_nocase(param->name, SLICE("rport")))
		return read_rport(r, param);
	return 0;
}

static int read_params(struct reader *r)
{
	struct slice rest = sip_lex_rest(&r->lex);
	struct sip_param param;
	int got;

	r->via->params = rest;
	while ((got = sip_param_next(&rest, &param)) == 1) {
		int err = read_param(r, &param);

		if (err)
			return err;
		r->lex.p = r->lex.end - rest.n;
	}
	return got ? fail(r, ERR_SYNTAX, "Via: malformed parameter") : 0;
}

int sip_via_parse(struct slice text, struct sip_via *via_r, struct sip_error *error_r)
{
	struct reader r = {sip_lex_over(text), via_r, error_r};
	int err;

	*via_r = (struct sip_via){0};
	err = read_protocol(&r);
	if (!err)
		err = read_sent_by(&r);
	if (!err)
		err = read_params(&r);
	return err;
}
