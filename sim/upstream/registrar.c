// SPDX-License-Identifier: Apache-2.0
/*
 * Every check comes before the first change, so that a request which is refused
 * for one Contact changes nothing for the others.
 */
#include "sim/upstream/registrar.h"

#include "sim/upstream/auth.h"
#include "sim/upstream/listing.h"
#include "sip/build.h"
#include "sip/param.h"

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
	if (b->tombstone || b->planted)
		return;
	if (!slice_equal(owned_slice(&b->call_id), x->msg->call_id))
		judge_offence(&u->judge, UPSTREAM_CALL_ID_CHANGED, x->msg->bytes);
	/* The end of a Contact that a REGISTER replaces comes from where that one leaves. */
	if (!is_replaced && !netaddr_equal(&b->source, &x->source))
		judge_offence(&u->judge, UPSTREAM_SOURCE_CHANGED, x->msg->bytes);
}

/* What becomes of the number of bindings when the request is granted. */
static int64_t change_of_count(const struct upstream *u, const struct registration *r)
{
	int64_t change = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct binding *b = listing_find(u, r->aor, r->contacts[i].uri);
		bool bound = b && !b->tombstone;

		change += (r->contacts[i].granted_s > 0) - bound;
	}
	return change;
}

static bool over_the_limit(const struct upstream *u, const struct registration *r)
{
	int64_t change = change_of_count(u, r);

	return u->config.max_contacts && change > 0 &&
	       location_count(&u->location, r->aor) + change > u->config.max_contacts;
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
	if (over_the_limit(u, r) && !u->config.replace_oldest) {
		exchange_answer(u, x, 403, SLICE(""));
		return true;
	}
	return false;
}

static void unbind(struct upstream *u, const struct exchange *x, struct binding *b)
{
	uint64_t memory_us = u->config.cseq_memory_s * US_PER_S;

	if (!b->tombstone)
		upstream_count(u, UPSTREAM_UNBOUND);
	b->cseq = x->msg->cseq;
	if (!memory_us || owned_set(&b->call_id, x->msg->call_id))
		location_remove(&u->location, b);
	else
		location_bury(&u->location, b, u->now_us + memory_us);
}

/* The Contact's parameters but for the expiry, which is ours to say. */
static int keep_params(struct binding *b, struct slice params)
{
	char text[1024];
	struct buf kept = buf_over(text, sizeof(text));
	struct sip_param param;

	while (sip_param_next(&params, &param) == 1) {
		if (slice_equal_nocase(param.name, SLICE("expires")))
			continue;
		buf_putc(&kept, ';');
		buf_put(&kept, param.name);
		if (!param.has_value)
			continue;
		buf_puts(&kept, param.quoted ? "=\"" : "=");
		buf_put(&kept, param.value);
		if (param.quoted)
			buf_putc(&kept, '"');
	}
	return kept.full ? ERR_LIMIT : owned_set(&b->params, buf_slice(&kept));
}

static void set_timers(struct upstream *u, struct binding *b)
{
	b->expiry.kind = TIMER_EXPIRY;
	b->ping.kind = TIMER_PING_BINDING;
	wheel_set(&u->wheel, &b->expiry, b->expires_us);
	if (u->config.ping_s && !wheel_is_set(&b->ping))
		wheel_set(&u->wheel, &b->ping, u->now_us + u->config.ping_s * US_PER_S);
}

static struct binding *make_binding(
    struct upstream *u, const struct registration *r, struct slice uri, struct binding *old)
{
	struct binding *b = old;

	if (old && old->tombstone) {
		location_remove(&u->location, old);
		b = NULL;
	}
	if (b) {
		b->refreshes++;
		upstream_count(u, UPSTREAM_REFRESHED);
		return b;
	}
	b = location_add(&u->location, r->aor, uri);
	if (b) {
		b->since_us = u->now_us;
		upstream_count(u, UPSTREAM_BOUND);
	}
	return b;
}

static void bind(struct upstream *u, const struct exchange *x, const struct registration *r,
    const struct registration_contact *c, struct binding *old)
{
	struct binding *b = make_binding(u, r, c->uri, old);

	if (!b)
		return;
	b->cseq = x->msg->cseq;
	b->expires_us = u->now_us + c->granted_s * US_PER_S;
	b->source = x->source;
	b->local = x->local;
	b->planted = false;
	if (owned_set(&b->call_id, x->msg->call_id) || keep_params(b, c->params)) {
		location_remove(&u->location, b);
		return;
	}
	set_timers(u, b);
}

static struct binding *oldest_binding(const struct upstream *u, struct slice aor)
{
	struct binding *b, *oldest = NULL;
	uint32_t cursor = 0;

	while ((b = location_next(&u->location, aor, &cursor)))
		if (!b->tombstone && (!oldest || b->since_us < oldest->since_us))
			oldest = b;
	return oldest;
}

static void make_room(struct upstream *u, const struct registration *r)
{
	while (over_the_limit(u, r)) {
		struct binding *b = oldest_binding(u, r->aor);

		if (!b)
			return;
		location_remove(&u->location, b);
		upstream_count(u, UPSTREAM_REPLACED);
	}
}

static void commit(struct upstream *u, const struct exchange *x, const struct registration *r)
{
	make_room(u, r);
	for (unsigned i = 0; i < r->count; i++) {
		const struct registration_contact *c = &r->contacts[i];
		struct binding *b = listing_find(u, r->aor, c->uri);

		if (c->granted_s)
			bind(u, x, r, c, b);
		else if (b && u->config.cancel != UPSTREAM_CANCEL_IGNORED)
			unbind(u, x, b);
	}
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
	while ((b = oldest_binding(u, r->aor)))
		unbind(u, x, b);
	return false;
}

static void grant(struct upstream *u, struct exchange *x, const struct registration *r)
{
	struct buf b = buf_over(u->headers, sizeof(u->headers));

	listing_put(u, r, &b);
	auth_put_info(u, x, &b);
	if (x->account) {
		x->account->cancelled += registration_is_cancel(r);
		x->account->registered += r->count && !registration_is_cancel(r);
	}
	exchange_answer(u, x, b.full ? 500 : 200, b.full ? SLICE("") : buf_slice(&b));
}

static void process(struct upstream *u, struct exchange *x, struct registration *r)
{
	if (!r->count && !r->star && !u->config.fetch) {
		exchange_answer(u, x, 400, SLICE(""));
		return;
	}
	if (r->star ? refused_star(u, x, r) : refused(u, x, r))
		return;
	if (!r->star)
		commit(u, x, r);
	grant(u, x, r);
}

static enum upstream_only kind_of(const struct upstream *u, const struct registration *r)
{
	if (registration_is_cancel(r))
		return UPSTREAM_ONLY_CANCEL;
	for (unsigned i = 0; i < r->count; i++) {
		const struct binding *b = listing_find(u, r->aor, r->contacts[i].uri);

		if (b && !b->tombstone)
			return UPSTREAM_ONLY_REFRESH;
	}
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
	if (exchange_ruled(u, x, &(struct rule_request){r.user, kind, false}))
		return;
	if (u->config.domain[0] && !slice_equal_nocase(r.host, slice_of(u->config.domain))) {
		exchange_answer(u, x, 404, SLICE(""));
		return;
	}
	if (!auth_admit(u, x, r.user) ||
	    exchange_ruled(u, x, &(struct rule_request){r.user, kind, true}))
		return;
	process(u, x, &r);
}

void registrar_expire(struct upstream *u, struct binding *b)
{
	if (!b->tombstone)
		upstream_count(u, UPSTREAM_EXPIRED);
	location_remove(&u->location, b);
}
