// SPDX-License-Identifier: Apache-2.0
/*
 * The way of a REGISTER: each step gives it on or answers it.
 */
#include "registrar/register.h"

#include "base/least.h"
#include "registrar/change.h"
#include "registrar/held.h"
#include "registrar/register_reply.h"
#include "sip/address.h"
#include "sip/build.h"
#include "sip/param.h"
#include "txn/require.h"

#define NOTHING   ((struct slice){NULL, 0})
#define LINES_MAX 512

static const char *const spoken[] = {"path", "outbound", "gruu", NULL};

static void refuse(const struct incoming *in, unsigned status, const char *reason)
{
	register_reply_refuse(in, status, reason, NOTHING);
}

/*
 * A mark by which a repetition is known: branch, Call-ID, CSeq, source, and the credentials, so
 * that nobody who has not got the password is answered as if he had.
 */
static uint64_t make_mark(const struct incoming *in)
{
	struct hash_key key = in->registrar->hash_key;
	const struct sip_message *request = in->request;
	uint64_t parts[] = {
	    hash_bytes(key, request->via.branch),
	    hash_bytes(key, request->call_id),
	    hash_bytes(key, sip_message_value(request, SIP_AUTHORIZATION)),
	    hash_bytes(key, slice_make(in->flow->peer.ip, sizeof(in->flow->peer.ip))),
	    (uint64_t)in->flow->peer.port << 32 | request->cseq,
	};

	return hash_bytes(key, slice_make(parts, sizeof(parts)));
}

static bool is_repeated(const struct endpoint *endpoint, uint64_t mark)
{
	bool is_known = endpoint->mark == mark;

	for (const struct binding *b = endpoint->bindings; b && !is_known; b = b->next)
		is_known = b->mark == mark;
	return is_known;
}

/* ---- what is refused whoever sends it ---- */

static bool has_right_target(const struct incoming *in)
{
	struct sip_uri uri;

	if (sip_uri_parse(in->request->uri, &uri, NULL) != 0)
		refuse(in, 400, "the Request-URI cannot be read");
	else if (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS)
		refuse(in, 416, NULL);
	else if (!endpoint_has_domain(in->registrar, uri.host))
		refuse(in, 404, NULL);
	else
		return true;
	return false;
}

/* The AOR: its user, with escapes resolved, names the endpoint (RFC 3261 10.3 5.). */
static bool read_aor(const struct incoming *in, struct buf *user_r)
{
	struct sip_address to;
	struct sip_uri uri;

	if (sip_address_parse(sip_message_value(in->request, SIP_TO), &to, NULL) != 0 ||
	    sip_uri_parse(to.uri, &uri, NULL) != 0 || uri.scheme == SIP_SCHEME_OTHER) {
		refuse(in, 400, "To cannot be read");
		return false;
	}
	if (!endpoint_has_domain(in->registrar, uri.host)) {
		refuse(in, 404, NULL);
		return false;
	}
	sip_put_resolved(user_r, uri.user);
	return true;
}

static bool requires_known(const struct incoming *in)
{
	char text[LINES_MAX];
	struct buf line = buf_over(text, sizeof(text));

	if (!require_put_unsupported(&line, in->request, spoken))
		return true;
	register_reply_refuse(in, 420, NULL, line.full ? NOTHING : buf_slice(&line));
	return false;
}

/* ---- who sends it ---- */

static bool has_binding_at(
    const struct endpoint *endpoint, struct slice contact, const struct flow *flow)
{
	for (const struct binding *b = endpoint->bindings; b; b = b->next)
		if (netaddr_equal_ip(&b->flow.peer, &flow->peer) &&
		    sip_uri_equal_text(binding_text(b, BINDING_CONTACT), contact))
			return true;
	return false;
}

/* The device has a live binding from this source: it goes on while one beside it guesses. */
static bool is_bound_device(const struct incoming *in, const struct endpoint *endpoint)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address;
	struct slice member;

	while (endpoint && endpoint->bindings &&
	       sip_message_list(in->request, SIP_CONTACT, &cursor, &member))
		if (sip_address_parse(member, &address, NULL) == 0 &&
		    has_binding_at(endpoint, address.uri, in->flow))
			return true;
	return false;
}

static enum guard_verdict judge(
    const struct incoming *in, struct guard_claim *claim, struct endpoint **endpoint_r)
{
	struct guard *guard = in->registrar->guard;
	const struct guard_secret *secret;
	enum guard_verdict verdict =
	    guard_read(guard, in->request, in->flow, SIP_AUTHORIZATION, claim);

	if (verdict != GUARD_PROVEN)
		return verdict;
	*endpoint_r = endpoint_of_digest_user(in->registrar, claim->username, &secret);
	return guard_judge(guard, claim, secret, is_bound_device(in, *endpoint_r));
}

