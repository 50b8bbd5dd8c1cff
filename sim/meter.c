// SPDX-License-Identifier: Apache-2.0
/*
 * A list of addresses, each with the earliest moment of the next request.
 */
#include "sim/meter.h"

#include "base/now.h"
#include "sim/disk.h"
#include "sim/facts.h"
#include "sim/process.h"

#include <assert.h>
#include <stdlib.h>

#define METERS_MAX    64
#define FIRST_MILLI   UINT32_C(5000)
#define LOWEST_MILLI  UINT32_C(1000)
#define HIGHEST_MILLI UINT32_C(200000)
#define GROWTH_S      5
#define GROWTH_US     (GROWTH_S * US_PER_S)
#define SPAN_MOST     11 /* the pace used for 5 s, then none: half of it for twice as long */
#define SECONDS       (SPAN_MOST + 2) /* that a span may touch, and one tick */
#define PROBE_LEAST_S UINT64_C(5)
#define FEW           8 /* that may try a silent address within a minute */
#define FEW_WITHIN_US (60 * US_PER_S)
#define LET_APART_US  (1 * US_PER_S)
#define LET_US        (32 * US_PER_S) /* that an attempt may take */
#define LET           40 /* whose attempts may go on at once: one a second, for so long each */
#define CEILING_US    (24 * 3600 * US_PER_S)
#define FORGOTTEN_US  (60 * US_PER_S)
#define KEPT_US       (40 * US_PER_S) /* the longest that a place is taken ahead */
#define TICK_US       (1 * US_PER_MS) /* by which a place may be missed and not be lost */

struct meter {
	const struct process *process;
	struct netaddr peer;
	uint64_t next_us;
	uint32_t allowed_milli;  /* the most that auto can have come to */
	uint32_t unbanned_milli; /* what it was before the last ban */
	uint64_t period_us;      /* when a growth period began ... */
	uint32_t period_milli;   /* ... and what was allowed then */
	uint32_t ceiling_milli;
	uint64_t ceiling_until_us;
	uint64_t rests_until_us;
	struct let {
		uint64_t user; /* facts_hash() */
		uint64_t when_us;
	} let[LET]; /* the last that it was asked for in a rest */
	uint32_t let_next;
	uint64_t let_us; /* when the newest of them came */
	bool is_silent;
	uint64_t probe_us, probe_apart_us;
	struct prober {
		uint64_t user; /* facts_hash() */
		uint64_t when_us;
	} probers[FEW];         /* the last that tried it while it was silent */
	uint64_t second;        /* the newest of ... */
	uint32_t sent[SECONDS]; /* ... these */
	uint32_t rate;          /* RG_UPSTREAM_RATE */
	uint64_t changed_us;
	uint64_t stop_us; /* the stop that was seen to begin */
};

struct meters {
	struct meter list[METERS_MAX];
	uint32_t count;
};

struct meters *meters_new(void)
{
	return calloc(1, sizeof(struct meters));
}

void meters_free(struct meters **meters)
{
	free(*meters);
	*meters = NULL;
}

static struct meter *find(
    struct meters *meters, const struct process *process, const struct netaddr *peer)
{
	for (uint32_t i = 0; i < meters->count; i++) {
		struct meter *meter = &meters->list[i];

		if (meter->process == process && netaddr_equal(&meter->peer, peer))
			return meter;
	}
	return NULL;
}

static struct meter *take(
    struct meters *meters, const struct process *process, const struct netaddr *peer)
{
	struct meter *meter = find(meters, process, peer);

	if (meter)
		return meter;
	assert(meters->count < METERS_MAX);
	meter = &meters->list[meters->count++];
	*meter = (struct meter){
	    .process = process,
	    .peer = *peer,
	    .allowed_milli = FIRST_MILLI,
	    .period_milli = FIRST_MILLI,
	    .rate = process_params_now(process)->upstream_rate,
	};
	return meter;
}

/* The ledger has what a ban left there; a process that died with it knows of no ban. */
static bool is_ban_kept(const struct meter *meter)
{
	const struct disk *disk = process_disk(meter->process);
	struct ledger_pace pace;
	uint32_t cursor = 0;

	while (disk_pace_next(disk, &cursor, &pace))
		if (netaddr_equal(&pace.address, &meter->peer))
			return pace.ceiling_milli && pace.ceiling_milli <= meter->allowed_milli;
	return false;
}

