// SPDX-License-Identifier: Apache-2.0
/*
 * The listeners that regent.yaml names: on a socket that outlived a crash in the
 * service manager's keeping, where it fits, else on a new one that is given to it.
 */
#pragma once

#include "daemon/daemon.h"

/* What stands in the way has been told. A farewell is content with another port. */
MUST_CHECK enum exit_code listen_open(struct daemon *daemon, const struct node_listen *listen);
