// SPDX-License-Identifier: Apache-2.0
/*
 * A core is put together and taken apart, and measured.
 */
#include "core/inside.h"
#include "registrant/debt.h"
#include "registrant/registration.h"
#include "registrar/registrar.h"
#include "txn/server.h"
#include "upstream/entries.h"
#include "upstream/keepalive.h"
#include "upstream/sequence.h"
#include "upstream/upstream.h"

#include <stdlib.h>

#define OUTBOX_RECORDS  1024
#define OUTBOX_BYTES    (1024 * 1024)
#define IN_FLIGHT_LEAST 256
#define IN_FLIGHT_MOST  65536
#define LOOSE_SHARE     8 /* transactions for each that may be in flight */
#define SERVERS_MAX     32768
#define NAME_TARGETS    4 /* targets for each registration, which may name an upstream */

static struct hash_key derive_key(
    const struct core_config *config, const char *purpose, struct slice salt)
{
	struct slice none = {NULL, 0};
	uint8_t bytes[sizeof(struct hash_key)];
	struct identity_key identity_key;
	struct hash_key key;

	identity_key_init(&identity_key, config->secret);
	identity_derive(
	    &identity_key, IDENTITY_KEY, slice_of(purpose), salt, none, 0, bytes, sizeof(bytes));
	memcpy(&key, bytes, sizeof(key));
	return key;
}

/* Indexes change their key with every life, so that nobody learns what collides. */
static struct hash_key index_key(const struct core_config *config)
{
	return derive_key(config, "index", slice_make(&config->seed, sizeof(config->seed)));
}

/* The same in every life, so that an answer to an earlier one is known as such. */
static struct hash_key branch_key(const struct core_config *config)
{
	return derive_key(config, "branch", (struct slice){NULL, 0});
}

static uint32_t in_flight(uint32_t registrations)
{
	uint64_t wanted = 2 * (uint64_t)registrations;

	return (uint32_t)min_u64(max_u64(wanted, IN_FLIGHT_LEAST), IN_FLIGHT_MOST);
}

static struct txns *make_txns(struct core *core, const struct core_config *config)
{
	struct txns_config txns = {
	    .in_flight = in_flight(config->registrations_max),
	    .boot = config->boot,
	    .key = branch_key(config),
	};

	txns.cap = LOOSE_SHARE * txns.in_flight;
	return txns_new(&txns, &core->wheel, core->context.outbox);
}

static struct servers *make_servers(struct core *core, const struct core_config *config)
{
	struct servers_config servers = {.cap = SERVERS_MAX, .key = index_key(config)};

	return servers_new(&servers, &core->context);
}

/* One for each binding that upstreams may hold. */
static struct sequences *make_sequences(struct core *core, const struct core_config *config)
{
	struct sequences_config sequences = {
	    .secret = config->secret,
	    .hash_key = index_key(config),
	    .max = 3 * config->registrations_max + config->held,
	    .floor = config->cseq_floor,
	    .ceiling = config->cseq_ceiling,
	};

	return sequences_new(&sequences, &core->context);
}

static struct upstreams *make_upstreams(struct core *core, const struct core_config *config)
{
	struct upstreams_config upstreams = {
	    .core = &core->context,
	    .hash_key = index_key(config),
	    .upstreams_max = 3 * config->registrations_max + config->held,
	    .targets_max = NAME_TARGETS * config->registrations_max,
	    .keepalives_max = config->registrations_max,
	};

	return upstreams_new(&upstreams);
}

static struct registrant *make_registrant(struct core *core, const struct core_config *config)
{
	struct registrant_config registrant = {
	    .secret = config->secret,
	    .hash_key = index_key(config),
	    .advertise = config->advertise,
	    .user_agent = config->user_agent,
	    .registrations_max = config->registrations_max,
	    .held = config->held,
	    .expected = config->expected,
	    .core = &core->context,
	    .upstreams = core->upstreams,
	};

	return registrant_new(&registrant);
}

#define ENDPOINTS_LEAST 64
#define PAIRS_SHARE                                                                                \
	4                /* of name and source that failed to prove who they are, for each         \
	                    endpoint ... */
#define PAIRS_MOST 65536 /* ... and altogether */

static uint32_t endpoints_max(const struct core_config *config)
{
	return (uint32_t)max_u64(config->endpoints_max, ENDPOINTS_LEAST);
}

static struct guard *make_guard(struct core *core, const struct core_config *config)
{
	struct guard_config guard = {
	    .core = &core->context,
	    .nonce_key = derive_key(config, "nonce", (struct slice){NULL, 0}),
	    .index_key = index_key(config),
	    .boot = config->boot,
	    .realm = config->realm,
	    .nonces_max = endpoints_max(config),
	    .pairs_max =
	        (uint32_t)min_u64(PAIRS_SHARE * (uint64_t)endpoints_max(config), PAIRS_MOST),
	};

