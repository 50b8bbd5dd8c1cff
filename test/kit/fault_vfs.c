// SPDX-License-Identifier: Apache-2.0
/*
 * Each file holds SQLite's real one behind its own head. Shared memory is not
 * offered, since our databases are opened exclusively.
 */
#include "test/kit/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A write, or a truncation (n 0), that no sync has followed. */
struct unsynced {
	struct unsynced *before;
	sqlite3_int64 at, size; /* of the file, before it */
	int n, old_n;
	char *bytes; /* those it has written, then those that were there */
};

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
	struct fault_file *next;
	struct unsynced *last; /* the latest */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all from here to dark */
static struct fault_file *open_files;
static unsigned cut_at; /* 0: never */
static uint64_t lots;   /* 0: nothing is kept */
static atomic_bool dark;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;
static atomic_bool full, sync_fails;
static atomic_uint syncs;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

static void forget_unsynced(struct fault_file *fault)
{
	while (fault->last) {
		struct unsynced *gone = fault->last;

		fault->last = gone->before;
		free(gone->bytes);
		free(gone);
	}
}

/* Keeps what the file holds where something is about to be written. */
static void note_change(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct fault_file *fault = (struct fault_file *)file;
	const sqlite3_io_methods *real = fault->real->pMethods;
	struct unsynced *change = calloc(1, sizeof(*change));

	if (!change || real->xFileSize(fault->real, &change->size) != SQLITE_OK)
		abort();
	change->at = at;
	change->n = n;
	if (p && at < change->size)
		change->old_n = change->size - at < n ? (int)(change->size - at) : n;
	if (!p)
		change->old_n = at < change->size ? (int)(change->size - at) : 0;
	change->bytes = calloc(1, (size_t)n + (size_t)change->old_n + 1);
	if (!change->bytes)
		abort();
	if (p)
		memcpy(change->bytes, p, (size_t)n);
	if (change->old_n > 0 &&
	    real->xRead(fault->real, change->bytes + n, change->old_n, at) != SQLITE_OK)
		abort();
	change->before = fault->last;
	fault->last = change;
}

static void undo(const struct fault_file *fault, const struct unsynced *change)
{
	const sqlite3_io_methods *real = fault->real->pMethods;

	if (change->old_n > 0 && real->xWrite(fault->real, change->bytes + change->n, change->old_n,
	                             change->at) != SQLITE_OK)
		abort();
	if (real->xTruncate(fault->real, change->size) != SQLITE_OK)
		abort();
}

static bool is_kept(void)
{
	if (lots == 0)
		return false;
	lots = lots * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return lots >> 63;
}

/* From the first to the last: each was written upon those before it. */
static void redo_some(const struct fault_file *fault, const struct unsynced *change)
{
	const sqlite3_io_methods *real = fault->real->pMethods;

	if (!change)
		return;
	redo_some(fault, change->before);
	if (!is_kept())
		return;
	if (change->n == 0 ? real->xTruncate(fault->real, change->at)
	                   : real->xWrite(fault->real, change->bytes, change->n, change->at))
		abort();
}

static void go_dark(void)
{
	for (struct fault_file *fault = open_files; fault; fault = fault->next) {
		for (struct unsynced *change = fault->last; change; change = change->before)
			undo(fault, change);
		redo_some(fault, fault->last);
		forget_unsynced(fault);
	}
	atomic_store(&dark, true);
}

static int close_file(sqlite3_file *file)
{
	struct fault_file *fault = (struct fault_file *)file, **place = &open_files;

	pthread_mutex_lock(&lock);
	while (*place != fault)
		place = &(*place)->next;
	*place = fault->next;
	forget_unsynced(fault);
	pthread_mutex_unlock(&lock);
	return fault->real->pMethods->xClose(fault->real);
}

static int read_file(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xRead(real, p, n, at);
}

static int write_file(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);
	int rc = SQLITE_IOERR_WRITE;

	if (atomic_load(&full))
		return SQLITE_FULL;
	pthread_mutex_lock(&lock);
	if (!atomic_load(&dark)) {
		note_change(file, p, n, at);
		rc = real->pMethods->xWrite(real, p, n, at);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	sqlite3_file *real = real_of(file);
	int rc = SQLITE_IOERR_TRUNCATE;

	pthread_mutex_lock(&lock);
	if (!atomic_load(&dark)) {
		note_change(file, NULL, 0, size);
		rc = real->pMethods->xTruncate(real, size);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static int sync_file(sqlite3_file *file, int flags)
{
	sqlite3_file *real = real_of(file);
	int rc = SQLITE_IOERR_FSYNC;

	if (atomic_load(&sync_fails))
		return SQLITE_IOERR_FSYNC;
	pthread_mutex_lock(&lock);
	if (cut_at > 0 && --cut_at == 0)
		go_dark();
	if (!atomic_load(&dark)) {
		atomic_fetch_add(&syncs, 1);
		/* Where the power is cut by us no real disk need be waited for. */
		rc = cut_at > 0 ? SQLITE_OK : real->pMethods->xSync(real, flags);
		forget_unsynced((struct fault_file *)file);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size_r)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileSize(real, size_r);
}

static int lock_file(sqlite3_file *file, int level)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xLock(real, level);
}

static int unlock_file(sqlite3_file *file, int level)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xUnlock(real, level);
}

static int check_lock(sqlite3_file *file, int *reserved_r)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xCheckReservedLock(real, reserved_r);
}

static int control_file(sqlite3_file *file, int op, void *argument)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileControl(real, op, argument);
}

static int sector_size(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xSectorSize(real);
}

static int characteristics(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xDeviceCharacteristics(real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

static int open_file(
    sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *flags_r)
{
	struct fault_file *fault = (struct fault_file *)file;
	int rc;

	(void)vfs;
	*fault = (struct fault_file){.real = (sqlite3_file *)(fault + 1)};
	if (atomic_load(&dark))
		return SQLITE_CANTOPEN;
	rc = real_vfs->xOpen(real_vfs, name, fault->real, flags, flags_r);
	if (!fault->real->pMethods)
		return rc;
	fault->base.pMethods = &methods;
	pthread_mutex_lock(&lock);
	fault->next = open_files;
	open_files = fault;
	pthread_mutex_unlock(&lock);
	return rc;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int is_durable)
{
	(void)vfs;
	if (atomic_load(&dark))
		return SQLITE_IOERR_DELETE;
	return real_vfs->xDelete(real_vfs, name, is_durable);
}

void fault_vfs_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	if (!real_vfs)
		abort();
	fault_vfs = *real_vfs;
	fault_vfs.zName = "fault";
	fault_vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
	fault_vfs.xOpen = open_file;
	fault_vfs.xDelete = delete_file;
	if (sqlite3_vfs_register(&fault_vfs, 1) != SQLITE_OK)
		abort();
}

void fault_vfs_full(bool on)
{
	atomic_store(&full, on);
}

void fault_vfs_sync_fails(bool on)
{
	atomic_store(&sync_fails, on);
}

unsigned fault_vfs_syncs(void)
{
	return atomic_load(&syncs);
}

void fault_vfs_cut_power_at(unsigned sync, uint64_t seed)
{
	pthread_mutex_lock(&lock);
	cut_at = sync;
	lots = seed;
	pthread_mutex_unlock(&lock);
}

bool fault_vfs_is_dark(void)
{
	return atomic_load(&dark);
}

void fault_vfs_power_returns(void)
{
	fault_vfs_cut_power_at(0, 0);
	atomic_store(&dark, false);
}
