// SPDX-License-Identifier: Apache-2.0
/*
 * The core is entered in turns: it advances, what it asked for is answered,
 * the answers go in. Answers wait in one of two trays, so that what comes out
 * while one is fed goes to the other.
 */
#include "bench/bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BEGIN_US   UINT64_C(1000000000)
#define BEGIN_MS   INT64_C(1767225600000) /* 2026-01-01 */
#define TRAY_MAX   8192
#define TRAY_BYTES (TRAY_MAX * CANNED_ANSWER_MAX)

struct tray {
	uint32_t answers, askers;
	struct slice answer[TRAY_MAX];
	uint64_t asker[TRAY_MAX];
	struct buf bytes;
};

struct bed {
	struct bed_config config;
	struct core *core;
	struct now now;
	struct canned canned;
	struct flow flow;
	struct tray *out, *in;
	uint64_t ticket, durable;
	uint64_t core_ns, bed_ns;
	struct canned before; /* at bed_clear_costs() */
	uint16_t *per_ms;
	uint64_t per_ms_size;
	uint64_t resident_before;
	bool has_stopped;
	struct answer_status status; /* the last */
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

/* Processor time of this thread: others on the machine do not count. */
static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static struct tray *tray_new(void)
{
	struct tray *tray = must(calloc(1, sizeof(*tray)));
	char *bytes = must(malloc(TRAY_BYTES));

	/* Resident from the beginning, so that it is nobody's growth. */
	memset(bytes, 1, TRAY_BYTES);
	memset(tray, 1, sizeof(*tray));
	tray->answers = tray->askers = 0;
	tray->bytes = buf_over(bytes, TRAY_BYTES);
	return tray;
}

static void tray_free(struct tray *tray)
{
	free(tray->bytes.p);
	free(tray);
}

struct bed *bed_new(const struct bed_config *config)
{
	struct core_config core = {
	    .seed = 1,
	    .boot = 1,
	    .cseq_ceiling = 1,
	    .user_agent = SLICE("Regent/" REGENT_VERSION),
	    .registrations_max = config->registrations_max,
	};
	struct bed *bed = must(calloc(1, sizeof(*bed)));

	memset(core.secret, 7, sizeof(core.secret));
	params_defaults(&core.params);
	core.params.upstream_rate = config->upstream_rate;
	core.params.upstream_window = 0;
	if (config->expire_s > 0)
		core.params.expire_s = config->expire_s;
	bed->config = *config;
	bed->now = (struct now){BEGIN_US, BEGIN_MS};
	bed->canned.kind = config->kind;
	bed->out = tray_new();
	bed->in = tray_new();
	bed->flow.transport = SIP_UDP;
	bed->flow.listener = 1;
	if (netaddr_parse(SLICE("198.51.100.7:5060"), &bed->flow.local) < 0)
		abort();
	bed->resident_before = bed_resident();
	bed->core = must(core_new(&core, bed->now));
	return bed;
}

void bed_free(struct bed **bed)
{
	core_free(&(*bed)->core);
	tray_free((*bed)->out);
	tray_free((*bed)->in);
	free(*bed);
	*bed = NULL;
}

static void take_send(struct bed *bed, const struct effect_send *send)
{
	struct tray *tray = bed->out;
	struct buf answer =
	    buf_over(tray->bytes.p + tray->bytes.n, tray->bytes.cap - tray->bytes.n);

	if (bed->per_ms && (bed->now.mono_us - BEGIN_US) / US_PER_MS < bed->per_ms_size)
		bed->per_ms[(bed->now.mono_us - BEGIN_US) / US_PER_MS]++;
	bed->flow = send->flow;
	canned_answer(&bed->canned, send->bytes, &answer);
	if (answer.full || tray->answers == TRAY_MAX)
		abort();
	if (answer.n == 0)
		return;
	tray->bytes.n += answer.n;
	tray->answer[tray->answers++] = buf_slice(&answer);
}

static void take_flow_open(struct bed *bed, const struct effect_flow_open *open)
{
	if (bed->out->askers == TRAY_MAX)
		abort();
	bed->flow.peer = open->target;
	bed->out->asker[bed->out->askers++] = open->asker;
}

static void take_answer(struct bed *bed, const struct answer *answer)
{
	if (answer->kind == ANSWER_STATUS)
		bed->status = answer->status;
	else if (answer->kind == ANSWER_STOP_END)
		bed->has_stopped = true;
	else if (answer->kind == ANSWER_REPLY && answer->reply.error < 0)
		abort();
}

static void take_record(struct bed *bed, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		take_send(bed, &effect->send);
		break;
	case EFFECT_FLOW_OPEN:
		take_flow_open(bed, &effect->flow_open);
		break;
	case EFFECT_LEDGER:
		bed->ticket = effect->ledger.ticket;
		if (bed->config.post)
			bed->config.post(bed->config.context, &effect->ledger);
		break;
	case EFFECT_ANSWER:
		take_answer(bed, effect->answer);
		break;
	case EFFECT_LISTENER:
	case EFFECT_RESOLVE:
	case EFFECT_BINDING:
	case EFFECT_LOG:
		break;
	}
}

