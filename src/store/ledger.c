// SPDX-License-Identifier: Apache-2.0
/*
 * The storage thread takes the dirty rows, writes them in one transaction, and tells
 * up to which ticket they are durable. After a full disk it tries the same write
 * again. After any other failure nobody knows what the file contains, so the file is
 * written anew from memory. The lock covers the rows and the outcome, and is never
 * held during a system call.
 */
#include "store/ledger.h"

#include "store/ledger_file.h"
#include "store/reserve.h"
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#define COMMIT_ROWS_MAX 4096
#define CSEQ_AHEAD      256
#define CSEQ_EPOCH_S    INT64_C(1577836800) /* 2020-01-01T00:00:00Z */
#define CSEQ_CLOCK_MAX  INT64_C(0x7e000000) /* a clock that is off drives it no further */
#define CSEQ_APART      4096
#define UNRECORDED_BOOT UINT32_C(0x80000000)

struct ledger {
	const struct state_dir *dir;
	const struct seal_key *key;
	struct ledger_file file; /* only the thread uses it, once it runs */
	enum ledger_stop stop;   /* how the process before ended */
	char told[sizeof(((struct store_error *)0)->text)]; /* text of the last polled event */

	struct writer writer; /* its lock is for all members below */
	struct ledger_rows rows;
	struct store_error trouble;
	bool has_trouble;      /* `trouble` was not polled yet */
	uint64_t durable;      /* every ticket up to this one is on the disk */
	uint64_t durable_told; /* the same, as it was polled last */
};

bool ledger_is_there(const struct state_dir *dir)
{
	return state_dir_has(dir, "ledger.db") || state_dir_has(dir, "ledger.db-wal") ||
	       state_dir_has(dir, "ledger.new");
}

int ledger_renew(const struct state_dir *dir, struct store_error *error)
{
	return ledger_file_renew(dir, error);
}

