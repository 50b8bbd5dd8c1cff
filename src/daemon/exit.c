// SPDX-License-Identifier: Apache-2.0
/*
 * What the exit codes mean; it feeds the manual and docs/interface.md.
 */
#include "daemon/exit.h"

static const struct exit_row rows[] = {
    {EXIT_CODE_OK, "stopped, nothing is owed"},
    {EXIT_CODE_USAGE, "wrong usage"},
    {EXIT_CODE_OWED, "stopped, and something is still owed to an upstream"},
    {EXIT_CODE_NO_INPUT, "a file that was named cannot be read"},
    {EXIT_CODE_INTERNAL, "no memory, or a fault of Regent's own"},
    {EXIT_CODE_LISTEN, "a socket cannot be opened: port in use, no such address"},
    {EXIT_CODE_UNWRITABLE, "the state directory cannot be made or written"},
    {EXIT_CODE_DISK, "the disk is full, or refuses otherwise"},
    {EXIT_CODE_LOCKED, "another process holds the state directory or a database"},
    {EXIT_CODE_DAMAGED,
        "a database or another file of the state directory is damaged, or of a later version"},
    {EXIT_CODE_IDENTITY,
        "identity, sealing key or a database missing beside files that belong to it; farewell: of "
        "another machine"},
    {EXIT_CODE_CONFIG, "errors in regent.yaml or the objects file"},
    {EXIT_CODE_RESTART, "stopped to be started again: RestartForceExitStatus=79 in a service"},
};

const struct exit_row *exit_rows(size_t *count_r)
{
	*count_r = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
