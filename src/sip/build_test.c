// SPDX-License-Identifier: Apache-2.0
/*
 * Messages as they are written, byte for byte, and responses to requests of
 * all shapes: received and rport, folds, tags, and values that try to end
 * their line.
 */
#include "sip/build.h"

#include "test/kit/unit.h"

#define assert_text(b, text) assert_true(slice_equal(buf_slice(b), SLICE(text)))

static char storage[4096];
static struct sip_message m;

static struct netaddr address(const char *text)
{
	struct netaddr addr;

	assert_int_equal(netaddr_parse(slice_of(text), &addr), 0);
	return addr;
}

static void test_request(void **state)
{
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	sip_put_request_line(&b, SIP_REGISTER, SLICE("sip:carrier.example"));
	sip_put_header(&b, SIP_CALL_ID, SLICE("c1"));
	sip_put_header_u64(&b, SIP_EXPIRES, 3600);
	sip_put_header_name(&b, SIP_CONTACT);
	buf_puts(&b, "<sip:x>");
	sip_put_crlf(&b);
	sip_put_body(&b, SLICE("abc"));
	assert_false(b.full);
	assert_text(&b, "REGISTER sip:carrier.example SIP/2.0\r\nCall-ID: c1\r\nExpires: 3600\r\n"
	                "Contact: <sip:x>\r\nContent-Length: 3\r\n\r\nabc");
}

static void test_values_cannot_end_their_line(void **state)
{
	struct buf b = buf_over(storage, sizeof(storage));

	(void)state;
	sip_put_header(&b, SIP_USER_AGENT, SLICE("a\r\nX: y\rz\n"));
	sip_put_header(&b, SIP_USER_AGENT, SLICE("a\r\n b"));
	assert_text(&b, "User-Agent: aX: yz\r\nUser-Agent: a b\r\n");
}

static void test_full(void **state)
{
	struct buf b = buf_over(storage, 20);

	(void)state;
	sip_put_header(&b, SIP_CALL_ID, SLICE("a-long-call-id"));
	assert_true(b.full);
}

/* The response without its Content-Length, in `storage`. */
static struct buf respond(const char *via, const char *to, const char *source, const char *to_tag)
{
	static char text[2048];
	struct netaddr addr = address(source);
	struct buf request = buf_over(text, sizeof(text));
	struct buf b = buf_over(storage, sizeof(storage));

	buf_puts(&request, "OPTIONS sip:h SIP/2.0\r\n");
	buf_puts(&request, via);
	buf_puts(&request, "Max-Forwards: 1\r\nf: <sip:a>;tag=1\r\nt: ");
	buf_puts(&request, to);
	buf_puts(&request, "\r\ni: c\r\nCSeq: 1\r\n OPTIONS\r\nContact: <sip:q>\r\n\r\n");
	assert_int_equal(sip_message_parse(buf_slice(&request), &m, NULL), 0);
	sip_put_response(&b, &m, &addr, 200, slice_of(NULL), slice_of(to_tag));
	assert_false(b.full);
	return b;
}

static void assert_via(const char *via, const char *source, const char *wanted)
{
	char line[512];
	struct buf b = buf_over(line, sizeof(line));
	struct buf response;

	buf_puts(&b, "SIP/2.0 200 OK\r\n");
	buf_puts(&b, wanted);
	buf_puts(&b, "From: ");
	response = respond(via, "<sip:b>", source, "");
	assert_true(slice_starts(buf_slice(&response), buf_slice(&b)));
}

static void test_response(void **state)
{
	struct buf b = respond(
	    "Via: SIP/2.0/UDP 192.0.2.1;branch=x;rport\r\n", "<sip:b>", "192.0.2.1:5062", "t1");

	(void)state;
	assert_text(&b,
	    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP "
	    "192.0.2.1;branch=x;received=192.0.2.1;rport=5062\r\n"
	    "From: <sip:a>;tag=1\r\nTo: <sip:b>;tag=t1\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n");
}

