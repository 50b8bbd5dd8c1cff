// SPDX-License-Identifier: Apache-2.0
/*
 * Every check comes before the first change, so that a request which is refused
 * for one Contact changes nothing for the others.
 */
#include "sim/carrier/registrar.h"

#include "sim/carrier/challenge.h"
#include "sim/carrier/change.h"
#include "sim/carrier/contact_lines.h"
#include "sim/carrier/credentials.h"
#include "sim/carrier/ruling.h"
#include "sip/build.h"

static struct slice put_line_u64(struct carrier *carrier, enum sip_header_id id, uint64_t value)
{
	struct buf b = buf_over(carrier->headers, sizeof(carrier->headers));

	sip_put_header_u64(&b, id, value);
	return buf_slice(&b);
}

/* Seconds for one Contact, as the configuration grants. */
static uint32_t grant_s(const struct carrier *carrier, uint32_t asked_s)
{
	const struct carrier_config *c = &carrier->config;
	uint64_t granted = asked_s;

	if (asked_s == 0)
		return 0;
	if (c->grant >= 0)
		return (uint32_t)c->grant;
	if (granted > c->expires_max_s)
		granted = c->expires_max_s;
	granted += c->grant_more;
	return granted > c->grant_less ? (uint32_t)(granted - c->grant_less) : 1;
}

static uint32_t told_min_s(const struct carrier *carrier, uint32_t asked_s)
{
	if (carrier->config.brief == CARRIER_BRIEF_LOW)
		return asked_s / 2;
	if (carrier->config.brief == CARRIER_BRIEF_RISING)
		return 2 * asked_s;
	return carrier->config.brief == CARRIER_BRIEF_EQUAL ? asked_s
	                                                    : carrier->config.min_expires_s;
}

/* True where the expiry was too brief and the request has been answered 423. */
static bool refused_as_brief(struct carrier *carrier, struct incoming *in, uint32_t asked_s)
{
	uint32_t min_s = carrier->config.min_expires_s;
	enum carrier_brief brief = carrier->config.brief;

	if (brief == CARRIER_BRIEF_FOREVER && asked_s) {
		incoming_answer(carrier, in, 423,
		    put_line_u64(carrier, SIP_MIN_EXPIRES, (uint64_t)asked_s + 60));
		return true;
	}
	/* Step 7: only above 0 and below an hour may be refused. */
	if (brief == CARRIER_BRIEF_CANCEL ? asked_s >= min_s
	                                  : asked_s == 0 || asked_s >= min_s || asked_s >= 3600)
		return false;
	if (brief == CARRIER_BRIEF_NO_HEADER)
		incoming_answer(carrier, in, 423, SLICE(""));
	else
		incoming_answer(carrier, in, 423,
		    put_line_u64(carrier, SIP_MIN_EXPIRES, told_min_s(carrier, asked_s)));
	return true;
}

/* Order by Call-ID and CSeq, RFC 3261 10.3 step 7. */
static bool is_out_of_order(
    const struct carrier *carrier, const struct incoming *in, const struct binding *b)
{
	return carrier->config.cseq_order && !b->planted &&
	       slice_equal(owned_slice(&b->call_id), in->msg->call_id) && in->msg->cseq <= b->cseq;
}

static void judge_binding(
    struct carrier *carrier, const struct incoming *in, const struct binding *b, bool is_replaced)
{
	if (b->tombstone || b->planted || b->returned)
		return;
	if (!slice_equal(owned_slice(&b->call_id), in->msg->call_id))
		judge_offence(&carrier->judge, CARRIER_CALL_ID_CHANGED, in->msg->bytes);
	/* The end of a Contact that a REGISTER replaces comes from where that one leaves. */
	if (!is_replaced && !netaddr_equal(&b->source, &in->source))
		judge_offence(&carrier->judge, CARRIER_SOURCE_CHANGED, in->msg->bytes);
}

/* The 503 speaks of this account alone, and says who holds it. */
static void refuse_as_full(
    struct carrier *carrier, struct incoming *in, const struct register_request *r)
{
	struct buf b = buf_over(carrier->headers, sizeof(carrier->headers));

	if (carrier->config.limit_status != 503) {
		incoming_answer(carrier, in, carrier->config.limit_status, SLICE(""));
		return;
	}
	buf_puts(&b, RULING_TOO_MANY);
	if (carrier->config.limit_retry_s)
		sip_put_header_u64(&b, SIP_RETRY_AFTER, carrier->config.limit_retry_s);
	contact_lines_put_bound(carrier, r->aor, &b);
	incoming_answer(carrier, in, 503, buf_slice(&b));
}

static bool is_bound(const struct carrier *carrier, const struct register_request *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct binding *b = contact_lines_find(carrier, r->aor, r->contacts[i].uri);

		if (b && !b->tombstone)
			return true;
	}
	return false;
}

/* A cancel of what is not there, or a fetch of nothing. */
static bool refused_as_gone(
    struct carrier *carrier, struct incoming *in, const struct register_request *r)
{
	bool gone = register_is_cancel(r)
	                ? !is_bound(carrier, r)
	                : !r->count && !location_count(&carrier->location, r->aor);

