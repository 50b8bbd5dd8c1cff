// SPDX-License-Identifier: Apache-2.0
/*
 * Two lists between the loop and the thread: what is to be written, in the order of the tickets,
 * and what was read at the start. A batch that the disk refuses stays as it is and is tried again;
 * what comes meanwhile waits behind it.
 */
#include "store/bindings_db.h"

#include "store/bindings_file.h"
#include "store/writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POSTED_MAX     (1U << 18)       /* records that wait for the disk */
#define REFRESHES_MOST (POSTED_MAX / 2) /* of these, refreshes that wait for one another */
#define GIVEN_MAX      1024             /* records that were read and wait for the loop */

struct item {
	struct item *next;
	uint64_t ticket;
	struct binding_record record;
};

struct list {
	struct item *first, **last;
	uint32_t count;
};

struct bindings_db {
	const struct state_dir *dir;
	struct bindings_file file;      /* the thread's */
	struct list changes, refreshes; /* the thread's: what it writes */
	int64_t due_ms;                 /* the thread's: refreshes wait until then, a deadline */
	struct item *told;              /* the loop's: the last that was polled */
	char text[sizeof(((struct store_error *)0)->text)]; /* the loop's: of the last event */

	struct writer writer;         /* its lock is for all members below */
	struct list posted;           /* changes, which are written at once */
	struct list posted_refreshes; /* which wait for one another */
	struct list given;            /* what was read */
	bool is_full;                 /* records were forgotten, and that was told */
	pthread_cond_t read_changed;
	bool has_read, has_told_read;
	int64_t unsure_ms;
	uint64_t durable, durable_told;
	char failed[sizeof(((struct store_error *)0)->text)]; /* empty: nothing new */
	char lost[sizeof(((struct store_error *)0)->text)];   /* the same */
};

/* ---- lists ---- */

static void list_init(struct list *list)
{
	*list = (struct list){.last = &list->first};
}

static void list_add(struct list *list, struct item *item)
{
	item->next = NULL;
	*list->last = item;
	list->last = &item->next;
	list->count++;
}

static struct item *list_take(struct list *list)
{
	struct item *item = list->first;

	if (!item)
		return NULL;
	list->first = item->next;
	if (!list->first)
		list->last = &list->first;
	list->count--;
	return item;
}

/* All of `from` behind what `to` has. */
static void list_move(struct list *to, struct list *from)
{
	if (!from->first)
		return;
	*to->last = from->first;
	to->last = from->last;
	to->count += from->count;
	list_init(from);
}

static void list_free(struct list *list)
{
	struct item *item;

	while ((item = list_take(list)))
		free(item);
}

static void list_texts(struct texts *texts, void *item)
{
	binding_record_list(texts, &((struct item *)item)->record);
}

static struct item *copy(uint64_t ticket, const struct binding_record *record)
{
	const struct item item = {.ticket = ticket, .record = *record};

	return texts_copy(&item, sizeof(item), list_texts);
}

/* ---- the thread: opening and reading ---- */

/* With the lock held. */
static void tell(struct bindings_db *db, char *where, const char *text)
{
	snprintf(where, sizeof(db->failed), "%s", text);
	writer_wake(&db->writer);
}

static void tell_lost(struct bindings_db *db, const struct store_error *error)
{
	char text[sizeof(db->lost)];

	snprintf(text, sizeof(text),
	    "%.400s; renamed to bindings.db.damaged, and a new one is begun", error->text);
	pthread_mutex_lock(&db->writer.lock);
	tell(db, db->lost, text);
	pthread_mutex_unlock(&db->writer.lock);
}

/* What it holds is of no use, and will not be later. */
static bool is_no_use(const struct store_error *error)
{
	return error->failure == STORE_DAMAGED || error->failure == STORE_NEWER ||
	       error->failure == STORE_MISSING;
}

static int replace(struct bindings_db *db, struct store_error *error)
{
	const struct store_error why = *error;
	int rc;

	bindings_file_close(&db->file);
	rc = bindings_file_set_aside(db->dir, error);
	if (rc != 0)
		return rc;
	tell_lost(db, &why);
	return bindings_file_open(db->dir, &db->file, error);
}