static void test_via(void **state)
{
	(void)state;
	assert_via("v: SIP/2.0/UDP 192.0.2.1;branch=x\r\n", "192.0.2.1:9",
	    "Via: SIP/2.0/UDP 192.0.2.1;branch=x\r\n");
	assert_via("v: SIP/2.0/UDP 192.0.2.1:5060 ; branch=x\r\n", "192.0.2.2:9",
	    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=x;received=192.0.2.2\r\n");
	assert_via("v: SIP/2.0/UDP host;branch=x\r\n", "192.0.2.2:9",
	    "Via: SIP/2.0/UDP host;branch=x;received=192.0.2.2\r\n");
	/* A `received` and `rport` that the peer wrote itself are replaced. */
	assert_via("v: SIP/2.0/UDP h;RPORT=1;received=9.9.9.9;branch=x;y=\"a;b\"\r\n",
	    "192.0.2.2:9", "Via: SIP/2.0/UDP h;branch=x;y=\"a;b\";received=192.0.2.2;rport=9\r\n");
	assert_via("v: SIP/2.0/UDP [2001:db8::1];rport;branch=x\r\n", "[2001:db8::2]:9",
	    "Via: SIP/2.0/UDP [2001:db8::1];branch=x;received=2001:db8::2;rport=9\r\n");
	assert_via("v: SIP/2.0/UDP [2001:db8:0::1];branch=x\r\n", "[2001:db8::1]:9",
	    "Via: SIP/2.0/UDP [2001:db8:0::1];branch=x\r\n");
	assert_via(
	    "v: SIP/2.0/UDP a;rport\r\n ;x, SIP/2.0/TCP b;rport\r\nVia: SIP/2.0/TCP c;rport\r\n",
	    "192.0.2.2:9",
	    "Via: SIP/2.0/UDP a;x;received=192.0.2.2;rport=9, SIP/2.0/TCP b;rport\r\n"
	    "Via: SIP/2.0/TCP c;rport\r\n");
	/* A Via that cannot be parsed stays as it is. */
	assert_via("v: garbage;rport\r\n", "192.0.2.2:9", "Via: garbage;rport\r\n");
}

static bool has_to(const struct buf *b, const char *line)
{
	return memmem(b->p, b->n, line, strlen(line));
}

static void test_to_tag(void **state)
{
	static const char via[] = "Via: SIP/2.0/UDP h\r\n";
	struct buf b;

	(void)state;
	b = respond(via, "sip:b", "192.0.2.1", "t1");
	assert_true(has_to(&b, "\r\nTo: sip:b;tag=t1\r\n"));
	b = respond(via, "<sip:b>;tag=own", "192.0.2.1", "t1");
	assert_true(has_to(&b, "\r\nTo: <sip:b>;tag=own\r\n"));
	b = respond(via, "<sip:b;tag=no>", "192.0.2.1", "t1");
	assert_true(has_to(&b, "\r\nTo: <sip:b;tag=no>;tag=t1\r\n"));
	b = respond(via, "\"a\r\n b\" <sip:b>", "192.0.2.1", "");
	assert_true(has_to(&b, "\r\nTo: \"a b\" <sip:b>\r\n"));
}

static void test_reason(void **state)
{
	struct netaddr source = {0};
	struct buf b;

	(void)state;
	b = respond("Via: SIP/2.0/UDP h;rport\r\n", "<sip:b>", "192.0.2.1", "");
	buf_reset(&b);
	sip_put_response(&b, &m, &source, 400, SLICE("CSeq: no\r\nX: y"), slice_of(NULL));
	assert_true(has_to(&b, "SIP/2.0 400 CSeq: noX: y\r\nVia: SIP/2.0/UDP h;rport\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_values_cannot_end_their_line),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_response),
	    cmocka_unit_test(test_via),
	    cmocka_unit_test(test_to_tag),
	    cmocka_unit_test(test_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