void meters_started(struct meters *meters, const struct process *process)
{
	for (uint32_t i = 0; i < meters->count; i++) {
		struct meter *meter = &meters->list[i];

		if (meter->process != process)
			continue;
		meter->next_us = meter->rests_until_us = 0;
		meter->is_silent = false;
		meter->ceiling_milli = 0;
		if (meter->allowed_milli < meter->unbanned_milli && !is_ban_kept(meter))
			meter->allowed_milli = meter->unbanned_milli;
		meter->unbanned_milli = 0;
		meter->rate = process_params_now(process)->upstream_rate;
		meter->changed_us = 0;
		if (meter->allowed_milli < FIRST_MILLI)
			meter->allowed_milli = FIRST_MILLI;
		meter->period_milli = meter->allowed_milli;
	}
}

void meters_changed(struct meters *meters, const struct process *process, uint64_t now_us)
{
	uint32_t rate = process_params_now(process)->upstream_rate;

	for (uint32_t i = 0; i < meters->count; i++) {
		struct meter *meter = &meters->list[i];

		if (meter->process != process || meter->rate == rate)
			continue;
		meter->rate = rate;
		meter->changed_us = now_us;
	}
}

static void count(struct meter *meter, uint64_t now_us)
{
	uint64_t second = now_us / US_PER_S;
	uint64_t passed = second - meter->second;

	for (uint64_t i = 1; i <= passed && i <= SECONDS; i++)
		meter->sent[(meter->second + i) % SECONDS] = 0;
	meter->second = second;
	meter->sent[second % SECONDS]++;
}

/*
 * The most that was used for a growth period. It ends with the first request after its 5 s, so it
 * may be longer than that.
 */
static uint32_t used_milli(const struct meter *meter)
{
	uint64_t sent = 0, most = 0;

	for (uint64_t i = 0; i < SECONDS; i++) {
		uint64_t span_s = i < GROWTH_S + 1 ? GROWTH_S : i - 1;

		sent += meter->sent[(meter->second + SECONDS - i) % SECONDS];
		if (1000 * sent / span_s > most)
			most = 1000 * sent / span_s;
	}
	return (uint32_t)most;
}

/* At least as fast as the core can have grown: a pace of which half was used doubles, once in 5 s.
 */
static void grow(struct meter *meter, uint64_t now_us)
{
	uint32_t most = 4 * used_milli(meter);

	if (meter->ceiling_milli && now_us >= meter->ceiling_until_us)
		meter->ceiling_milli = 0;
	if (now_us >= meter->period_us + GROWTH_US) {
		meter->period_us = now_us;
		meter->period_milli = meter->allowed_milli;
	}
	if (most > 2 * meter->period_milli)
		most = 2 * meter->period_milli;
	if (most > HIGHEST_MILLI)
		most = HIGHEST_MILLI;
	if (meter->ceiling_milli && most > meter->ceiling_milli)
		most = meter->ceiling_milli;
	if (most > meter->allowed_milli)
		meter->allowed_milli = most;
}

static bool is_free(struct meter *meter, uint64_t now_us)
{
	const struct stop_report *report = process_report(meter->process);

	if (!report->begun)
		return false;
	if (meter->stop_us != report->begun_us) {
		meter->stop_us = report->begun_us;
		meter->next_us = now_us;
	}
	return now_us >= report->begun_us + report->deadline_s * US_PER_S / 2;
}

static uint64_t interval_us(const struct meter *meter)
{
	uint64_t milli = (uint64_t)meter->rate * 1000;

	if (meter->rate == PARAM_AUTO)
		milli = meter->allowed_milli;
	return milli == 0 ? 0 : 1000 * US_PER_S / milli;
}

/* True where more than a few try it: they have to keep 30 s apart, whatever the core says. */
static bool is_crowd(struct meter *meter, uint64_t now_us, struct slice user)
{
	struct prober *place = &meter->probers[0];
	uint64_t hash = facts_hash(user);
	bool is_full;

	for (uint32_t i = 0; i < FEW; i++) {
		struct prober *one = &meter->probers[i];

		if (one->user == hash || (place->user != hash && one->when_us < place->when_us))
			place = one;
	}
	is_full =
	    place->user != hash && place->when_us > 0 && now_us < place->when_us + FEW_WITHIN_US;
	*place = (struct prober){hash, now_us};
	return is_full;
}

/*
 * No rest outlasts a live binding's end: one a second may go on, and it may repeat itself and
 * answer a challenge for as long as an attempt lasts. After that it is let anew.
 */
static const char *judge_let(struct meter *meter, uint64_t now_us, struct slice user)
{
	uint64_t hash = facts_hash(user);

	for (uint32_t i = 0; i < LET; i++)
		if (meter->let[i].user == hash && now_us <= meter->let[i].when_us + LET_US)
			return NULL;
	if (now_us + TICK_US < meter->let_us + LET_APART_US)
		return "a request to an address that rests";
	meter->let[meter->let_next++ % LET] = (struct let){hash, now_us};
	meter->let_us = now_us;
	return NULL;
}