static int open_file(struct bindings_db *db, struct store_error *error)
{
	int rc = bindings_file_open(db->dir, &db->file, error);

	return rc != 0 && is_no_use(error) ? replace(db, error) : rc;
}

/* Waits while the loop has enough of them. */
static int give(void *context, const struct binding_record *record)
{
	struct bindings_db *db = context;
	struct writer *writer = &db->writer;
	struct item *item = copy(0, record);
	bool is_over;

	if (!item)
		return ERR_MEMORY;
	pthread_mutex_lock(&writer->lock);
	if (db->given.count == GIVEN_MAX)
		pthread_cond_signal(&db->read_changed);
	while (db->given.count == GIVEN_MAX && !writer->stopping)
		pthread_cond_wait(&writer->changed, &writer->lock);
	if (!db->given.first)
		writer_wake(writer);
	list_add(&db->given, item);
	is_over = writer->stopping;
	pthread_mutex_unlock(&writer->lock);
	return is_over ? ERR_STATE : 0;
}

static int read_file(struct bindings_db *db, struct bindings_file *file, struct store_error *error)
{
	int rc;

	pthread_mutex_lock(&db->writer.lock);
	db->unsure_ms = file->unsure_ms;
	pthread_mutex_unlock(&db->writer.lock);
	rc = bindings_file_read(file, give, db, error);
	if (rc == ERR_MEMORY)
		store_fail(error, STORE_MEMORY, "bindings.db: out of memory");
	return rc == ERR_STATE ? 0 : rc;
}

static int read_image(struct bindings_db *db, int rc, struct store_error *error)
{
	struct bindings_file image;
	struct store_error other;

	if (!store_is_disk(error))
		return rc;
	if (bindings_file_open_image(db->dir, &image, &other) == 0)
		(void)!read_file(db, &image, &other);
	bindings_file_close(&image);
	return rc;
}

static void begin(struct bindings_db *db)
{
	struct store_error error = {0};
	int rc = open_file(db, &error);

	if (rc != 0)
		rc = read_image(db, rc, &error);
	else
		rc = read_file(db, &db->file, &error);
	if (rc != 0 && db->file.db && is_no_use(&error))
		rc = replace(db, &error);
	pthread_mutex_lock(&db->writer.lock);
	db->has_read = true;
	pthread_cond_signal(&db->read_changed);
	if (rc != 0)
		tell(db, db->failed, error.text);
	writer_wake(&db->writer);
	pthread_mutex_unlock(&db->writer.lock);
}

/* ---- the thread: writing ---- */

static int write_batch(struct bindings_db *db, struct store_error *error)
{
	int rc = db_begin(db->file.db, error);

	if (rc != 0)
		return rc;
	for (const struct item *item = db->changes.first; rc == 0 && item; item = item->next)
		rc = bindings_file_write(&db->file, &item->record, error);
	/* Behind what they refresh; one that was overtaken changes nothing. */
	for (const struct item *item = db->refreshes.first; rc == 0 && item; item = item->next)
		rc = bindings_file_write(&db->file, &item->record, error);
	return db_end(db->file.db, rc, error);
}

static int write_out(struct bindings_db *db, struct store_error *error)
{
	int rc = db->file.db ? 0 : open_file(db, error);

	if (rc == 0)
		rc = write_batch(db, error);
	if (rc != 0 && is_no_use(error)) {
		rc = replace(db, error);
		if (rc == 0)
			rc = write_batch(db, error);
	}
	/* After other failures nobody knows how it stands. */
	if (rc != 0 && error->failure != STORE_FULL)
		bindings_file_close(&db->file);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t first = (*(struct item *const *)a)->record.id;
	uint64_t second = (*(struct item *const *)b)->record.id;

	return first < second ? -1 : first > second;
}

/* By id, so that those of one page of the file are written together; without memory as they are. */
static void list_sort(struct list *list)
{
	uint32_t count = list->count;
	struct item **items = calloc(count ? count : 1, sizeof(struct item *));

	if (!items)
		return;
	for (uint32_t i = 0; i < count; i++)
		items[i] = list_take(list);
	qsort(items, count, sizeof(items[0]), compare_ids);
	for (uint32_t i = 0; i < count; i++)
		list_add(list, items[i]);
	free(items);
}

