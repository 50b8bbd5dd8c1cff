// SPDX-License-Identifier: Apache-2.0
/*
 * All or nothing: whoever calls has made sure that nothing is refused any more.
 */
#include "sim/upstream/change.h"

#include "sim/upstream/listing.h"
#include "sip/param.h"

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

bool change_is_over(const struct upstream *u, const struct registration *r)
{
	int64_t change = change_of_count(u, r);

	return u->config.max_contacts && change > 0 &&
	       location_count(&u->location, r->aor) + change > u->config.max_contacts;
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
	b->planted = b->returned = false;
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
	while (change_is_over(u, r)) {
		struct binding *b = oldest_binding(u, r->aor);

		if (!b)
			return;
		location_remove(&u->location, b);
		upstream_count(u, UPSTREAM_REPLACED);
	}
}

/* The whole account is what this REGISTER says. */
static void drop_others(struct upstream *u, const struct registration *r)
{
	struct binding *b;
	uint32_t cursor = 0;

	while ((b = location_next(&u->location, r->aor, &cursor))) {
		if (b->tombstone || listing_names(u, r, b))
			continue;
		location_remove(&u->location, b);
		upstream_count(u, UPSTREAM_REPLACED);
		cursor = 0;
	}
}

void change_commit(struct upstream *u, const struct exchange *x, const struct registration *r)
{
	if (u->config.replaces)
		drop_others(u, r);
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

void change_take_all(struct upstream *u, const struct exchange *x, const struct registration *r)
{
	struct binding *b;

	while ((b = oldest_binding(u, r->aor)))
		unbind(u, x, b);
}

static bool restore(struct upstream *u, const struct stored *row)
{
	struct binding *b;

	if (row->expires_us <= u->now_us)
		return false;
	b = location_add(&u->location, owned_slice(&row->aor), owned_slice(&row->contact));
	if (!b)
		return false;
	b->cseq = row->cseq;
	b->refreshes = row->refreshes;
	b->since_us = row->since_us;
	b->expires_us = row->expires_us;
	b->source = row->source;
	b->local = row->local;
	b->planted = row->planted;
	b->returned = row->returned;
	if (owned_set(&b->call_id, owned_slice(&row->call_id)) ||
	    owned_set(&b->params, owned_slice(&row->params))) {
		location_remove(&u->location, b);
		return false;
	}
	set_timers(u, b);
	return true;
}

uint32_t change_restore(struct upstream *u)
{
	uint32_t restored = 0;

	for (uint32_t i = 0; i < u->storage.count; i++)
		restored += restore(u, &u->storage.rows[i]);
	return restored;
}