static uint32_t clamp_u32(int64_t number)
{
	return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

/*
 * LEDGER_STOP_KEPT is valid for this start alone. If this process is killed, its own requests may
 * be out: the next start must not believe that none are.
 */
static void take_stop(struct ledger *ledger)
{
	struct ledger_rows *rows = &ledger->rows;

	ledger->stop = (enum ledger_stop)rows->numbers[NUMBER_STOPPING].number;
	if (ledger->stop == LEDGER_STOP_KEPT)
		ledger_rows_load_number(rows, NUMBER_STOPPING, LEDGER_STOP_NONE);
	else if (ledger->stop != LEDGER_STOP_NONE)
		ledger->stop = LEDGER_STOP_CANCELLED;
}

static int64_t clock_number(int64_t wall_ms)
{
	int64_t number = wall_ms / 1000 - CSEQ_EPOCH_S;

	return number > CSEQ_CLOCK_MAX ? CSEQ_CLOCK_MAX : number;
}

/*
 * A number that no CSeq of an earlier start exceeds. The ceiling in the file is not enough: a start
 * that could not write (begin_unrecorded()) has used numbers above it. But it began as far above
 * the ceiling as seconds had gone by since the last stamp, and used less than one number a second.
 * So the seconds since the stamp are added here. An old stamp drives the result no further than
 * CSEQ_APART above the clock. If the clock was set back, a number may be used twice; a registrar
 * that refuses it gets a new Call-ID.
 */
static int64_t floor_of(const struct ledger_rows *rows, int64_t wall_ms)
{
	int64_t ceiling = rows->numbers[NUMBER_CSEQ_CEILING].number;
	int64_t since_s = (wall_ms - rows->numbers[NUMBER_ALIVE_MS].number) / 1000;
	int64_t most = clock_number(wall_ms) + CSEQ_APART;

	if (map_count(rows->identities) == 0 || !rows->has_number[NUMBER_ALIVE_MS] || since_s < 0)
		return ceiling;
	if (ceiling + since_s <= most)
		return ceiling + since_s;
	return ceiling > most ? ceiling : most;
}

/* Chooses the numbers of this start; write_numbers() makes them durable. */
static void choose_numbers(struct ledger *ledger, int64_t wall_ms, struct ledger_start *start_r)
{
	struct ledger_rows *rows = &ledger->rows;
	int64_t floor = floor_of(rows, wall_ms), by_clock = clock_number(wall_ms);

	*start_r = (struct ledger_start){
	    .boot = clamp_u32(rows->numbers[NUMBER_BOOT].number + 1),
	    .cseq_floor = clamp_u32(floor),
	    .cseq_ceiling = clamp_u32((floor > by_clock ? floor : by_clock) + CSEQ_AHEAD),
	    .identities = map_count(rows->identities),
	    .held = map_count(rows->identities) + map_count(rows->epochs),
	    .was_alive = rows->has_number[NUMBER_ALIVE_MS],
	    .alive_ms = rows->numbers[NUMBER_ALIVE_MS].number,
	};
	take_stop(ledger);
	ledger_rows_load_number(rows, NUMBER_BOOT, start_r->boot);
	ledger_rows_load_number(rows, NUMBER_CSEQ_CEILING, start_r->cseq_ceiling);
	ledger_rows_load_number(rows, NUMBER_ALIVE_MS, wall_ms);
}

/* The numbers are durable before anything is sent. */
static int write_numbers(struct ledger *ledger, struct store_error *error)
{
	struct ledger_batch batch;
	int rc = ledger_rows_take_numbers(&ledger->rows, &batch);

	if (rc != 0)
		return store_fail(error, STORE_MEMORY, "out of memory");
	rc = ledger_file_write(&ledger->file, &batch, error);
	ledger_rows_settle(&ledger->rows, &batch, rc == 0);
	return rc;
}

static int load(struct ledger *ledger, enum db_need need, struct store_error *error)
{
	int rc = ledger_file_open(ledger->dir, need, &ledger->file, error);

	return rc != 0 ? rc : ledger_file_load(&ledger->file, &ledger->rows, error);
}

/* Loads a file on a disk that cannot be written; the thread replaces the file when it can be. */
static int load_image(struct ledger *ledger, int rc, struct store_error *error)
{
	struct store_error other;
	struct ledger_file file;

	if (!store_is_disk(error))
		return rc;
	ledger_file_close(&ledger->file);
	ledger_rows_free(&ledger->rows);
	if (ledger_rows_init(&ledger->rows, ledger->key) != 0)
		return store_fail(error, STORE_MEMORY, "out of memory");
	if (ledger_file_open_image(ledger->dir, &file, &other) != 0)
		return rc;
	rc = ledger_file_load(&file, &ledger->rows, &other);
	ledger_file_close(&file);
	if (rc != 0)
		*error = other;
	return rc;
}

/*
 * The disk refused the numbers of this start, but there are bindings to go on with. The boot number
 * is random, so that it differs from that of an earlier start that could not write either. Such a
 * start may have been killed with requests out, so LEDGER_STOP_KEPT is no longer to be believed.
 */
static int begin_unrecorded(
    struct ledger *ledger, struct ledger_start *start, const struct store_error *error, int rc)
{
	if (!store_is_disk(error) || start->identities == 0)
		return rc;
	if (getrandom(&start->boot, sizeof(start->boot), 0) != (ssize_t)sizeof(start->boot))
		return rc;
	start->boot |= UNRECORDED_BOOT;
	start->cseq_ceiling = start->cseq_floor;
	start->trouble = *error;
	if (ledger->stop == LEDGER_STOP_KEPT)
		ledger->stop = LEDGER_STOP_NONE;
	return 0;
}

static int begin(struct ledger *ledger, enum db_need need, int64_t wall_ms,
    struct ledger_start *start_r, struct store_error *error)
{
	int rc = load(ledger, need, error), failed = rc;

	if (rc != 0)
		rc = load_image(ledger, rc, error);
	if (rc != 0)
		return rc;
	choose_numbers(ledger, wall_ms, start_r);
	if (failed == 0) {
		failed = write_numbers(ledger, error);
		if (failed != 0 && error->failure == STORE_FULL && reserve_release(ledger->dir))
			failed = write_numbers(ledger, error);
	}
	return failed == 0 ? 0 : begin_unrecorded(ledger, start_r, error, failed);
}

int ledger_open(const struct state_dir *dir, const struct seal_key *key, enum db_need need,
    int64_t wall_ms, struct ledger_start *start_r, struct ledger **ledger_r,
    struct store_error *error)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	int rc;

	*ledger_r = NULL;
	if (!ledger)
		return store_fail(error, STORE_MEMORY, "out of memory");
	ledger->dir = dir;
	ledger->key = key;
	writer_init(&ledger->writer);
	rc = ledger_rows_init(&ledger->rows, key);
	if (rc != 0)
		store_fail(error, STORE_MEMORY, "out of memory");
	else
		rc = begin(ledger, need, wall_ms, start_r, error);
	if (rc != 0)
		ledger_close(&ledger);
	*ledger_r = ledger;
	return rc;
}

