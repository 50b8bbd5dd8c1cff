// SPDX-License-Identifier: Apache-2.0
/*
 * Every check comes before the first change, so that a request which is refused
 * for one Contact changes nothing for the others.
 */
#include "sim/upstream/registrar.h"

#include "sim/upstream/auth.h"
#include "sim/upstream/challenge.h"
#include "sim/upstream/change.h"
#include "sim/upstream/listing.h"
#include "sim/upstream/ruling.h"
#include "sip/build.h"

static struct slice put_line_u64(struct upstream *u, enum sip_header_id id, uint64_t value)
{
	struct buf b = buf_over(u->headers, sizeof(u->headers));

	sip_put_header_u64(&b, id, value);
	return buf_slice(&b);
}

/* Seconds for one Contact, as the configuration grants. */
static uint32_t grant_s(const struct upstream *u, uint32_t asked_s)
{
	const struct upstream_config *c = &u->config;
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

static uint32_t told_min_s(const struct upstream *u, uint32_t asked_s)
{
	if (u->config.brief == UPSTREAM_BRIEF_LOW)
		return asked_s / 2;
	if (u->config.brief == UPSTREAM_BRIEF_RISING)
		return 2 * asked_s;
	return u->config.brief == UPSTREAM_BRIEF_EQUAL ? asked_s : u->config.min_expires_s;
}

/* True where the expiry was too brief and the request has been answered 423. */
static bool refused_as_brief(struct upstream *u, struct exchange *x, uint32_t asked_s)
{
	uint32_t min_s = u->config.min_expires_s;
	enum upstream_brief brief = u->config.brief;

	if (brief == UPSTREAM_BRIEF_FOREVER && asked_s) {
		exchange_answer(
		    u, x, 423, put_line_u64(u, SIP_MIN_EXPIRES, (uint64_t)asked_s + 60));
		return true;
	}
	/* Step 7: only above 0 and below an hour may be refused. */
	if (brief == UPSTREAM_BRIEF_CANCEL ? asked_s >= min_s
	                                   : asked_s == 0 || asked_s >= min_s || asked_s >= 3600)
		return false;
	if (brief == UPSTREAM_BRIEF_NO_HEADER)
		exchange_answer(u, x, 423, SLICE(""));
	else
		exchange_answer(
		    u, x, 423, put_line_u64(u, SIP_MIN_EXPIRES, told_min_s(u, asked_s)));
	return true;
}

/* Order by Call-ID and CSeq, RFC 3261 10.3 step 7. */
static bool is_out_of_order(
    const struct upstream *u, const struct exchange *x, const struct binding *b)
{
	return u->config.cseq_order && !b->planted &&
	       slice_equal(owned_slice(&b->call_id), x->msg->call_id) && x->msg->cseq <= b->cseq;
}

static void judge_binding(
    struct upstream *u, const struct exchange *x, const struct binding *b, bool is_replaced)
{
	if (b->tombstone || b->planted || b->returned)
		return;
	if (!slice_equal(owned_slice(&b->call_id), x->msg->call_id))
		judge_offence(&u->judge, UPSTREAM_CALL_ID_CHANGED, x->msg->bytes);
	/* The end of a Contact that a REGISTER replaces comes from where that one leaves. */
	if (!is_replaced && !netaddr_equal(&b->source, &x->source))
		judge_offence(&u->judge, UPSTREAM_SOURCE_CHANGED, x->msg->bytes);
}

/* The 503 speaks of this account alone, and says who holds it. */
static void refuse_as_full(struct upstream *u, struct exchange *x, const struct registration *r)
{
	struct buf b = buf_over(u->headers, sizeof(u->headers));

	if (u->config.limit_status != 503) {
		exchange_answer(u, x, u->config.limit_status, SLICE(""));
		return;
	}
	buf_puts(&b, RULING_TOO_MANY);
	if (u->config.limit_retry_s)
		sip_put_header_u64(&b, SIP_RETRY_AFTER, u->config.limit_retry_s);
	listing_put_bound(u, r->aor, &b);
	exchange_answer(u, x, 503, buf_slice(&b));
}

static bool is_bound(const struct upstream *u, const struct registration *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct binding *b = listing_find(u, r->aor, r->contacts[i].uri);

		if (b && !b->tombstone)
			return true;
	}
	return false;
}

/* A cancel of what is not there, or a fetch of nothing. */
static bool refused_as_gone(struct upstream *u, struct exchange *x, const struct registration *r)
{
	bool gone = registration_is_cancel(r) ? !is_bound(u, r)
	                                      : !r->count && !location_count(&u->location, r->aor);

	if (!gone || u->config.gone_status == 200)
		return false;
	exchange_answer(u, x, u->config.gone_status, SLICE(""));
	return true;
}

