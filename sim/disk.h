// SPDX-License-Identifier: Apache-2.0
/*
 * A ledger on a simulated disk. A record is taken (it lies in the process'
 * memory), written (in the kernel's hands) and at last durable. A kill leaves
 * what was written, a power cut only what was durable. It stands where
 * src/store/ledger.c stands in the daemon and starts as that does.
 */
#pragma once

#include "base/attr.h"
#include "base/random.h"
#include "effect/effect.h"

struct disk;

struct disk_config {
	uint64_t write_us; /* from taken to written */
	uint64_t sync_us;  /* from written to durable */
	uint64_t jitter_us;
	bool fails;    /* nothing gets written, until it does again */
	bool unsynced; /* it gets written, but every sync fails, until it does not */
	bool forgets;  /* a start finds nothing: the switch that has no ledger, for comparison */
};

/* What a start makes durable, for struct core_config. */
struct disk_start {
	uint32_t boot;
	uint32_t cseq_floor, cseq_ceiling;
};

struct disk *disk_new(uint64_t seed);
void disk_free(struct disk **disk);
struct disk_config *disk_config(struct disk *disk);

void disk_take(struct disk *disk, uint64_t now_us, const struct effect_ledger *effect);

/* When something becomes durable next; TIME_NEVER. */
uint64_t disk_next(const struct disk *disk);

/* Makes durable what is due. True with the ticket that all are durable up to. */
bool disk_advance(struct disk *disk, uint64_t now_us, uint64_t *ticket_r);

/* The process is gone, or the machine: what had not got far enough is lost. */
void disk_kill(struct disk *disk, uint64_t now_us);
void disk_power_cut(struct disk *disk);

/* Everything is written: the end of a proper stop. */
void disk_flush(struct disk *disk);

void disk_start(struct disk *disk, int64_t wall_ms, struct disk_start *start_r);

/* Hands every record to a core that is about to start, in the order it wants them. */
typedef int (*disk_read_fn)(void *context, const struct ledger_record *record);
MUST_CHECK int disk_read(const struct disk *disk, disk_read_fn read, void *context);

/* The durable row, not on its way out, that names this AOR and Contact; NULL without. */
const struct ledger_identity *disk_covers(
    const struct disk *disk, struct slice user, struct slice host, struct slice contact);

/* The identity of a durable row; NULL without. */
const struct ledger_identity *disk_identity(const struct disk *disk, uint64_t id);

uint32_t disk_rows(const struct disk *disk); /* in use */
bool disk_pace_next(const struct disk *disk, uint32_t *cursor, struct ledger_pace *pace_r);
uint32_t disk_debts(const struct disk *disk);    /* rows that are owed */
uint64_t disk_rewrites(const struct disk *disk); /* of what is known of a binding, so far */