static bool is_idle(const struct bindings_db *db)
{
	return !db->posted.first && !db->posted_refreshes.first && !db->changes.first &&
	       !db->refreshes.first;
}

static bool is_time_for_refreshes(const struct bindings_db *db)
{
	return db->posted_refreshes.first &&
	       (db->writer.stopping || db->posted_refreshes.count >= REFRESHES_MOST ||
	           deadline_is_past(db->due_ms));
}

static bool is_due(const struct bindings_db *db)
{
	return db->posted.first || db->changes.first || db->refreshes.first ||
	       is_time_for_refreshes(db);
}

/* Takes, writes and settles one batch. With the lock held, which it releases to write. */
static int write_next(struct bindings_db *db)
{
	struct store_error error = {0};
	uint64_t ticket;
	bool refreshes;
	int rc;

	list_move(&db->changes, &db->posted);
	if (is_time_for_refreshes(db))
		list_move(&db->refreshes, &db->posted_refreshes);
	ticket = db->durable;
	pthread_mutex_unlock(&db->writer.lock);
	refreshes = db->refreshes.first;
	list_sort(&db->refreshes);
	rc = write_out(db, &error);
	for (struct item *item; rc == 0 && (item = list_take(&db->changes)); free(item))
		ticket = item->ticket;
	if (rc == 0)
		list_free(&db->refreshes);
	if (rc == 0 && refreshes)
		db->due_ms = deadline_after_ms(BINDINGS_BEHIND_MS);
	pthread_mutex_lock(&db->writer.lock);
	if (rc != 0) {
		tell(db, db->failed, error.text);
		return rc;
	}
	db->is_full = false;
	if (ticket > db->durable)
		writer_wake(&db->writer);
	db->durable = ticket;
	return 0;
}

static void wait_until_due(struct bindings_db *db)
{
	struct writer *writer = &db->writer;

	while (!is_due(db) && !writer->stopping) {
		if (!db->posted_refreshes.first)
			pthread_cond_wait(&writer->changed, &writer->lock);
		else
			deadline_wait(&writer->changed, &writer->lock, db->due_ms);
	}
}

static void run(void *context)
{
	struct bindings_db *db = context;
	struct writer *writer = &db->writer;
	bool is_whole;

	begin(db);
	pthread_mutex_lock(&writer->lock);
	for (;;) {
		wait_until_due(db);
		if (writer->stopping && (is_idle(db) || deadline_is_past(writer->stop_by_ms)))
			break;
		if (write_next(db) == 0)
			writer_succeeded(writer);
		else
			writer_back_off(writer);
	}
	is_whole = is_idle(db);
	pthread_mutex_unlock(&writer->lock);
	if (is_whole)
		bindings_file_end(&db->file);
	pthread_mutex_lock(&writer->lock);
	writer_end(writer);
}

/* ---- the loop ---- */

static void release(struct bindings_db *db)
{
	bindings_file_close(&db->file);
	list_free(&db->changes);
	list_free(&db->refreshes);
	list_free(&db->posted);
	list_free(&db->posted_refreshes);
	list_free(&db->given);
	free(db->told);
	writer_destroy(&db->writer);
	pthread_cond_destroy(&db->read_changed);
	free(db);
}

struct bindings_db *bindings_db_start(
    const struct state_dir *dir, void (*wake)(void *context), void *context)
{
	struct bindings_db *db = calloc(1, sizeof(*db));

	if (!db)
		return NULL;
	db->dir = dir;
	list_init(&db->changes);
	list_init(&db->refreshes);
	list_init(&db->posted);
	list_init(&db->posted_refreshes);
	list_init(&db->given);
	writer_init(&db->writer);
	deadline_init_condition(&db->read_changed);
	if (writer_run(&db->writer, "bindings", run, db, wake, context) != 0) {
		release(db);
		return NULL;
	}
	return db;
}

