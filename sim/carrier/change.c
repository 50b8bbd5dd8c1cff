// SPDX-License-Identifier: Apache-2.0
/*
 * All or nothing: the caller has made sure that nothing is refused any more.
 */
#include "sim/carrier/change.h"

#include "sim/carrier/contact_lines.h"
#include "sip/param.h"

/* By how many bindings the account grows, or shrinks, when the request is granted. */
static int64_t change_of_count(const struct carrier *carrier, const struct register_request *r)
{
	int64_t change = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct binding *b = contact_lines_find(carrier, r->aor, r->contacts[i].uri);
		bool bound = b && !b->tombstone;

		change += (r->contacts[i].granted_s > 0) - bound;
	}
	return change;
}

bool change_is_over(const struct carrier *carrier, const struct register_request *r)
{
	int64_t change = change_of_count(carrier, r);

	return carrier->config.max_contacts && change > 0 &&
	       location_count(&carrier->location, r->aor) + change > carrier->config.max_contacts;
}

static void unbind(struct carrier *carrier, const struct incoming *in, struct binding *b)
{
	uint64_t memory_us = carrier->config.cseq_memory_s * US_PER_S;

	if (!b->tombstone)
		carrier_count(carrier, CARRIER_UNBOUND);
	b->cseq = in->msg->cseq;
	if (!memory_us || owned_set(&b->call_id, in->msg->call_id))
		location_remove(&carrier->location, b);
	else
		location_bury(&carrier->location, b, carrier->now_us + memory_us);
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

static void set_timers(struct carrier *carrier, struct binding *b)
{
	b->expiry.kind = TIMER_EXPIRY;
	b->ping.kind = TIMER_PING_BINDING;
	wheel_set(&carrier->wheel, &b->expiry, b->expires_us);
	if (carrier->config.ping_s && !wheel_is_set(&b->ping))
		wheel_set(
		    &carrier->wheel, &b->ping, carrier->now_us + carrier->config.ping_s * US_PER_S);
}

static struct binding *make_binding(struct carrier *carrier, const struct register_request *r,
    struct slice uri, struct binding *old)
{
	struct binding *b = old;

	if (old && old->tombstone) {
		location_remove(&carrier->location, old);
		b = NULL;
	}
	if (b) {
		b->refreshes++;
		carrier_count(carrier, CARRIER_REFRESHED);
		return b;
	}
	b = location_add(&carrier->location, r->aor, uri);
	if (b) {
		b->since_us = carrier->now_us;
		carrier_count(carrier, CARRIER_BOUND);
	}
	return b;
}

static void bind(struct carrier *carrier, const struct incoming *in,
    const struct register_request *r, const struct register_contact *c, struct binding *old)
{
	struct binding *b = make_binding(carrier, r, c->uri, old);

	if (!b)
		return;
	b->cseq = in->msg->cseq;
	b->expires_us = carrier->now_us + c->granted_s * US_PER_S;
	b->source = in->source;
	b->local = in->local;
	b->planted = b->returned = false;
	if (owned_set(&b->call_id, in->msg->call_id) || keep_params(b, c->params)) {
		location_remove(&carrier->location, b);
		return;
	}
	set_timers(carrier, b);
}

static struct binding *oldest_binding(const struct carrier *carrier, struct slice aor)
{
	struct binding *b, *oldest = NULL;
	uint32_t cursor = 0;

	while ((b = location_next(&carrier->location, aor, &cursor)))
		if (!b->tombstone && (!oldest || b->since_us < oldest->since_us))
			oldest = b;
	return oldest;
}

static void make_room(struct carrier *carrier, const struct register_request *r)
{
	while (change_is_over(carrier, r)) {
		struct binding *b = oldest_binding(carrier, r->aor);

		if (!b)
			return;
		location_remove(&carrier->location, b);
		carrier_count(carrier, CARRIER_REPLACED);
	}
}

/* The whole account is what this REGISTER says. */
static void drop_others(struct carrier *carrier, const struct register_request *r)
{
	struct binding *b;
	uint32_t cursor = 0;

	while ((b = location_next(&carrier->location, r->aor, &cursor))) {
		if (b->tombstone || contact_lines_names(carrier, r, b))
			continue;
		location_remove(&carrier->location, b);
		carrier_count(carrier, CARRIER_REPLACED);
		cursor = 0;
	}
}

void change_commit(
    struct carrier *carrier, const struct incoming *in, const struct register_request *r)
{
	if (carrier->config.replaces)
		drop_others(carrier, r);
	make_room(carrier, r);
	for (unsigned i = 0; i < r->count; i++) {
		const struct register_contact *c = &r->contacts[i];
		struct binding *b = contact_lines_find(carrier, r->aor, c->uri);

		if (c->granted_s)
			bind(carrier, in, r, c, b);
		else if (b && carrier->config.cancel != CARRIER_CANCEL_IGNORED)
			unbind(carrier, in, b);
	}
}

void change_take_all(
    struct carrier *carrier, const struct incoming *in, const struct register_request *r)
{
	struct binding *b;

	while ((b = oldest_binding(carrier, r->aor)))
		unbind(carrier, in, b);
}

static bool restore(struct carrier *carrier, const struct stored *row)
{
	struct binding *b;

	if (row->expires_us <= carrier->now_us)
		return false;
	b = location_add(&carrier->location, owned_slice(&row->aor), owned_slice(&row->contact));
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
		location_remove(&carrier->location, b);
		return false;
	}
	set_timers(carrier, b);
	return true;
}

uint32_t change_restore(struct carrier *carrier)
{
	uint32_t restored = 0;

	for (uint32_t i = 0; i < carrier->storage.count; i++)
		restored += restore(carrier, &carrier->storage.rows[i]);
	return restored;
}
