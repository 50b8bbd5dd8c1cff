// SPDX-License-Identifier: Apache-2.0
/*
 * What the strict upstream knows and counted, and the few things that tests
 * tell it directly: accounts, planted bindings, requests of its own.
 */
#include "sim/carrier/register.h"
#include "sim/carrier/state.h"
#include "sip/uri.h"

static const char *const counter_names[CARRIER_COUNTERS] = {
    [CARRIER_RECEIVED] = "received",
    [CARRIER_KEEPALIVES] = "keepalives",
    [CARRIER_LOST_REQUESTS] = "lost_requests",
    [CARRIER_LOST_ANSWERS] = "lost_answers",
    [CARRIER_REQUESTS] = "requests",
    [CARRIER_REPEATS] = "repeats",
    [CARRIER_REGISTERS] = "registers",
    [CARRIER_CANCELS] = "cancels",
    [CARRIER_FETCHES] = "fetches",
    [CARRIER_OTHERS] = "others",
    [CARRIER_CHALLENGES] = "challenges",
    [CARRIER_STALES] = "stales",
    [CARRIER_WRONG] = "wrong",
    [CARRIER_OK] = "ok",
    [CARRIER_REFUSED] = "refused",
    [CARRIER_BOUND] = "bound",
    [CARRIER_REFRESHED] = "refreshed",
    [CARRIER_UNBOUND] = "unbound",
    [CARRIER_EXPIRED] = "expired",
    [CARRIER_REPLACED] = "replaced",
    [CARRIER_FORGOTTEN] = "forgotten",
    [CARRIER_RETURNED] = "returned",
    [CARRIER_LATE] = "late",
    [CARRIER_BANS] = "bans",
    [CARRIER_BANNED] = "banned",
    [CARRIER_SENT] = "sent",
    [CARRIER_OUT_DROPPED] = "out_dropped",
    [CARRIER_PINGS] = "pings",
    [CARRIER_PINGS_OK] = "pings_ok",
    [CARRIER_PINGS_481] = "pings_481",
    [CARRIER_PINGS_OTHER] = "pings_other",
    [CARRIER_PINGS_DEAD] = "pings_dead",
    [CARRIER_STRAYS] = "strays",
    [CARRIER_PEAK_100MS] = "peak_100ms",
    [CARRIER_PEAK_1S] = "peak_1s",
};

static const char *const offence_names[CARRIER_OFFENCES] = {
    [CARRIER_BAD_SYNTAX] = "bad_syntax",
    [CARRIER_DUPLICATE_HEADER] = "duplicate_header",
    [CARRIER_BAD_BRANCH] = "bad_branch",
    [CARRIER_BRANCH_REUSED] = "branch_reused",
    [CARRIER_ALTERED_REPEAT] = "altered_repeat",
    [CARRIER_NO_MAX_FORWARDS] = "no_max_forwards",
    [CARRIER_REQUEST_URI_USER] = "request_uri_user",
    [CARRIER_TO_TAG] = "to_tag",
    [CARRIER_NO_FROM_TAG] = "no_from_tag",
    [CARRIER_FROM_TAG_CHANGED] = "from_tag_changed",
    [CARRIER_CSEQ_NOT_RISING] = "cseq_not_rising",
    [CARRIER_CALL_ID_CHANGED] = "call_id_changed",
    [CARRIER_SOURCE_CHANGED] = "source_changed",
    [CARRIER_STAR] = "star",
    [CARRIER_NO_EXPIRY] = "no_expiry",
    [CARRIER_HALF_CANCEL] = "half_cancel",
    [CARRIER_NC_NOT_RISING] = "nc_not_rising",
    [CARRIER_NC_NOT_HEX] = "nc_not_hex",
    [CARRIER_DIGEST_URI] = "digest_uri",
    [CARRIER_NONCE_MOVED] = "nonce_moved",
    [CARRIER_TOO_FAST] = "too_fast",
};

uint64_t carrier_counter(const struct carrier *carrier, enum carrier_counter counter)
{
	if (counter == CARRIER_PEAK_100MS)
		return carrier->peak.most_100ms;
	if (counter == CARRIER_PEAK_1S)
		return carrier->peak.most_1s;
	return carrier->counters[counter];
}

const char *carrier_counter_name(enum carrier_counter counter)
{
	return counter_names[counter];
}

uint64_t carrier_offence(const struct carrier *carrier, enum carrier_offence offence)
{
	return carrier->judge.counts[offence];
}

uint64_t carrier_offences(const struct carrier *carrier)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < CARRIER_OFFENCES; i++)
		sum += carrier->judge.counts[i];
	return sum;
}