/* Looks at every Contact; true where the request was refused and answered. */
static bool refused(struct upstream *u, struct exchange *x, struct registration *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct registration_contact *c = &r->contacts[i];
		const struct binding *b = listing_find(u, r->aor, c->uri);

		c->granted_s = grant_s(u, c->asked_s);
		if (b && is_out_of_order(u, x, b)) {
			exchange_answer(u, x, u->config.cseq_status, SLICE(""));
			return true;
		}
		if (b)
			judge_binding(u, x, b, c->asked_s == 0 && !registration_is_cancel(r));
		if (refused_as_brief(u, x, c->asked_s))
			return true;
	}
	if (change_is_over(u, r) && !u->config.replace_oldest) {
		refuse_as_full(u, x, r);
		return true;
	}
	return refused_as_gone(u, x, r);
}

/* Step 6: every binding goes, unless the order forbids it for one. True: refused. */
static bool refused_star(struct upstream *u, struct exchange *x, const struct registration *r)
{
	struct binding *b;
	uint32_t cursor = 0;

	while ((b = location_next(&u->location, r->aor, &cursor)))
		if (!b->tombstone && is_out_of_order(u, x, b)) {
			exchange_answer(u, x, u->config.cseq_status, SLICE(""));
			return true;
		}
	change_take_all(u, x, r);
	return false;
}

static void count_done(const struct exchange *x, const struct registration *r)
{
	if (!x->account)
		return;
	x->account->cancelled += registration_is_cancel(r);
	x->account->registered += r->count && !registration_is_cancel(r);
}

/* A rule may have it answered as a refusal that lists what is bound. */
static void grant(struct upstream *u, struct exchange *x, const struct registration *r)
{
	struct buf b = buf_over(u->headers, sizeof(u->headers));
	unsigned status = x->rule ? x->rule->status : 200;

	if (x->rule) {
		ruling_put(&b, x->rule, r->user);
		listing_put_bound(u, r->aor, &b);
	} else {
		listing_put(u, r, &b);
		challenge_put_info(u, x, &b);
	}
	exchange_answer(u, x, b.full ? 500 : status, b.full ? SLICE("") : buf_slice(&b));
}

static void process(struct upstream *u, struct exchange *x, struct registration *r)
{
	if (!r->count && !r->star && !u->config.fetch) {
		exchange_answer(u, x, 400, SLICE(""));
		return;
	}
	if (r->star ? refused_star(u, x, r) : refused(u, x, r))
		return;
	if (!x->rule || x->rule->done) {
		if (!r->star)
			change_commit(u, x, r);
		count_done(x, r);
	}
	grant(u, x, r);
}

static enum upstream_only kind_of(const struct upstream *u, const struct registration *r)
{
	if (registration_is_cancel(r))
		return UPSTREAM_ONLY_CANCEL;
	if (is_bound(u, r))
		return UPSTREAM_ONLY_REFRESH;
	return r->count ? UPSTREAM_ONLY_REGISTER : UPSTREAM_ONLY_ALL;
}

static void count_kind(struct upstream *u, enum upstream_only kind)
{
	if (kind == UPSTREAM_ONLY_CANCEL)
		upstream_count(u, UPSTREAM_CANCELS);
	else if (kind == UPSTREAM_ONLY_ALL)
		upstream_count(u, UPSTREAM_FETCHES);
	else
		upstream_count(u, UPSTREAM_REGISTERS);
}

/* The account of the AOR; guests get a record where everybody may come. */
static struct account *account_of(struct upstream *u, struct slice user)
{
	bool open = u->config.any_password[0] || u->config.challenge == UPSTREAM_CHALLENGE_NONE;

	return open ? accounts_get(&u->accounts, user) : accounts_find(&u->accounts, user);
}

void registrar_receive(struct upstream *u, struct exchange *x)
{
	struct registration r;
	enum upstream_only kind;

	if (registration_read(u, x, &r)) {
		exchange_answer(u, x, 400, SLICE(""));
		return;
	}
	x->account = account_of(u, r.user);
	if (x->account)
		x->account->requests++;
	kind = kind_of(u, &r);
	count_kind(u, kind);
	if (ruling_ends(u, x, (struct rule_request){.user = r.user, .kind = kind}))
		return;
	if (u->config.domain[0] && !slice_equal_nocase(r.host, slice_of(u->config.domain))) {
		exchange_answer(u, x, 404, SLICE(""));
		return;
	}
	if (!auth_admit(u, x, r.user) ||
	    ruling_ends(
	        u, x, (struct rule_request){.user = r.user, .kind = kind, .authenticated = true}))
		return;
	process(u, x, &r);
}

void registrar_expire(struct upstream *u, struct binding *b)
{
	if (!b->tombstone)
		upstream_count(u, UPSTREAM_EXPIRED);
	location_remove(&u->location, b);
}
