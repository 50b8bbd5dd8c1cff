// SPDX-License-Identifier: Apache-2.0
/*
 * The four entries. Each sets the time, finds whose business it is and hands
 * over; timers run one by one for as long as the outbox has room for a step.
 */
#include "core/core.h"

#include "core/response.h"
#include "registrant/commands.h"
#include "registrant/debt.h"
#include "registrant/keepalive.h"
#include "registrant/probe.h"
#include "registrant/registrant.h"
#include "registrant/registration.h"
#include "registrant/sequence.h"
#include "txn/txn.h"

#include <stdlib.h>

#define OUTBOX_RECORDS  1024
#define OUTBOX_BYTES    (1024 * 1024)
#define IN_FLIGHT_LEAST 256
#define IN_FLIGHT_MOST  65536
#define LOOSE_SHARE     8 /* transactions for each that may be in flight */

struct core {
	struct core_context context; /* of what follows */
	struct wheel wheel;
	struct random random;
	struct params params;
	struct journal journal;
	struct registrant *registrant;
	struct hash_key tag_key;
	char *user_agent;
	bool is_started, is_stopping;
};

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

	if (wanted < IN_FLIGHT_LEAST)
		return IN_FLIGHT_LEAST;
	return wanted > IN_FLIGHT_MOST ? IN_FLIGHT_MOST : (uint32_t)wanted;
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
	    .cseq_floor = config->cseq_floor,
	    .cseq_ceiling = config->cseq_ceiling,
	    .core = &core->context,
	};

	return registrant_new(&registrant);
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
	    .random = &core->random,
	    .params = &core->params,
	};
	wheel_init(&core->wheel, now.mono_us);
	random_seed(&core->random, config->seed);
	journal_init(&core->journal, core->context.outbox);
	core->params = config->params;
	core->tag_key = derive_key(config, "tag", (struct slice){NULL, 0});
	core->user_agent = calloc(1, config->user_agent.n + 1);
	if (core->context.outbox)
		core->context.txns = make_txns(core, config);
	if (core->context.txns)
		core->registrant = make_registrant(core, config);
	if (!core->user_agent || !core->registrant) {
		core_free(&core);
		return NULL;
	}
	memcpy(core->user_agent, config->user_agent.p, config->user_agent.n);
	return core;
}

void core_free(struct core **core)
{
	if (!*core)
		return;
	if ((*core)->registrant)
		registrant_free(&(*core)->registrant);
	txns_free(&(*core)->context.txns);
	outbox_free(&(*core)->context.outbox);
	free((*core)->user_agent);
	free(*core);
	*core = NULL;
}

int core_load(struct core *core, struct now now, const struct ledger_record *record)
{
	core->context.now = now;
	return registrant_load(core->registrant, record);
}

void core_start(struct core *core, struct now now)
{
	core->context.now = now;
	registrant_start(core->registrant);
	core->is_started = true;
}

void core_receive(struct core *core, struct now now, const struct flow *flow, struct slice datagram)
{
	struct response_context context = {
	    .outbox = core->context.outbox,
	    .key = core->tag_key,
	    .user_agent = slice_of(core->user_agent),
	    .is_stopping = core->is_stopping,
	};
	struct sip_message message;
	struct sip_error error = {"", 0};

	/* CRLF keepalives of peers are no messages (RFC 5626 3.5.1). */
	if (slice_trim(datagram).n == 0)
		return;
	core->context.now = now;
	if (sip_message_parse(datagram, &message, &error) < 0) {
		core->registrant->traffic.malformed++;
		registrant_unreadable(core->registrant, &message, flow, &error);
		response_malformed(&context, &message, flow, &error);
	} else if (message.is_request) {
		/* One that comes back is answered like any other: its answer is for upstream. */
		if (message.method == SIP_OPTIONS)
			(void)probe_came_back(core->registrant, &message);
		response_send(&context, &message, flow);
	} else {
		registrant_response(core->registrant, &message, flow);
	}
}

void core_event(struct core *core, struct now now, const struct event *event)
{
	core->context.now = now;
	registrant_event(core->registrant, event);
}

void core_command(struct core *core, struct now now, const struct command *command)
{
	core->context.now = now;
	if (command->kind == COMMAND_PARAMS)
		core->params = *command->params;
	/* What goes on is not said to be going. */
	if (command->kind == COMMAND_STOP && !command->keeps)
		core->is_stopping = true;
	commands_do(core->registrant, command);
}

void core_advance(struct core *core, struct now now)
{
	struct wheel_node *node;

	if (!core->is_started)
		return;
	core->context.now = now;
	while (
	    outbox_has_room(core->context.outbox) && (node = wheel_pop(&core->wheel, now.mono_us)))
		registrant_timer(core->registrant, node);
}

uint64_t core_next_deadline(const struct core *core)
{
	return core->is_started ? wheel_next(&core->wheel) : TIME_NEVER;
}

struct outbox *core_outbox(struct core *core)
{
	return core->context.outbox;
}

void core_usage(const struct core *core, struct core_usage *usage_r)
{
	const struct registrant *r = core->registrant;

	*usage_r = (struct core_usage){
	    .registrations = pool_count(r->registrations),
	    .debts = pool_count(r->debts),
	    .holdings = pool_count(r->holdings),
	    .sequences = pool_count(r->sequences),
	    .upstreams = pool_count(r->upstreams->upstreams),
	    .targets = pool_count(r->upstreams->targets),
	    .keepalives = pool_count(r->keepalives),
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