/* The record of a row, its password unsealed into `plain`. */
static int unseal(struct ledger *ledger, const struct ledger_row *row, char **plain,
    struct ledger_record *record, struct store_error *error)
{
	struct slice sealed;
	int rc = 0;

	*record = (struct ledger_record){.op = LEDGER_IDENTITY};
	ledger_row_identity(row, &record->identity);
	sealed = record->identity.password;
	*plain = NULL;
	if (sealed.n == 0 || !row->is_sealed)
		return 0;
	record->identity.password = (struct slice){0};
	if (sealed.n < SEAL_OVERHEAD)
		rc = ERR_DAMAGED;
	if (rc == 0 && !(*plain = malloc(sealed.n)))
		rc = ERR_MEMORY;
	if (rc == 0)
		rc = seal_open(ledger->key, sealed, *plain);
	if (rc == 0)
		record->identity.password = slice_make(*plain, sealed.n - SEAL_OVERHEAD);
	else if (rc == ERR_DAMAGED)
		store_fail(error, STORE_DAMAGED,
		    "%s/ledger.db: a password cannot be unsealed with %s/key", ledger->dir->path,
		    ledger->dir->path);
	else
		store_fail(error, STORE_MEMORY, "out of memory");
	return rc;
}

static int read_identity(struct ledger *ledger, const struct ledger_row *row, ledger_read_fn read,
    void *context, struct store_error *error)
{
	struct ledger_record record;
	char *plain;
	int rc = unseal(ledger, row, &plain, &record, error);

	if (rc == 0)
		rc = read(context, &record);
	if (plain) {
		explicit_bzero(plain, record.identity.password.n);
		free(plain);
	}
	if (rc == 0 && row->has_binding) {
		record = (struct ledger_record){.op = LEDGER_BINDING};
		ledger_row_binding(row, &record.binding);
		rc = read(context, &record);
	}
	return rc;
}

static int read_epoch(const struct ledger_row *row, ledger_read_fn read, void *context)
{
	struct ledger_record record = {.op = LEDGER_EPOCH};

	record.epoch.name = ledger_row_named(row)->name;
	record.epoch.epoch = clamp_u32(ledger_row_named(row)->number);
	return read(context, &record);
}

static int read_pace(const struct ledger_row *row, ledger_read_fn read, void *context)
{
	struct ledger_record record = {.op = LEDGER_PACE, .pace = *ledger_row_pace(row)};

	return read(context, &record);
}

int ledger_read(
    struct ledger *ledger, ledger_read_fn read, void *context, struct store_error *error)
{
	struct ledger_record stop = {.op = LEDGER_STOP, .stop = ledger->stop};
	const struct ledger_rows *rows = &ledger->rows;
	const struct ledger_row *row;
	uint32_t pace = 0, identity = 0, epoch = 0;
	int rc = 0;

	assert(!ledger->writer.worker);
	if (ledger->stop != LEDGER_STOP_NONE)
		rc = read(context, &stop);
	while (rc == 0 && (row = ledger_rows_each(rows->paces, &pace)))
		rc = read_pace(row, read, context);
	while (rc == 0 && (row = ledger_rows_each(rows->identities, &identity)))
		rc = read_identity(ledger, row, read, context, error);
	while (rc == 0 && (row = ledger_rows_each(rows->epochs, &epoch)))
		rc = read_epoch(row, read, context);
	return rc;
}

/* Called with the lock held. Keeps the outcome for ledger_poll() and wakes the poller. */
static void note_outcome(struct ledger *ledger, int rc, const struct store_error *error)
{
	uint64_t durable = ledger_rows_durable(&ledger->rows);
	bool news = durable > ledger->durable;

	ledger->durable = durable;
	if (rc != 0) {
		ledger->trouble = *error;
		ledger->has_trouble = true;
		news = true;
	}
	if (news)
		writer_wake(&ledger->writer);
}

