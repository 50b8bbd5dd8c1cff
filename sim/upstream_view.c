// SPDX-License-Identifier: Apache-2.0
/*
 * What the strict upstream knows and counted, and the few things that tests
 * tell it directly: accounts, planted bindings, requests of its own.
 */
#include "sim/upstream/registration.h"
#include "sim/upstream/state.h"
#include "sip/uri.h"

static const char *const counter_names[UPSTREAM_COUNTERS] = {
    [UPSTREAM_RECEIVED] = "received",
    [UPSTREAM_KEEPALIVES] = "keepalives",
    [UPSTREAM_LOST_REQUESTS] = "lost_requests",
    [UPSTREAM_LOST_ANSWERS] = "lost_answers",
    [UPSTREAM_REQUESTS] = "requests",
    [UPSTREAM_REPEATS] = "repeats",
    [UPSTREAM_REGISTERS] = "registers",
    [UPSTREAM_CANCELS] = "cancels",
    [UPSTREAM_FETCHES] = "fetches",
    [UPSTREAM_OTHERS] = "others",
    [UPSTREAM_CHALLENGES] = "challenges",
    [UPSTREAM_STALES] = "stales",
    [UPSTREAM_WRONG] = "wrong",
    [UPSTREAM_OK] = "ok",
    [UPSTREAM_REFUSED] = "refused",
    [UPSTREAM_BOUND] = "bound",
    [UPSTREAM_REFRESHED] = "refreshed",
    [UPSTREAM_UNBOUND] = "unbound",
    [UPSTREAM_EXPIRED] = "expired",
    [UPSTREAM_REPLACED] = "replaced",
    [UPSTREAM_FORGOTTEN] = "forgotten",
    [UPSTREAM_RETURNED] = "returned",
    [UPSTREAM_LATE] = "late",
    [UPSTREAM_BANS] = "bans",
    [UPSTREAM_BANNED] = "banned",
    [UPSTREAM_SENT] = "sent",
    [UPSTREAM_OUT_DROPPED] = "out_dropped",
    [UPSTREAM_PINGS] = "pings",
    [UPSTREAM_PINGS_OK] = "pings_ok",
    [UPSTREAM_PINGS_481] = "pings_481",
    [UPSTREAM_PINGS_OTHER] = "pings_other",
    [UPSTREAM_PINGS_DEAD] = "pings_dead",
    [UPSTREAM_STRAYS] = "strays",
    [UPSTREAM_PEAK_100MS] = "peak_100ms",
    [UPSTREAM_PEAK_1S] = "peak_1s",
};

static const char *const offence_names[UPSTREAM_OFFENCES] = {
    [UPSTREAM_BAD_SYNTAX] = "bad_syntax",
    [UPSTREAM_DUPLICATE_HEADER] = "duplicate_header",
    [UPSTREAM_BAD_BRANCH] = "bad_branch",
    [UPSTREAM_BRANCH_REUSED] = "branch_reused",
    [UPSTREAM_ALTERED_REPEAT] = "altered_repeat",
    [UPSTREAM_NO_MAX_FORWARDS] = "no_max_forwards",
    [UPSTREAM_REQUEST_URI_USER] = "request_uri_user",
    [UPSTREAM_TO_TAG] = "to_tag",
    [UPSTREAM_NO_FROM_TAG] = "no_from_tag",
    [UPSTREAM_FROM_TAG_CHANGED] = "from_tag_changed",
    [UPSTREAM_CSEQ_NOT_RISING] = "cseq_not_rising",
    [UPSTREAM_CALL_ID_CHANGED] = "call_id_changed",
    [UPSTREAM_SOURCE_CHANGED] = "source_changed",
    [UPSTREAM_STAR] = "star",
    [UPSTREAM_NO_EXPIRY] = "no_expiry",
    [UPSTREAM_HALF_CANCEL] = "half_cancel",
    [UPSTREAM_NC_NOT_RISING] = "nc_not_rising",
    [UPSTREAM_NC_NOT_HEX] = "nc_not_hex",
    [UPSTREAM_DIGEST_URI] = "digest_uri",
    [UPSTREAM_NONCE_MOVED] = "nonce_moved",
    [UPSTREAM_TOO_FAST] = "too_fast",
};

uint64_t upstream_counter(const struct upstream *u, enum upstream_counter counter)
{
	if (counter == UPSTREAM_PEAK_100MS)
		return u->peak.most_100ms;
	if (counter == UPSTREAM_PEAK_1S)
		return u->peak.most_1s;
	return u->counters[counter];
}

const char *upstream_counter_name(enum upstream_counter counter)
{
	return counter_names[counter];
}

uint64_t upstream_offence(const struct upstream *u, enum upstream_offence offence)
{
	return u->judge.counts[offence];
}

uint64_t upstream_offences(const struct upstream *u)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < UPSTREAM_OFFENCES; i++)
		sum += u->judge.counts[i];
	return sum;
}

