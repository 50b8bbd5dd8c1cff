// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the state directory is on the machine that it was made on. On another one,
 * which may be a copy, the daemon is held: it opens no SIP socket, loads nothing of the
 * ledger and wants nothing, and answers the API until somebody has decided.
 */
#pragma once

#include "daemon/daemon.h"

/* Once the identity is read: sets `machine` and `standing`, and binds what is bound to none. */
MUST_CHECK int standing_compare(struct daemon *daemon, struct store_error *error);

/* Says what is to be done; to a farewell, that it is not its turn. */
void standing_tell(const struct daemon *daemon);

/* Does what was decided, once nothing uses the ledger any more. */
void standing_settle(struct daemon *daemon);