const char *carrier_offence_name(enum carrier_offence offence)
{
	return offence_names[offence];
}

struct slice carrier_offence_message(const struct carrier *carrier, enum carrier_offence offence)
{
	return owned_slice(&carrier->judge.messages[offence]);
}

int carrier_account_set(
    struct carrier *carrier, const char *user, const char *auth_user, const char *password)
{
	struct account *a = accounts_get(&carrier->accounts, slice_of(user));

	if (!a)
		return ERR_FULL;
	a->guest = false;
	if (owned_set(&a->auth_user, slice_of(auth_user ? auth_user : user)))
		return ERR_MEMORY;
	return owned_set(&a->password, slice_of(password));
}

void carrier_account_remove(struct carrier *carrier, const char *user)
{
	struct account *a = accounts_find(&carrier->accounts, slice_of(user));

	if (a)
		accounts_remove(&carrier->accounts, a);
}

bool carrier_account_next(
    const struct carrier *carrier, uint32_t *cursor, struct carrier_account *account_r)
{
	pool_handle handle;
	const struct account *a = pool_walk(carrier->accounts.pool, *cursor, &handle);

	if (!a)
		return false;
	*cursor = pool_handle_slot(handle) + 1;
	*account_r = (struct carrier_account){owned_slice(&a->user), a->requests, a->registered,
	    a->cancelled, a->challenged, a->wrong, a->last_status};
	return true;
}

/* The next binding that stands, at the cursor or behind it. */
static struct binding *next_binding(const struct carrier *carrier, uint32_t *cursor)
{
	pool_handle handle;
	struct binding *b;

	while ((b = pool_walk(carrier->location.pool, *cursor, &handle))) {
		*cursor = pool_handle_slot(handle) + 1;
		if (!b->tombstone)
			return b;
	}
	return NULL;
}

static void show_binding(const struct binding *b, struct carrier_binding *binding_r)
{
	*binding_r = (struct carrier_binding){
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

bool carrier_binding_next(
    const struct carrier *carrier, uint32_t *cursor, struct carrier_binding *binding_r)
{
	const struct binding *b = next_binding(carrier, cursor);

	if (b)
		show_binding(b, binding_r);
	return b;
}

bool carrier_binding_of(const struct carrier *carrier, struct slice user, struct slice host,
    uint32_t *cursor, struct carrier_binding *binding_r)
{
	char text[REGISTER_AOR_MAX];
	struct buf aor = buf_over(text, sizeof(text));
	const struct binding *b;

	register_put_aor(&aor, user, host);
	if (aor.full)
		return false;
	do
		b = location_next(&carrier->location, buf_slice(&aor), cursor);
	while (b && b->tombstone);
	if (b)
		show_binding(b, binding_r);
	return b;
}

uint32_t carrier_bindings(const struct carrier *carrier)
{
	return carrier->location.live;
}

static bool is_of(const struct binding *b, const char *user)
{
	struct slice rest = slice_skip(owned_slice(&b->aor), 4);
	ptrdiff_t at = slice_find(rest, '@');

	return at >= 0 && slice_equal(slice_make(rest.p, (size_t)at), slice_of(user));
}

uint32_t carrier_bindings_of(const struct carrier *carrier, const char *user)
{
	uint32_t cursor = 0, count = 0;
	const struct binding *b;

	while ((b = next_binding(carrier, &cursor)))
		count += is_of(b, user);
	return count;
}

unsigned carrier_request(
    struct carrier *carrier, uint64_t now_us, const char *user, enum sip_method method)
{
	uint32_t cursor = 0;
	unsigned sent = 0;
	const struct binding *b;

	carrier_advance(carrier, now_us);
	while ((b = next_binding(carrier, &cursor)))
		if (!b->planted && is_of(b, user))
			sent += ping_send(carrier, b, method);
	return sent;
}

int carrier_plant(struct carrier *carrier, uint64_t now_us, const char *aor, const char *contact,
    uint32_t expires_s)
{
	struct binding *b;

	carrier_advance(carrier, now_us);
	if (location_find(&carrier->location, slice_of(aor), slice_of(contact)))
		return ERR_EXISTS;
	b = location_add(&carrier->location, slice_of(aor), slice_of(contact));
	if (!b)
		return ERR_FULL;
	b->planted = true;
	b->since_us = now_us;
	b->expires_us = now_us + expires_s * US_PER_S;
	b->expiry.kind = TIMER_EXPIRY;
	wheel_set(&carrier->wheel, &b->expiry, b->expires_us);
	if (carrier->config.write_back_s)
		storage_write(&carrier->storage, &carrier->location);
	return 0;
}
