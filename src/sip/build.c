// SPDX-License-Identifier: Apache-2.0
/*
 * Writing messages. No value can end its line: CR and LF are left out. Of a fold
 * the space behind its line end remains.
 */
#include "sip/build.h"

#include "sip/address.h"
#include "sip/param.h"

#include <assert.h>

static void put_unfolded(struct buf *b, struct slice value)
{
	if (slice_find(value, '\n') < 0 && slice_find(value, '\r') < 0) {
		buf_put(b, value);
		return;
	}
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_putc(b, value.p[i]);
}

void sip_put_crlf(struct buf *b)
{
	buf_put(b, SLICE("\r\n"));
}

void sip_put_request_line(struct buf *b, enum sip_method method, struct slice uri)
{
	assert(method != SIP_METHOD_OTHER);
	buf_puts(b, sip_method_name(method));
	buf_putc(b, ' ');
	put_unfolded(b, uri);
	buf_put(b, SLICE(" SIP/2.0\r\n"));
}

void sip_put_header_name(struct buf *b, enum sip_header_id id)
{
	assert(id != SIP_HEADER_OTHER);
	buf_put(b, sip_header_begin(id));
}

void sip_put_header(struct buf *b, enum sip_header_id id, struct slice value)
{
	sip_put_header_name(b, id);
	put_unfolded(b, value);
	sip_put_crlf(b);
}

void sip_put_header_u64(struct buf *b, enum sip_header_id id, uint64_t value)
{
	sip_put_header_name(b, id);
	buf_put_u64(b, value);
	sip_put_crlf(b);
}

void sip_put_body(struct buf *b, struct slice body)
{
	sip_put_header_u64(b, SIP_CONTENT_LENGTH, body.n);
	sip_put_crlf(b);
	buf_put(b, body);
}

static void put_status_line(struct buf *b, unsigned status, struct slice reason)
{
	assert(status >= 100 && status <= 699);
	buf_put(b, SLICE("SIP/2.0 "));
	buf_put_u64(b, status);
	buf_putc(b, ' ');
	put_unfolded(b, reason.n ? reason : slice_of(sip_status_reason(status)));
	sip_put_crlf(b);
}

/* The grammar of `received` wants IPv6 without brackets. */
static void put_received(struct buf *b, const struct netaddr *source)
{
	char text[NETADDR_TEXT_MAX];
	struct buf host = buf_over(text, sizeof(text));
	struct slice ip;

	netaddr_put_host(&host, source);
	ip = buf_slice(&host);
	if (ip.n > 2 && ip.p[0] == '[')
		ip = slice_make(ip.p + 1, ip.n - 2);
	buf_put(b, SLICE(";received="));
	buf_put(b, ip);
}

/* Copies all parameters but `received` and `rport`: those we write ourselves. */
static void put_other_params(struct buf *b, struct slice params)
{
	struct sip_param param;
	struct slice rest = params;

	while (sip_param_next(&rest, &param) == 1) {
		const char *end = rest.n ? rest.p : params.p + params.n;

		if (slice_equal_nocase(param.name, SLICE("received")) ||
		    slice_equal_nocase(param.name, SLICE("rport")))
			continue;
		buf_putc(b, ';');
		put_unfolded(b, slice_trim(slice_make(param.name.p, (size_t)(end - param.name.p))));
	}
}

static bool host_is(struct slice host, const struct netaddr *source)
{
	struct netaddr addr;

	return !netaddr_parse_ip(host, &addr) && netaddr_equal_ip(&addr, source);
}

/* Adds the source of the request to the topmost Via (RFC 3261 18.2.1, RFC 3581 4). */
static void put_top_via(struct buf *b, struct slice text, const struct netaddr *source)
{
	struct sip_via via;

	if (!source->family || sip_via_parse(text, &via, NULL)) {
		put_unfolded(b, text);
		return;
	}
	put_unfolded(b, slice_trim(slice_make(text.p, text.n - via.params.n)));
	put_other_params(b, via.params);
	if (via.has_rport || !host_is(via.host, source))
		put_received(b, source);
	if (via.has_rport) {
		buf_put(b, SLICE(";rport="));
		buf_put_u64(b, source->port);
	}
}

/* Keeps the lines as they came, so that the response has no more lines than the request. */
static void put_vias(struct buf *b, const struct sip_message *request, const struct netaddr *source)
{
	bool top = true;

	for (unsigned i = 0; i < request->header_count; i++) {
		struct slice rest = request->headers[i].value;
		struct slice member;

		if (request->headers[i].id != SIP_VIA)
			continue;
		sip_put_header_name(b, SIP_VIA);
		if (top && sip_list_next(&rest, &member))
			put_top_via(b, member, source);
		put_unfolded(b, rest);
		sip_put_crlf(b);
		top = false;
	}
}

/* Copies a header line of the request, if there is one: a malformed request may lack it. */
static void put_copy(struct buf *b, const struct sip_message *request, enum sip_header_id id)
{
	struct slice value = sip_message_value(request, id);

	if (value.p)
		sip_put_header(b, id, value);
}

static void put_to(struct buf *b, const struct sip_message *request, struct slice to_tag)
{
	struct slice value = sip_message_value(request, SIP_TO);
	struct sip_address to;

	if (!value.p)
		return;
	sip_put_header_name(b, SIP_TO);
	put_unfolded(b, value);
	if (to_tag.n && !sip_address_parse(value, &to, NULL) && !sip_address_tag(&to).n) {
		buf_put(b, SLICE(";tag="));
		buf_put(b, to_tag);
	}
	sip_put_crlf(b);
}

void sip_put_response(struct buf *b, const struct sip_message *request,
    const struct netaddr *source, unsigned status, struct slice reason, struct slice to_tag)
{
	put_status_line(b, status, reason);
	put_vias(b, request, source);
	put_copy(b, request, SIP_FROM);
	put_to(b, request, to_tag);
	put_copy(b, request, SIP_CALL_ID);
	put_copy(b, request, SIP_CSEQ);
}
