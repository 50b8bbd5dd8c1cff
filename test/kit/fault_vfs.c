// SPDX-License-Identifier: Apache-2.0
/*
 * Each file holds SQLite's real one behind its own head. Shared memory is not
 * offered, since our databases are opened exclusively.
 */
#include "test/kit/fault_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;
static atomic_bool full, sync_fails;
static atomic_uint syncs, refused;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

static int close_file(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xClose(real);
}

static int read_file(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xRead(real, p, n, at);
}

static int write_file(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);

	if (atomic_load(&full)) {
		atomic_fetch_add(&refused, 1);
		return SQLITE_FULL;
	}
	return real->pMethods->xWrite(real, p, n, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xTruncate(real, size);
}

static int sync_file(sqlite3_file *file, int flags)
{
	sqlite3_file *real = real_of(file);

	if (atomic_load(&sync_fails)) {
		atomic_fetch_add(&refused, 1);
		return SQLITE_IOERR_FSYNC;
	}
	atomic_fetch_add(&syncs, 1);
	return real->pMethods->xSync(real, flags);
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
	fault->real = (sqlite3_file *)(fault + 1);
	rc = real_vfs->xOpen(real_vfs, name, fault->real, flags, flags_r);
	fault->base.pMethods = fault->real->pMethods ? &methods : NULL;
	return rc;
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

unsigned fault_vfs_refused(void)
{
	return atomic_load(&refused);
}
