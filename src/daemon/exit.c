// SPDX-License-Identifier: Apache-2.0
/*
 * What the exit codes mean; it feeds the manual and docs/interface.md.
 */
#include "daemon/exit.h"

static const struct exit_row rows[] = {
    {EXIT_CODE_OK, "stopped, and no cancel is owed to an upstream"},
    {EXIT_CODE_USAGE, "wrong usage"},
    {EXIT_CODE_OWED, "stopped, but a cancel is still owed: an upstream may hold a binding"},
    {EXIT_CODE_NO_INPUT, "a file that the command line names cannot be read"},
    {EXIT_CODE_INTERNAL, "out of memory, or a fault in Regent"},
    {EXIT_CODE_LISTEN,
        "a socket cannot be opened: its port is in use, or this machine does not have its address"},
    {EXIT_CODE_UNWRITABLE, "the state directory cannot be created or written"},
    {EXIT_CODE_DISK, "the disk is full, or fails"},
    {EXIT_CODE_LOCKED, "another process uses the state directory or a database"},
    {EXIT_CODE_DAMAGED,
        "a file of the state directory is damaged, or was written by a later version"},
    {EXIT_CODE_IDENTITY,
        "identity, key or a database is missing, but other files show that it was in use; of "
        "farewell also: the state directory belongs to another machine"},
    {EXIT_CODE_CONFIG, "regent.yaml or the objects file has errors"},
    {EXIT_CODE_RESTART, "stopped for a restart: the service manager must start regentd again "
                        "(RestartForceExitStatus=79)"},
};

const struct exit_row *exit_rows(size_t *count_r)
{
	*count_r = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
