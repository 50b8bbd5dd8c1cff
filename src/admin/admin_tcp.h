// SPDX-License-Identifier: Apache-2.0
/*
 * Where the API listens over TCP. It is in the clear: beyond this machine a
 * proxy with TLS belongs in front of it.
 */
#pragma once

#include "base/buf.h"
#include "base/netaddr.h"

/* A listening socket. ERR_EXISTS (the port is in use), ERR_IO; `message` says it for people. */
MUST_CHECK int admin_tcp_open(const struct netaddr *address, struct buf *message, int *fd_r);
