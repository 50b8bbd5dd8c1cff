// SPDX-License-Identifier: Apache-2.0
/*
 * Upstreams: names, their addresses, and the choice among them. Names are looked up
 * as A and AAAA; SRV and NAPTR (RFC 3263) come with the transports that need them.
 */
#include "upstream/upstream.h"

#include <assert.h>
#include <stdlib.h>

#define PORT_SIP      5060
#define RETRY_NAME_US (5 * US_PER_S)
#define ASK_LOST_US   (30 * US_PER_S) /* an answer that has not come by then is lost */
#define TTL_LEAST_S   5
#define TTL_MOST_S    3600
#define REJECTED_US   (60 * US_PER_S)
#define STRANGER_US   (10 * US_PER_S)

static struct upstream *find(struct upstreams *u, struct slice hop, uint64_t hash)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(u->upstream_keys, hash, &cursor, &value)) {
		struct upstream *upstream = pool_get(u->upstreams, value);

		if (slice_equal(slice_of(upstream->hop), hop))
			return upstream;
	}
	return NULL;
}

/* Without NAPTR, a URI without transport parameter means UDP (RFC 3263 4.1). */
static int read_uri(struct upstream *upstream)
{
	enum sip_transport transport;
	int rc = sip_uri_parse(slice_of(upstream->hop), &upstream->uri, NULL);

	if (rc < 0)
		return rc;
	if (upstream->uri.scheme != SIP_SCHEME_SIP)
		return ERR_UNSUPPORTED;
	transport = sip_uri_transport(&upstream->uri);
	if (transport != SIP_TRANSPORT_NONE && transport != SIP_UDP)
		return ERR_UNSUPPORTED;
	upstream->transport = SIP_UDP;
	return 0;
}

static int set_targets(
    struct upstreams *u, struct upstream *upstream, const struct netaddr *addresses, uint32_t count)
{
	pool_handle fresh[RESOLVED_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < count && i < RESOLVED_MAX; i++) {
		struct target *target = target_take(u, upstream->transport, &addresses[i]);

		if (target)
			fresh[n++] = target->handle;
	}
	if (n == 0)
		return ERR_FULL;
	for (uint32_t i = 0; i < upstream->target_count; i++)
		target_give(u, upstream->targets[i]);
	memcpy(upstream->targets, fresh, n * sizeof(fresh[0]));
	upstream->target_count = n;
	return 0;
}

static int read_numeric(struct upstreams *u, struct upstream *upstream)
{
	struct netaddr address;

	if (netaddr_parse_ip(upstream->uri.host, &address) < 0)
		return 0;
	address.port = upstream->uri.port ? upstream->uri.port : PORT_SIP;
	upstream->is_numeric = true;
	return set_targets(u, upstream, &address, 1);
}

static void destroy(struct upstreams *u, struct upstream *upstream)
{
	wheel_clear(u->core->wheel, &upstream->timer);
	for (uint32_t i = 0; i < upstream->target_count; i++)
		target_give(u, upstream->targets[i]);
	free(upstream->hop);
	free(upstream->realm);
	pool_give(u->upstreams, upstream->handle);
}

int upstream_take(struct upstreams *u, struct slice hop, struct upstream **upstream_r)
{
	uint64_t hash = hash_bytes(u->hash_key, hop);
	struct upstream *upstream = find(u, hop, hash);
	pool_handle handle;
	int rc;

	if (upstream) {
		upstream->refs++;
		*upstream_r = upstream;
		return 0;
	}
	upstream = pool_take(u->upstreams, &handle);
	if (!upstream)
		return ERR_FULL;
	upstream->handle = handle;
	upstream->refs = 1;
	upstream->timer.kind = TIMER_UPSTREAM;
	upstream->hop = slice_copy(hop);
	rc = upstream->hop ? read_uri(upstream) : ERR_MEMORY;
	if (rc == 0)
		rc = read_numeric(u, upstream);
	if (rc == 0)
		rc = map_put(u->upstream_keys, hash, handle);
	if (rc < 0) {
		destroy(u, upstream);
		return rc;
	}
	*upstream_r = upstream;
	return 0;
}

void upstream_give(struct upstreams *u, pool_handle handle)
{
	struct upstream *upstream = pool_get(u->upstreams, handle);

	if (!upstream || --upstream->refs > 0)
		return;
	map_remove(u->upstream_keys, hash_bytes(u->hash_key, slice_of(upstream->hop)), handle);
	destroy(u, upstream);
}

struct upstream *upstream_get(const struct upstreams *u, pool_handle handle)
{
	return pool_get(u->upstreams, handle);
}

void upstream_hold(struct upstreams *u, pool_handle handle)
{
	struct upstream *upstream = pool_get(u->upstreams, handle);

	upstream->refs++;
	upstream->users++;
}

void upstream_release(struct upstreams *u, pool_handle handle)
{
	struct upstream *upstream = pool_get(u->upstreams, handle);

	upstream->users--;
	upstream_give(u, handle);
}