/*
 * Takes, writes and settles one batch; with `replace`, all rows into a new file.
 * Called with the lock held; releases it while it writes.
 */
static int write_batch(struct ledger *ledger, bool replace, struct store_error *error)
{
	struct ledger_batch batch;
	int rc = replace ? ledger_rows_take_all(&ledger->rows, &batch)
	                 : ledger_rows_take(&ledger->rows, COMMIT_ROWS_MAX, &batch);

	if (rc != 0)
		return store_fail(error, STORE_MEMORY, "out of memory");
	pthread_mutex_unlock(&ledger->writer.lock);
	if (replace)
		rc = ledger_file_replace(ledger->dir, &ledger->file, &batch, error);
	else if (batch.count > 0)
		rc = ledger_file_write(&ledger->file, &batch, error);
	pthread_mutex_lock(&ledger->writer.lock);
	ledger_rows_settle(&ledger->rows, &batch, rc == 0);
	return rc;
}

static bool is_idle(const struct ledger *ledger)
{
	return !ledger->rows.first_dirty && ledger->durable == ledger_rows_durable(&ledger->rows);
}

static void run(void *context)
{
	struct ledger *ledger = context;
	struct writer *writer = &ledger->writer;
	bool replace = !ledger->file.db;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		struct store_error error = {0};
		int rc;

		while (is_idle(ledger) && !writer->stopping)
			pthread_cond_wait(&writer->changed, &writer->lock);
		if (writer->stopping && (is_idle(ledger) || deadline_is_past(writer->stop_by_ms)))
			break;
		rc = write_batch(ledger, replace, &error);
		note_outcome(ledger, rc, &error);
		if (rc == 0) {
			replace = false;
			writer_succeeded(writer);
			continue;
		}
		if (error.failure == STORE_FULL && writer->stopping && reserve_release(ledger->dir))
			continue;
		replace = replace || (error.failure != STORE_FULL && error.failure != STORE_MEMORY);
		writer_back_off(writer);
	}
	writer_end(writer);
}

int ledger_run(struct ledger *ledger, void (*wake)(void *context), void *context)
{
	return writer_run(&ledger->writer, "ledger", run, ledger, wake, context);
}

int ledger_post(struct ledger *ledger, const struct effect_ledger *effect)
{
	int rc;

	pthread_mutex_lock(&ledger->writer.lock);
	rc = ledger_rows_put(&ledger->rows, effect->ticket, &effect->record);
	pthread_cond_signal(&ledger->writer.changed);
	pthread_mutex_unlock(&ledger->writer.lock);
	return rc;
}

bool ledger_poll(struct ledger *ledger, struct event *event_r)
{
	bool news = true;

	pthread_mutex_lock(&ledger->writer.lock);
	if (ledger->has_trouble) {
		ledger->has_trouble = false;
		memcpy(ledger->told, ledger->trouble.text, sizeof(ledger->told));
		*event_r = (struct event){
		    .kind = EVENT_LEDGER_FAILED,
		    .why = slice_of(ledger->told),
		};
	} else if (ledger->durable > ledger->durable_told) {
		ledger->durable_told = ledger->durable;
		*event_r = (struct event){
		    .kind = EVENT_LEDGER_DURABLE,
		    .ticket = ledger->durable,
		};
	} else {
		news = false;
	}
	pthread_mutex_unlock(&ledger->writer.lock);
	return news;
}

int ledger_stop(struct ledger *ledger, int64_t timeout_ms)
{
	bool written = writer_stop(&ledger->writer, timeout_ms) && is_idle(ledger);

	if (written)
		db_checkpoint(ledger->file.db);
	return written ? 0 : ERR_TIMEOUT;
}

void ledger_close(struct ledger **ledger)
{
	struct ledger *gone = *ledger;

	*ledger = NULL;
	/* A thread that hangs in the disk still uses the ledger; the process will end with it. */
	if (!gone || gone->writer.worker)
		return;
	ledger_file_close(&gone->file);
	ledger_rows_free(&gone->rows);
	writer_destroy(&gone->writer);
	free(gone);
}