const char *upstream_offence_name(enum upstream_offence offence)
{
	return offence_names[offence];
}

struct slice upstream_offence_message(const struct upstream *u, enum upstream_offence offence)
{
	return owned_slice(&u->judge.messages[offence]);
}

int upstream_account_set(
    struct upstream *u, const char *user, const char *auth_user, const char *password)
{
	struct account *a = accounts_get(&u->accounts, slice_of(user));

	if (!a)
		return ERR_FULL;
	a->guest = false;
	if (owned_set(&a->auth_user, slice_of(auth_user ? auth_user : user)))
		return ERR_MEMORY;
	return owned_set(&a->password, slice_of(password));
}

void upstream_account_remove(struct upstream *u, const char *user)
{
	struct account *a = accounts_find(&u->accounts, slice_of(user));

	if (a)
		accounts_remove(&u->accounts, a);
}

bool upstream_account_next(
    const struct upstream *u, uint32_t *cursor, struct upstream_account *account_r)
{
	pool_handle handle;
	const struct account *a = pool_walk(u->accounts.pool, *cursor, &handle);

	if (!a)
		return false;
	*cursor = pool_handle_slot(handle) + 1;
	*account_r = (struct upstream_account){owned_slice(&a->user), a->requests, a->registered,
	    a->cancelled, a->challenged, a->wrong, a->last_status};
	return true;
}

/* The next binding that stands, at the cursor or behind it. */
static struct binding *next_binding(const struct upstream *u, uint32_t *cursor)
{
	pool_handle handle;
	struct binding *b;

	while ((b = pool_walk(u->location.pool, *cursor, &handle))) {
		*cursor = pool_handle_slot(handle) + 1;
		if (!b->tombstone)
			return b;
	}
	return NULL;
}

static void show_binding(const struct binding *b, struct upstream_binding *binding_r)
{
	*binding_r = (struct upstream_binding){
	    .aor = owned_slice(&b->aor),
	    .contact = owned_slice(&b->contact),
	    .call_id = owned_slice(&b->call_id),
	    .cseq = b->cseq,
	    .since_us = b->since_us,
	    .expires_us = b->expires_us,
	    .source = b->source,
	    .refreshes = b->refreshes,
	    .planted = b->planted,
	    .returned = b->returned,
	};
}

bool upstream_binding_next(
    const struct upstream *u, uint32_t *cursor, struct upstream_binding *binding_r)
{
	const struct binding *b = next_binding(u, cursor);

	if (b)
		show_binding(b, binding_r);
	return b;
}

bool upstream_binding_of(const struct upstream *u, struct slice user, struct slice host,
    uint32_t *cursor, struct upstream_binding *binding_r)
{
	char text[REGISTRATION_AOR_MAX];
	struct buf aor = buf_over(text, sizeof(text));
	const struct binding *b;

	registration_put_aor(&aor, user, host);
	if (aor.full)
		return false;
	do
		b = location_next(&u->location, buf_slice(&aor), cursor);
	while (b && b->tombstone);
	if (b)
		show_binding(b, binding_r);
	return b;
}

uint32_t upstream_bindings(const struct upstream *u)
{
	return u->location.live;
}

static bool is_of(const struct binding *b, const char *user)
{
	struct slice rest = slice_skip(owned_slice(&b->aor), 4);
	ptrdiff_t at = slice_find(rest, '@');

	return at >= 0 && slice_equal(slice_make(rest.p, (size_t)at), slice_of(user));
}

uint32_t upstream_bindings_of(const struct upstream *u, const char *user)
{
	uint32_t cursor = 0, count = 0;
	const struct binding *b;

	while ((b = next_binding(u, &cursor)))
		count += is_of(b, user);
	return count;
}

unsigned upstream_request(
    struct upstream *u, uint64_t now_us, const char *user, enum sip_method method)
{
	uint32_t cursor = 0;
	unsigned sent = 0;
	const struct binding *b;

	upstream_advance(u, now_us);
	while ((b = next_binding(u, &cursor)))
		if (!b->planted && is_of(b, user))
			sent += ping_send(u, b, method);
	return sent;
}

int upstream_plant(
    struct upstream *u, uint64_t now_us, const char *aor, const char *contact, uint32_t expires_s)
{
	struct binding *b;

	upstream_advance(u, now_us);
	if (location_find(&u->location, slice_of(aor), slice_of(contact)))
		return ERR_EXISTS;
	b = location_add(&u->location, slice_of(aor), slice_of(contact));
	if (!b)
		return ERR_FULL;
	b->planted = true;
	b->since_us = now_us;
	b->expires_us = now_us + expires_s * US_PER_S;
	b->expiry.kind = TIMER_EXPIRY;
	wheel_set(&u->wheel, &b->expiry, b->expires_us);
	if (u->config.write_back_s)
		storage_write(&u->storage, &u->location);
	return 0;
}
