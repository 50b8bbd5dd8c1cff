// SPDX-License-Identifier: Apache-2.0
/*
 * Host texts as an operator writes them: what may stand as `host`,
 * `contact_host` and `advertise`.
 */
#pragma once

#include "base/buf.h"

#define HOST_MAX 253 /* bytes, RFC 1035 2.3.4 without the root's dot */

/*
 * True for a host name (letters, digits, '-', '_', at most 63 bytes a label),
 * an IPv4 address or an IPv6 address in brackets; no port, no zone.
 */
bool host_is_valid(struct slice text);

/* Writes why it is not valid, as "found; what would be right". */
void host_explain(struct buf *b, struct slice text);