	return guard_new(&guard);
}

static struct registrar *make_registrar(struct core *core, const struct core_config *config)
{
	struct registrar_config registrar = {
	    .core = &core->context,
	    .guard = core->guard,
	    .hash_key = index_key(config),
	    .domains = config->domains,
	    .domain_count = config->domain_count,
	    .endpoints_max = endpoints_max(config),
	    .bindings_max = endpoints_max(config),
	    .keeps_bindings = config->keeps_bindings,
	};

	return registrar_new(&registrar);
}

static bool make_parts(struct core *core, const struct core_config *config)
{
	core->upstreams = make_upstreams(core, config);
	if (!core->upstreams)
		return false;
	core->registrant = make_registrant(core, config);
	core->parts[PART_UPSTREAMS] = (struct core_part){&upstreams_ops, core->upstreams};
	core->parts[PART_REGISTRANT] = (struct core_part){&registrant_ops, core->registrant};
	core->guard = make_guard(core, config);
	core->registrar = core->guard ? make_registrar(core, config) : NULL;
	core->parts[PART_REGISTRAR] = (struct core_part){&registrar_ops, core->registrar};
	return core->registrant && core->registrar;
}

struct core *core_new(const struct core_config *config, struct now now)
{
	struct core *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	core->context = (struct core_context){
	    .now = now,
	    .wheel = &core->wheel,
	    .outbox = outbox_new(OUTBOX_RECORDS, OUTBOX_BYTES),
	    .journal = &core->journal,
	    .binding_journal = &core->binding_journal,
	    .tracing = &core->tracing,
	    .random = &core->random,
	    .params = &core->params,
	    .stop = {.report = &core->stop.report},
	};
	wheel_init(&core->wheel, now.mono_us);
	random_seed(&core->random, config->seed);
	journal_init(&core->journal, core->context.outbox);
	journal_init(&core->binding_journal, core->context.outbox);
	core->journal.timer.kind = TIMER_JOURNAL;
	core->stop.report.timer.kind = TIMER_STOP;
	core->params = config->params;
	core->context.tag_key = derive_key(config, "tag", (struct slice){NULL, 0});
	core->user_agent = slice_copy(config->user_agent);
	core->context.user_agent = slice_of(core->user_agent);
	if (core->context.outbox) {
		core->context.txns = make_txns(core, config);
		core->context.servers = make_servers(core, config);
		core->context.sequences = make_sequences(core, config);
	}
	if (!core->user_agent || !core->context.txns || !core->context.servers ||
	    !core->context.sequences || !make_parts(core, config)) {
		core_free(&core);
		return NULL;
	}
	return core;
}

void core_free(struct core **core)
{
	if (!*core)
		return;
	registrar_free(&(*core)->registrar);
	guard_free(&(*core)->guard);
	if ((*core)->registrant)
		registrant_free(&(*core)->registrant);
	upstreams_free(&(*core)->upstreams);
	sequences_free(&(*core)->context.sequences);
	servers_free(&(*core)->context.servers);
	txns_free(&(*core)->context.txns);
	outbox_free(&(*core)->context.outbox);
	free((*core)->user_agent);
	free(*core);
	*core = NULL;
}

void core_usage(const struct core *core, struct core_usage *usage_r)
{
	const struct registrant *r = core->registrant;

	*usage_r = (struct core_usage){
	    .endpoints = registrar_usage(core->registrar).endpoints,
	    .bindings = registrar_usage(core->registrar).bindings,
	    .registrations = pool_count(r->registrations),
	    .debts = pool_count(r->debts),
	    .holdings = pool_count(r->holdings),
	    .sequences = sequences_count(core->context.sequences),
	    .upstreams = pool_count(core->upstreams->upstreams),
	    .targets = pool_count(core->upstreams->targets),
	    .keepalives = pool_count(core->upstreams->keepalives),
	    .transactions = txns_count(core->context.txns),
	};
}

const struct core_size *core_sizes(void)
{
	static const struct core_size sizes[] = {
	    {"registration", sizeof(struct registration)},
	    {"debt", sizeof(struct debt)},
	    {"holding", sizeof(struct holding)},
	    {"sequence", sizeof(struct sequence)},
	    {"upstream", sizeof(struct upstream)},
	    {"target", sizeof(struct target)},
	    {"keepalive", sizeof(struct keepalive)},
	    {"transaction", sizeof(struct txn) + TXN_NOTE_SIZE},
	    {"request buffer", TXN_BUFFER_SIZE},
	    {"long request buffer", TXN_LONG_SIZE},
	    {NULL, 0},
	};

	return sizes;
}