static void ask(struct upstreams *u, struct upstream *upstream)
{
	struct effect *effect = outbox_add(u->core->outbox, EFFECT_RESOLVE);

	effect->resolve.asker = upstream->handle;
	effect->resolve.host = outbox_keep(u->core->outbox, upstream->uri.host);
	effect->resolve.port = upstream->uri.port ? upstream->uri.port : PORT_SIP;
	upstream->is_asked = true;
	upstream->asked_us = u->core->now.mono_us;
}

enum upstream_ready upstream_resolve(struct upstreams *u, struct upstream *upstream)
{
	bool is_lost =
	    upstream->is_asked && u->core->now.mono_us > upstream->asked_us + ASK_LOST_US;

	if (upstream->is_numeric)
		return UPSTREAM_READY;
	if (u->core->now.mono_us >= upstream->fresh_until_us && (!upstream->is_asked || is_lost))
		ask(u, upstream);
	if (upstream->target_count > 0)
		return UPSTREAM_READY;
	/* A name that was not found a moment ago is looked up again when that answer is old. */
	if (!upstream->is_asked)
		wheel_set(u->core->wheel, &upstream->timer, upstream->fresh_until_us);
	return UPSTREAM_PENDING;
}

void upstream_resolved(
    struct upstreams *u, struct upstream *upstream, const struct event_resolved *resolved)
{
	uint64_t ttl_s = resolved->ttl_s;

	upstream->is_asked = false;
	upstream->is_unanswered = resolved->is_unanswered;
	if (resolved->count == 0 ||
	    set_targets(u, upstream, resolved->addresses, resolved->count) < 0) {
		upstream->fresh_until_us = u->core->now.mono_us + RETRY_NAME_US;
	} else {
		ttl_s = max_u64(min_u64(ttl_s, TTL_MOST_S), TTL_LEAST_S);
		upstream->fresh_until_us = u->core->now.mono_us + ttl_s * US_PER_S;
	}
	upstream->has_news = upstream->waiting;
	if (upstream->waiting)
		wheel_set(u->core->wheel, &upstream->timer, u->core->now.mono_us);
}

struct slice upstream_why_unknown(const struct upstream *upstream)
{
	if (upstream->target_count > 0)
		return (struct slice){NULL, 0};
	return upstream->is_unanswered ? SLICE("no answer about name or route")
	                               : SLICE("name not found");
}

void upstream_ask_again(struct upstreams *u, struct upstream *upstream)
{
	if (upstream->waiting && !upstream->is_asked)
		ask(u, upstream);
}

struct target *upstream_choose(const struct upstreams *u, const struct upstream *upstream,
    uint32_t from, uint64_t *open_at_us_r)
{
	struct target *best = NULL;

	for (uint32_t i = 0; i < upstream->target_count; i++) {
		uint32_t place = (from + i) % upstream->target_count;
		struct target *target = pool_get(u->targets, upstream->targets[place]);
		uint64_t open_at_us = target_open_at_us(u, target);

		if (!best || open_at_us < *open_at_us_r) {
			best = target;
			*open_at_us_r = open_at_us;
		}
		if (*open_at_us_r <= u->core->now.mono_us)
			break;
	}
	return best;
}

uint64_t upstream_other_open_at_us(
    const struct upstreams *u, const struct upstream *upstream, const struct target *target)
{
	uint64_t open_at_us = TIME_NEVER;

	for (uint32_t i = 0; i < upstream->target_count; i++) {
		const struct target *other = target_get(u, upstream->targets[i]);

		if (other != target)
			open_at_us = min_u64(open_at_us, target_open_at_us(u, other));
	}
	return open_at_us;
}

uint32_t upstream_index(const struct upstream *upstream, pool_handle target)
{
	uint32_t i = 0;

	while (i < upstream->target_count && upstream->targets[i] != target)
		i++;
	return i;
}

void upstream_learn_realm(struct upstream *upstream, struct slice realm)
{
	if (slice_equal(slice_of(upstream->realm), realm))
		return;
	free(upstream->realm);
	upstream->realm = slice_copy(realm);
}

static bool is_recent(const struct upstreams *u, const struct rejection *rejection)
{
	return rejection->when_us > 0 && u->core->now.mono_us <= rejection->when_us + REJECTED_US;
}

void upstream_rejected(const struct upstreams *u, struct upstream *upstream, pool_handle user)
{
	for (int i = 0; i < REJECTED_ACCOUNTS; i++)
		if (upstream->rejected[i].who == user && is_recent(u, &upstream->rejected[i]))
			return;
	upstream->rejected[upstream->rejected_next] =
	    (struct rejection){u->core->now.mono_us, user};
	upstream->rejected_next = (uint8_t)((upstream->rejected_next + 1) % REJECTED_ACCOUNTS);
}

uint64_t upstream_stranger_us(
    const struct upstreams *u, struct upstream *upstream, uint64_t *place_us)
{
	/* The ring's next place holds the oldest of the five. */
	const struct rejection *oldest = &upstream->rejected[upstream->rejected_next];

	if (!is_recent(u, oldest)) {
		upstream->stranger_us = 0;
		return u->core->now.mono_us;
	}
	if (*place_us == 0) {
		upstream->stranger_us =
		    max_u64(upstream->stranger_us, u->core->now.mono_us) + STRANGER_US;
		*place_us = upstream->stranger_us;
	}
	return min_u64(*place_us, oldest->when_us + REJECTED_US + 1);
}
