// SPDX-License-Identifier: Apache-2.0
/*
 * Judges the hosts that an operator writes: `host`, `contact_host`, `advertise`,
 * and the host in `proxy`.
 */
#pragma once

#include "base/buf.h"

#define HOST_MAX 253 /* bytes: RFC 1035 2.3.4, without the dot of the root */

/*
 * True for a host name (letters, digits, '-', '_', at most 63 bytes a label),
 * an IPv4 address or an IPv6 address in brackets; no port, no zone.
 */
bool host_is_valid(struct slice text);

/* Explains a host that is not valid, as "FOUND; what would be right". */
void host_explain(struct buf *b, struct slice text);
