// SPDX-License-Identifier: Apache-2.0
/*
 * A disk that refuses on command: stands before SQLite's own VFS and lets
 * writes or syncs fail. Only for tests.
 */
#pragma once

#include <stdbool.h>

/* From here on every database that is opened goes through it. */
void fault_vfs_install(void);

/* Writes fail as on a full disk. Safe from any thread. */
void fault_vfs_full(bool on);

/* Syncs fail with an I/O error. Safe from any thread. */
void fault_vfs_sync_fails(bool on);

/* Syncs that were asked for and went through, since the installation. */
unsigned fault_vfs_syncs(void);

/* Calls that were refused. */
unsigned fault_vfs_refused(void);
