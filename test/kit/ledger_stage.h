// SPDX-License-Identifier: Apache-2.0
/*
 * A ledger on a directory of its own, for the tests: opened, filled, stopped and
 * read again. What cannot fail in any test is asserted here.
 */
#pragma once

#include "effect/event.h"
#include "store/ledger.h"
#include "test/kit/temp_dir.h"
#include "thread/mailbox.h"

#define LEDGER_STAGE_WALL_MS INT64_C(1800000000000) /* in 2027 */
#define LEDGER_STAGE_TEXT    64

/* What was read at the last opening. */
struct ledger_seen {
	unsigned identities, bindings, epochs, paces, stops;
	enum ledger_stop stop;
	uint64_t ids; /* a bit for each identity below 64 */
	uint64_t last_id;
	char password[LEDGER_STAGE_TEXT], contact[LEDGER_STAGE_TEXT], echoed[LEDGER_STAGE_TEXT];
	struct ledger_binding binding;
	struct ledger_pace pace;
	uint32_t epoch;
};

struct ledger_stage {
	char path[TEMP_DIR_MAX];
	struct state_dir dir;
	struct seal_key key;
	struct store_error error;
	struct ledger *ledger;
	struct ledger_start start;
	struct ledger_seen seen;
	struct mailbox *wakes;
};

/* An empty directory, nothing open. */
void ledger_stage_set(struct ledger_stage *stage);
void ledger_stage_clear(struct ledger_stage *stage);

/* What ledger_open() says, or what is before it; to be closed in any case. */
MUST_CHECK int ledger_stage_open(struct ledger_stage *stage);

/* Reads what is there into `seen` and lets the ledger run, once it is open. */
void ledger_stage_begin(struct ledger_stage *stage);

/* Opens, and begins. */
void ledger_stage_run(struct ledger_stage *stage);
void ledger_stage_close(struct ledger_stage *stage);

/* All is written, then it is closed. */
void ledger_stage_stop(struct ledger_stage *stage);

void ledger_stage_post(
    struct ledger_stage *stage, uint64_t ticket, const struct ledger_record *record);
void ledger_stage_identity(struct ledger_stage *stage, uint64_t ticket, uint64_t id);
/* All rows of bindings say the same of what stands there, but for these. */
void ledger_stage_binding(
    struct ledger_stage *stage, uint64_t ticket, uint64_t id, uint32_t expiry_s, bool owed);
/* Of a link-local IPv6 address; the ceiling is half of what was proven, and 0 forgets it. */
void ledger_stage_pace(
    struct ledger_stage *stage, uint64_t ticket, uint16_t port, uint32_t proven_milli);
void ledger_stage_gone(struct ledger_stage *stage, uint64_t ticket, uint64_t id);

/* The next event, for which the thread has 20 s. */
struct event ledger_stage_event(struct ledger_stage *stage);

/* The ticket becomes durable, and nothing fails before. */
void ledger_stage_durable(struct ledger_stage *stage, uint64_t ticket);
