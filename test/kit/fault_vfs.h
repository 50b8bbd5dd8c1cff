// SPDX-License-Identifier: Apache-2.0
/*
 * A disk that refuses on command, or forgets: stands before SQLite's own VFS,
 * lets writes or syncs fail, and cuts the power, with which is lost what was
 * written and not yet synced. Only for tests; what is done to files past SQLite
 * (renames, keys) it does not see, and what is deleted or closed stays so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From here on every database that is opened goes through it. */
void fault_vfs_install(void);

/* Writes fail as on a full disk. Safe from any thread. */
void fault_vfs_full(bool on);

/* Syncs fail with an I/O error. Safe from any thread. */
void fault_vfs_sync_fails(bool on);

/* Syncs that were asked for and went through, since the installation. */
unsigned fault_vfs_syncs(void);

/*
 * The power fails when sync number `sync` from now on is asked for, 1 being the next. What was not
 * synced is forgotten, all of it with `seed` 0, else each write with an even chance, as a disk that
 * writes in an order of its own does. From then on everything fails until the power returns.
 */
void fault_vfs_cut_power_at(unsigned sync, uint64_t seed);
bool fault_vfs_is_dark(void);

/* After everything that was open is closed. Takes a cut back that has not come. */
void fault_vfs_power_returns(void);