static const char *judge_rest(
    struct meter *meter, uint64_t now_us, struct slice user, bool is_named)
{
	uint64_t probe_us = meter->probe_us;

	if (process_report(meter->process)->begun)
		return NULL;
	if (now_us < meter->rests_until_us)
		return judge_let(meter, now_us, user);
	meter->probe_us = now_us + meter->probe_apart_us;
	/* What nobody names any more is forgotten: after a redirect as soon as all went home. */
	meter->is_silent &= is_named && now_us < probe_us + FORGOTTEN_US;
	if (meter->is_silent && now_us < probe_us)
		return "a probe of a silent address before its time";
	if (meter->is_silent && is_crowd(meter, now_us, user))
		return "a crowd of probes of a silent address";
	return NULL;
}

const char *meter_sent(struct meters *meters, const struct process *process, uint64_t now_us,
    const struct netaddr *peer, struct slice user, bool is_named)
{
	struct meter *meter = take(meters, process, peer);
	const char *wrong = judge_rest(meter, now_us, user, is_named);
	bool has_room = is_free(meter, now_us) || now_us + 2 * TICK_US >= meter->next_us ||
	                (meter->changed_us && now_us < meter->changed_us + KEPT_US);
	bool is_late = meter->next_us + TICK_US >= now_us;

	count(meter, now_us);
	grow(meter, now_us);
	meter->next_us = (is_late ? meter->next_us : now_us) + interval_us(meter);
	if (!has_room && !wrong)
		wrong = meter->rate == PARAM_AUTO ? "faster than an automatic pace may be"
		                                  : "faster than RG_UPSTREAM_RATE";
	return wrong;
}

/* The text behind `key` up to the next space. */
static struct slice value_of(struct slice line, struct slice key)
{
	for (size_t i = 0; i + key.n <= line.n; i++) {
		struct slice rest = slice_skip(line, i);
		size_t n = 0;

		if ((i > 0 && line.p[i - 1] != ' ') || !slice_starts(rest, key))
			continue;
		rest = slice_skip(rest, key.n);
		while (n < rest.n && rest.p[n] != ' ')
			n++;
		return slice_make(rest.p, n);
	}
	return (struct slice){NULL, 0};
}

static void ban(struct meter *meter, uint64_t now_us)
{
	uint32_t quarter = meter->allowed_milli / 4;

	if (meter->unbanned_milli < meter->allowed_milli)
		meter->unbanned_milli = meter->allowed_milli;
	meter->allowed_milli = quarter < LOWEST_MILLI ? LOWEST_MILLI : quarter;
	meter->ceiling_milli = meter->allowed_milli;
	meter->ceiling_until_us = now_us + CEILING_US;
	meter->period_us = now_us;
	meter->period_milli = meter->allowed_milli;
}

void meters_told(
    struct meters *meters, const struct process *process, uint64_t now_us, struct slice line)
{
	struct slice event = value_of(line, SLICE("event="));
	struct netaddr peer;
	struct meter *meter;
	uint64_t rest_s, probe_s;

	if (!slice_starts(line, SLICE("target=")) ||
	    netaddr_parse(value_of(line, SLICE("target=")), &peer) < 0)
		return;
	meter = find(meters, process, &peer);
	if (!meter)
		return;
	if (slice_number(value_of(line, SLICE("rest_s=")), UINT32_MAX, &rest_s) == 0) {
		meter->rests_until_us = now_us + rest_s * US_PER_S;
		memset(meter->let, 0, sizeof(meter->let));
	}
	if (slice_equal(event, SLICE("taken-for-banned")))
		ban(meter, now_us);
	if (slice_number(value_of(line, SLICE("probe_s=")), UINT32_MAX, &probe_s) == 0)
		meter->probe_apart_us =
		    (probe_s < PROBE_LEAST_S ? PROBE_LEAST_S : probe_s) * US_PER_S;
	if (slice_equal(event, SLICE("silent"))) {
		meter->is_silent = true;
		meter->probe_us = now_us + meter->probe_apart_us;
	}
	if (slice_equal(event, SLICE("tried-again"))) {
		meter->is_silent = true;
		meter->rests_until_us = meter->probe_us = now_us;
	}
	if (slice_equal(event, SLICE("serves")))
		meter->rests_until_us = now_us;
	if (slice_equal(event, SLICE("answers")))
		meter->is_silent = false;
}
