// SPDX-License-Identifier: Apache-2.0
/*
 * The listeners that regent.yaml names: on a socket that outlived a crash in the
 * service manager's keeping, where it fits, else on a new one that is given to it.
 */
#pragma once

#include "daemon/daemon.h"

/*
 * All of them, in their order: the first is where requests leave by default. What stands
 * in the way has been told. A farewell is content with other ports.
 */
MUST_CHECK enum exit_code listen_open(struct daemon *daemon);