/* Empties the outbox; what that costs, emptying itself aside, is the bed's. */
PHASE static void take(struct bed *bed)
{
	struct outbox *outbox = core_outbox(bed->core);
	uint32_t count = outbox_count(outbox);
	uint64_t from_ns;

	if (count == 0)
		return;
	from_ns = cpu_ns();
	for (uint32_t i = 0; i < count; i++)
		take_record(bed, outbox_at(outbox, i));
	bed->bed_ns += cpu_ns() - from_ns;
	outbox_reset(outbox);
}

static void make_room(struct bed *bed)
{
	if (!outbox_has_room(core_outbox(bed->core)))
		take(bed);
}

static void feed(struct bed *bed, const struct tray *tray)
{
	struct event event = {.kind = EVENT_FLOW_UP};

	for (uint32_t i = 0; i < tray->askers; i++) {
		event.flow.asker = tray->asker[i];
		event.flow.flow = bed->flow;
		core_event(bed->core, bed->now, &event);
		make_room(bed);
	}
	for (uint32_t i = 0; i < tray->answers; i++) {
		core_receive(bed->core, bed->now, &bed->flow, tray->answer[i]);
		make_room(bed);
	}
	take(bed);
	if (bed->durable == bed->ticket)
		return;
	if (bed->config.wait_durable)
		bed->config.wait_durable(bed->config.context, bed->ticket);
	bed->durable = bed->ticket;
	event = (struct event){.kind = EVENT_LEDGER_DURABLE, .ticket = bed->ticket};
	core_event(bed->core, bed->now, &event);
}

static void enter(struct bed *bed)
{
	struct tray *in = bed->out;

	bed->out = bed->in;
	bed->in = in;
	feed(bed, in);
	in->answers = in->askers = 0;
	in->bytes.n = 0;
	core_advance(bed->core, bed->now);
	take(bed);
}

static void move_clock(struct bed *bed, uint64_t least_us)
{
	uint64_t next_us = core_next_deadline(bed->core);
	uint64_t to_us = bed->now.mono_us + least_us;

	if (next_us == TIME_NEVER)
		return;
	if (next_us > to_us)
		to_us = next_us;
	bed->now.wall_ms = now_to_wall_ms(bed->now, to_us);
	bed->now.mono_us = to_us;
}

PHASE void bed_step(struct bed *bed, uint64_t least_us)
{
	uint64_t from_ns = cpu_ns(), bed_ns = bed->bed_ns;

	do
		enter(bed);
	while (bed->out->answers > 0 || bed->out->askers > 0 || bed->durable != bed->ticket ||
	       core_next_deadline(bed->core) <= bed->now.mono_us);
	bed->core_ns += cpu_ns() - from_ns - (bed->bed_ns - bed_ns);
	move_clock(bed, least_us);
}