	if (!gone || carrier->config.gone_status == 200)
		return false;
	incoming_answer(carrier, in, carrier->config.gone_status, SLICE(""));
	return true;
}

/* Looks at every Contact; true where the request was refused and answered. */
static bool refused(struct carrier *carrier, struct incoming *in, struct register_request *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct register_contact *c = &r->contacts[i];
		const struct binding *b = contact_lines_find(carrier, r->aor, c->uri);

		c->granted_s = grant_s(carrier, c->asked_s);
		if (b && is_out_of_order(carrier, in, b)) {
			incoming_answer(carrier, in, carrier->config.cseq_status, SLICE(""));
			return true;
		}
		if (b)
			judge_binding(carrier, in, b, c->asked_s == 0 && !register_is_cancel(r));
		if (refused_as_brief(carrier, in, c->asked_s))
			return true;
	}
	if (change_is_over(carrier, r) && !carrier->config.replace_oldest) {
		refuse_as_full(carrier, in, r);
		return true;
	}
	return refused_as_gone(carrier, in, r);
}

/* Step 6: every binding goes, unless the order forbids it for one. True: refused. */
static bool refused_star(
    struct carrier *carrier, struct incoming *in, const struct register_request *r)
{
	struct binding *b;
	uint32_t cursor = 0;

	while ((b = location_next(&carrier->location, r->aor, &cursor)))
		if (!b->tombstone && is_out_of_order(carrier, in, b)) {
			incoming_answer(carrier, in, carrier->config.cseq_status, SLICE(""));
			return true;
		}
	change_take_all(carrier, in, r);
	return false;
}

static void count_done(const struct incoming *in, const struct register_request *r)
{
	if (!in->account)
		return;
	in->account->cancelled += register_is_cancel(r);
	in->account->registered += r->count && !register_is_cancel(r);
}

/* A rule may have it answered as a refusal that lists what is bound. */
static void grant(struct carrier *carrier, struct incoming *in, const struct register_request *r)
{
	struct buf b = buf_over(carrier->headers, sizeof(carrier->headers));
	unsigned status = in->rule ? in->rule->status : 200;

	if (in->rule) {
		ruling_put(&b, in->rule, r->user);
		contact_lines_put_bound(carrier, r->aor, &b);
	} else {
		contact_lines_put(carrier, r, &b);
		challenge_put_info(carrier, in, &b);
	}
	incoming_answer(carrier, in, b.full ? 500 : status, b.full ? SLICE("") : buf_slice(&b));
}

static void process(struct carrier *carrier, struct incoming *in, struct register_request *r)
{
	if (!r->count && !r->star && !carrier->config.fetch) {
		incoming_answer(carrier, in, 400, SLICE(""));
		return;
	}
	if (r->star ? refused_star(carrier, in, r) : refused(carrier, in, r))
		return;
	if (!in->rule || in->rule->done) {
		if (!r->star)
			change_commit(carrier, in, r);
		count_done(in, r);
	}
	grant(carrier, in, r);
}

static enum carrier_only kind_of(const struct carrier *carrier, const struct register_request *r)
{
	if (register_is_cancel(r))
		return CARRIER_ONLY_CANCEL;
	if (is_bound(carrier, r))
		return CARRIER_ONLY_REFRESH;
	return r->count ? CARRIER_ONLY_REGISTER : CARRIER_ONLY_ALL;
}

static void count_kind(struct carrier *carrier, enum carrier_only kind)
{
	if (kind == CARRIER_ONLY_CANCEL)
		carrier_count(carrier, CARRIER_CANCELS);
	else if (kind == CARRIER_ONLY_ALL)
		carrier_count(carrier, CARRIER_FETCHES);
	else
		carrier_count(carrier, CARRIER_REGISTERS);
}

/* The account of the AOR; guests get a record where everybody may come. */
static struct account *account_of(struct carrier *carrier, struct slice user)
{
	bool open =
	    carrier->config.any_password[0] || carrier->config.challenge == CARRIER_CHALLENGE_NONE;

	return open ? accounts_get(&carrier->accounts, user)
	            : accounts_find(&carrier->accounts, user);
}

void registrar_receive(struct carrier *carrier, struct incoming *in)
{
	struct register_request r;
	enum carrier_only kind;

	if (register_read(carrier, in, &r)) {
		incoming_answer(carrier, in, 400, SLICE(""));
		return;
	}
	in->account = account_of(carrier, r.user);
	if (in->account)
		in->account->requests++;
	kind = kind_of(carrier, &r);
	count_kind(carrier, kind);
	if (ruling_ends(carrier, in, (struct rule_request){.user = r.user, .kind = kind}))
		return;
	if (carrier->config.domain[0] &&
	    !slice_equal_nocase(r.host, slice_of(carrier->config.domain))) {
		incoming_answer(carrier, in, 404, SLICE(""));
		return;
	}
	if (!credentials_admit(carrier, in, r.user) ||
	    ruling_ends(carrier, in,
	        (struct rule_request){.user = r.user, .kind = kind, .authenticated = true}))
		return;
	process(carrier, in, &r);
}

void registrar_expire(struct carrier *carrier, struct binding *b)
{
	if (!b->tombstone)
		carrier_count(carrier, CARRIER_EXPIRED);
	location_remove(&carrier->location, b);
}