void bindings_db_wait(struct bindings_db *db, int64_t timeout_ms)
{
	int64_t until_ms = deadline_after_ms(timeout_ms);
	struct writer *writer = &db->writer;

	pthread_mutex_lock(&writer->lock);
	while (!db->has_read && db->given.count < GIVEN_MAX && !deadline_is_past(until_ms))
		deadline_wait(&db->read_changed, &writer->lock, until_ms);
	pthread_mutex_unlock(&writer->lock);
}

/* With the lock held. Those that wait follow the clock as those in the file do. */
static void shift(struct bindings_db *db, int64_t step_ms)
{
	for (struct item *item = db->posted_refreshes.first; item; item = item->next)
		item->record.terms.expires_ms += step_ms;
}

/* With the lock held. The thread is woken where it need not be awake already. */
static void add(struct bindings_db *db, struct item *item)
{
	bool is_refresh = item->record.op == BINDING_REFRESHED;
	struct list *list = is_refresh ? &db->posted_refreshes : &db->posted;

	if (item->record.op == BINDING_SHIFTED)
		shift(db, item->record.step_ms);
	list_add(list, item);
	if (list->count == 1 || (is_refresh && list->count == REFRESHES_MOST))
		pthread_cond_signal(&db->writer.changed);
}

void bindings_db_post(struct bindings_db *db, const struct effect_binding *effect)
{
	struct item *item = copy(effect->ticket, &effect->record);
	struct writer *writer = &db->writer;

	pthread_mutex_lock(&writer->lock);
	if (item && db->posted.count + db->posted_refreshes.count < POSTED_MAX) {
		add(db, item);
	} else {
		if (!db->is_full)
			tell(db, db->lost, "more changes wait for the disk than there is room for");
		db->is_full = true;
		free(item);
	}
	pthread_mutex_unlock(&writer->lock);
}

/* With the lock held. */
static bool take_text(struct bindings_db *db, char *text, enum event_kind kind, struct event *event)
{
	if (!text[0])
		return false;
	memcpy(db->text, text, sizeof(db->text));
	text[0] = '\0';
	*event = (struct event){.kind = kind, .why = slice_of(db->text)};
	return true;
}

/* With the lock held. */
static bool take_kept(struct bindings_db *db, struct event *event)
{
	struct item *item;

	if (db->has_told_read)
		return false;
	item = list_take(&db->given);
	if (item) {
		if (db->given.count == GIVEN_MAX / 2)
			pthread_cond_signal(&db->writer.changed);
		free(db->told);
		db->told = item;
		*event = (struct event){
		    .kind = EVENT_BINDING_KEPT, .kept = {item->record, db->unsure_ms}};
		return true;
	}
	if (!db->has_read)
		return false;
	db->has_told_read = true;
	*event = (struct event){.kind = EVENT_BINDINGS_LOADED};
	return true;
}

static bool take_durable(struct bindings_db *db, struct event *event)
{
	if (db->durable <= db->durable_told)
		return false;
	db->durable_told = db->durable;
	*event = (struct event){.kind = EVENT_BINDINGS_DURABLE, .ticket = db->durable};
	return true;
}

bool bindings_db_poll(struct bindings_db *db, struct event *event_r)
{
	bool news;

	pthread_mutex_lock(&db->writer.lock);
	/* What was read of a file that turned out to be damaged is lost with it. */
	news = take_kept(db, event_r) ||
	       take_text(db, db->failed, EVENT_BINDINGS_FAILED, event_r) ||
	       take_text(db, db->lost, EVENT_BINDINGS_LOST, event_r) || take_durable(db, event_r);
	pthread_mutex_unlock(&db->writer.lock);
	return news;
}

int bindings_db_stop(struct bindings_db **db, int64_t timeout_ms)
{
	struct bindings_db *gone = *db;
	bool is_written;

	*db = NULL;
	if (!gone)
		return 0;
	/* A thread that hangs in the disk still uses it; the process will end with it. */
	if (!writer_stop(&gone->writer, timeout_ms))
		return ERR_TIMEOUT;
	is_written = is_idle(gone);
	release(gone);
	return is_written ? 0 : ERR_TIMEOUT;
}

int bindings_db_remove(const struct state_dir *dir, struct store_error *error)
{
	return bindings_file_remove(dir, error);
}