struct account_texts {
	char name[32], username[32], password[32];
};

static void write_texts(struct account_texts *texts, uint32_t index)
{
	snprintf(texts->name, sizeof(texts->name), "trunk-%07u", index);
	snprintf(texts->username, sizeof(texts->username), "4930%08u", index);
	snprintf(texts->password, sizeof(texts->password), "p4ssw0rd%08x", index * 2654435761U);
}

#define HOST  "sip.example.net"
#define PROXY "sip:192.0.2.1"

void bed_put(struct bed *bed, uint32_t index)
{
	struct registration_config config = {0};
	struct command command = {.kind = COMMAND_PUT, .put = &config};
	struct account_texts texts;

	write_texts(&texts, index);
	registration_config_defaults(&config);
	config.name = slice_of(texts.name);
	config.username = slice_of(texts.username);
	config.password = slice_of(texts.password);
	config.host = SLICE(HOST);
	config.proxy = SLICE(PROXY);
	core_command(bed->core, bed->now, &command);
	make_room(bed);
}

void bed_load(struct bed *bed, uint32_t index)
{
	struct ledger_record record = {.op = LEDGER_IDENTITY};
	char contact[64];
	struct account_texts texts;

	write_texts(&texts, index);
	snprintf(contact, sizeof(contact), "sip:aaaabbbb%08x@198.51.100.7:5060", index);
	record.identity = (struct ledger_identity){
	    .id = index + 1,
	    .name = slice_of(texts.name),
	    .username = slice_of(texts.username),
	    .password = slice_of(texts.password),
	    .host = SLICE(HOST),
	    .proxy = SLICE(PROXY),
	    .contact = slice_of(contact),
	    .local = bed->flow.local,
	};
	if (core_load(bed->core, bed->now, &record) < 0)
		abort();
	record = (struct ledger_record){
	    .op = LEDGER_BINDING, .binding = {.identity = index + 1, .expiry_s = 3600}};
	if (core_load(bed->core, bed->now, &record) < 0)
		abort();
}

void bed_start(struct bed *bed)
{
	core_start(bed->core, bed->now);
}

void bed_stop(struct bed *bed)
{
	struct command command = {.kind = COMMAND_STOP};

	core_command(bed->core, bed->now, &command);
}

bool bed_has_stopped(const struct bed *bed)
{
	return bed->has_stopped;
}

uint64_t bed_now_us(const struct bed *bed)
{
	return bed->now.mono_us - BEGIN_US;
}

struct bed_costs bed_costs(const struct bed *bed)
{
	return (struct bed_costs){
	    .core_ns = bed->core_ns,
	    .bed_ns = bed->bed_ns,
	    .requests = bed->canned.requests - bed->before.requests,
	    .challenges = bed->canned.challenges - bed->before.challenges,
	    .grants = bed->canned.grants - bed->before.grants,
	    .cancels = bed->canned.cancels - bed->before.cancels,
	};
}

void bed_clear_costs(struct bed *bed)
{
	bed->core_ns = bed->bed_ns = 0;
	bed->before = bed->canned;
}

uint32_t bed_count(struct bed *bed, enum registration_state state)
{
	struct command command = {.kind = COMMAND_STATUS, .status.limit = COMMAND_PAGE_MAX};
	uint32_t count = 0;

	do {
		core_command(bed->core, bed->now, &command);
		take(bed);
		count += bed->status.tally.states[state];
		command.status.from = bed->status.next;
	} while (command.status.from);
	return count;
}

void bed_count_sends(struct bed *bed, uint16_t *per_ms, uint64_t size)
{
	bed->per_ms = per_ms;
	bed->per_ms_size = size;
}

uint64_t bed_resident_before(const struct bed *bed)
{
	return bed->resident_before;
}

uint64_t bed_resident(void)
{
	FILE *file = must(fopen("/proc/self/statm", "r"));
	unsigned long long pages = 0;

	if (fscanf(file, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
