// SPDX-License-Identifier: Apache-2.0
/*
 * The ledger's tests' directory; see ledger_stage.h.
 */
#include "test/kit/ledger_stage.h"

#include "test/kit/unit.h"

#include <stdio.h>

void ledger_stage_set(struct ledger_stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	temp_dir_make(stage->path);
	stage->wakes = mailbox_new(1, 4, NULL, NULL);
	assert_non_null(stage->wakes);
}

void ledger_stage_clear(struct ledger_stage *stage)
{
	mailbox_free(&stage->wakes);
	temp_dir_remove(stage->path);
}

static void put_text(char *text_r, struct slice text)
{
	snprintf(text_r, LEDGER_STAGE_TEXT, "%.*s", SLICE_ARG(text));
}

static void see_identity(struct ledger_seen *seen, const struct ledger_identity *identity)
{
	seen->identities++;
	seen->last_id = identity->id;
	if (identity->id < 64)
		seen->ids |= UINT64_C(1) << identity->id;
	put_text(seen->password, identity->password);
	put_text(seen->contact, identity->contact);
}

static int see(void *context, const struct ledger_record *record)
{
	struct ledger_seen *seen = context;

	switch (record->op) {
	case LEDGER_IDENTITY:
		see_identity(seen, &record->identity);
		break;
	case LEDGER_BINDING:
		/* Right behind its identity. */
		assert_int_equal(record->binding.identity, seen->last_id);
		seen->bindings++;
		seen->binding = record->binding;
		put_text(seen->echoed, record->binding.echoed);
		break;
	case LEDGER_EPOCH:
		seen->epochs++;
		seen->epoch = record->epoch.epoch;
		break;
	case LEDGER_PACE:
		/* A target is made with its identity, and begins with its pace. */
		assert_int_equal(seen->identities, 0);
		seen->paces++;
		seen->pace = record->pace;
		break;
	case LEDGER_STOP:
		/* What follows is read in its light. */
		assert_int_equal(seen->identities, 0);
		assert_int_not_equal(record->stop, LEDGER_STOP_NONE);
		seen->stop = record->stop;
		seen->stops++;
		break;
	case LEDGER_GONE:
	case LEDGER_ALIVE:
	case LEDGER_CSEQ_FLOOR:
		fail();
	}
	return 0;
}

static void wake(void *context)
{
	char byte = 0;

	/* A full mailbox has woken us already. */
	if (mailbox_post(context, &byte) != 0)
		return;
}

int ledger_stage_open(struct ledger_stage *stage)
{
	int rc = state_dir_open(stage->path, &stage->dir, &stage->error);

	if (rc == 0)
		rc = seal_key_load(
		    &stage->dir, ledger_is_there(&stage->dir), &stage->key, &stage->error);
	if (rc == 0)
		rc = ledger_open(&stage->dir, &stage->key, DB_MAY_BE_NEW, LEDGER_STAGE_WALL_MS,
		    &stage->start, &stage->ledger, &stage->error);
	return rc;
}

void ledger_stage_run(struct ledger_stage *stage)
{
	assert_int_equal(ledger_stage_open(stage), 0);
	ledger_stage_begin(stage);
}

void ledger_stage_begin(struct ledger_stage *stage)
{
	memset(&stage->seen, 0, sizeof(stage->seen));
	assert_int_equal(ledger_read(stage->ledger, see, &stage->seen, &stage->error), 0);
	assert_int_equal(ledger_run(stage->ledger, wake, stage->wakes), 0);
}

void ledger_stage_close(struct ledger_stage *stage)
{
	ledger_close(&stage->ledger);
	state_dir_close(&stage->dir);
}

void ledger_stage_stop(struct ledger_stage *stage)
{
	assert_int_equal(ledger_stop(stage->ledger, 10000), 0);
	ledger_stage_close(stage);
}

void ledger_stage_post(
    struct ledger_stage *stage, uint64_t ticket, const struct ledger_record *record)
{
	struct effect_ledger effect = {.ticket = ticket, .record = *record};

	assert_int_equal(ledger_post(stage->ledger, &effect), 0);
}

void ledger_stage_identity(struct ledger_stage *stage, uint64_t ticket, uint64_t id)
{
	struct ledger_record record = {
	    .op = LEDGER_IDENTITY,
	    .identity =
	        {
	            .id = id,
	            .name = SLICE("carrier-a"),
	            .username = SLICE("1001"),
	            .password = SLICE("secret"),
	            .host = SLICE("carrier.example"),
	            .contact = SLICE("sip:x@192.0.2.1:5060"),
	            .epoch = 3,
	        },
	};

	ledger_stage_post(stage, ticket, &record);
}

void ledger_stage_binding(
    struct ledger_stage *stage, uint64_t ticket, uint64_t id, uint32_t expiry_s, bool owed)
{
	struct ledger_record record = {
	    .op = LEDGER_BINDING,
	    .binding =
	        {
	            .identity = id,
	            .expiry_s = expiry_s,
	            .owed = owed,
	            .digest_least = 2,
	            .granted_s = 40,
	            .loose = true,
	            .bound_until_ms = LEDGER_STAGE_WALL_MS + 1,
	            .echoed = SLICE("sip:x@198.51.100.7"),
	        },
	};

	ledger_stage_post(stage, ticket, &record);
}

void ledger_stage_pace(
    struct ledger_stage *stage, uint64_t ticket, uint16_t port, uint32_t proven_milli)
{
	struct ledger_record record = {
	    .op = LEDGER_PACE,
	    .pace =
	        {
	            .transport = 1,
	            .address =
	                {.family = 6, .ip = {0xfe, 0x80, [15] = 9}, .port = port, .scope = 3},
	            .proven_milli = proven_milli,
	            .ceiling_milli = proven_milli / 2,
	            .ceiling_until_ms = LEDGER_STAGE_WALL_MS + 7,
	        },
	};

	ledger_stage_post(stage, ticket, &record);
}

void ledger_stage_gone(struct ledger_stage *stage, uint64_t ticket, uint64_t id)
{
	ledger_stage_post(stage, ticket, &(struct ledger_record){.op = LEDGER_GONE, .gone = id});
}

struct event ledger_stage_event(struct ledger_stage *stage)
{
	struct event event;
	char byte;

	while (!ledger_poll(stage->ledger, &event)) {
		assert_true(mailbox_wait(stage->wakes, 20000));
		assert_true(mailbox_take(stage->wakes, &byte));
	}
	return event;
}

void ledger_stage_durable(struct ledger_stage *stage, uint64_t ticket)
{
	struct event event;

	do {
		event = ledger_stage_event(stage);
		assert_int_equal(event.kind, EVENT_LEDGER_DURABLE);
		assert_true(event.ticket <= ticket);
	} while (event.ticket < ticket);
}