/* The endpoint whose password the sender has; NULL: it was answered, or gets no answer. */
static struct endpoint *authenticate(const struct incoming *in)
{
	struct endpoint *endpoint = NULL;
	struct guard_claim claim;

	switch (judge(in, &claim, &endpoint)) {
	case GUARD_PROVEN:
		return endpoint;
	case GUARD_UNKNOWN:
		register_reply_challenge(in, false);
		break;
	case GUARD_STALE:
		register_reply_challenge(in, true);
		break;
	case GUARD_WRONG:
		/* A challenge again is a refusal, too. */
		if (in->registrar->core->params->reply_unauthorized ||
		    guard_knows_source(in->registrar->guard, in->flow))
			register_reply_challenge(in, false);
		break;
	case GUARD_SUSPENDED:
		if (guard_may_refuse(in->registrar->guard, &claim))
			refuse(in, 403, NULL);
		break;
	case GUARD_MALFORMED:
		refuse(in, 400, claim.error.what);
		break;
	}
	return NULL;
}

/* ---- what it wants ---- */

static void refuse_wishes(const struct incoming *in, unsigned status, const char *reason)
{
	char text[64];
	struct buf line = buf_over(text, sizeof(text));

	if (status == 423)
		sip_put_header_u64(
		    &line, SIP_MIN_EXPIRES, in->registrar->core->params->endpoint_min_expire_s);
	register_reply_refuse(in, status, reason, buf_slice(&line));
}

static void answer(const struct incoming *in, struct endpoint *endpoint,
    const struct wishes *wishes, enum change_verdict verdict)
{
	switch (verdict) {
	case CHANGE_DONE:
		endpoint->seen_ms = in->registrar->core->now.wall_ms;
		register_reply_ok(in, endpoint, wishes->is_outbound);
		break;
	case CHANGE_OLD:
		refuse(in, 500, "CSeq is not higher than the last one");
		break;
	case CHANGE_OCCUPIED:
		register_reply_refuse(in, 403, NULL,
		    SLICE("Warning: 399 regent \"another device is registered\"\r\n"));
		break;
	case CHANGE_TOO_MANY:
		register_reply_refuse(
		    in, 403, NULL, SLICE("Warning: 399 regent \"too many Contacts\"\r\n"));
		break;
	case CHANGE_FULL:
		register_reply_unavailable(in);
		break;
	}
}

static void change(const struct incoming *in, struct endpoint *endpoint, uint64_t mark)
{
	struct slice agent = slice_trim(sip_message_value(in->request, SIP_USER_AGENT));
	struct binding_source source = {
	    .flow = *in->flow,
	    .agent = slice_make(agent.p, min_u64(agent.n, BINDING_AGENT_MAX)),
	    .cseq = in->request->cseq,
	    .mark = mark,
	};
	struct wishes wishes;
	const char *reason;
	unsigned status = wishes_read(in->registrar, endpoint, in->request, &wishes, &reason);

	if (status != 0) {
		refuse_wishes(in, status, reason);
		return;
	}
	answer(in, endpoint, &wishes,
	    change_make(in->registrar, endpoint, &wishes, &source, in->request->call_id));
}

void register_take(
    struct registrar *registrar, const struct sip_message *request, const struct flow *flow)
{
	const struct incoming in = {registrar, request, flow};
	struct endpoint *named, *endpoint;
	char text[FIELD_TEXT_MAX];
	struct buf user = buf_over(text, sizeof(text));
	uint64_t mark;

	if (registrar->core->stop.mode == CORE_STOPS || registrar->keeping == KEEPING_LOADS) {
		register_reply_unavailable(&in);
		return;
	}
	if (!has_right_target(&in) || !read_aor(&in, &user) || !requires_known(&in))
		return;
	mark = make_mark(&in);
	named = user.full ? NULL : endpoint_find(registrar, buf_slice(&user));
	if (named && is_repeated(named, mark)) {
		/* The response to the first one is held, or will be found when this is repeated. */
		if (!held_is_needed(registrar, named))
			register_reply_ok(&in, named, false);
		return;
	}
	endpoint = authenticate(&in);
	if (!endpoint)
		return;
	if (endpoint->must_prove) {
		endpoint->must_prove = false;
		register_reply_challenge(&in, true);
		return;
	}
	/* Nobody registers for somebody else. */
	if (endpoint != named || !endpoint_may_use(endpoint, flow))
		refuse(&in, 403, NULL);
	else
		change(&in, endpoint, mark);
}
