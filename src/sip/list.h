// SPDX-License-Identifier: Apache-2.0
/*
 * What the values of many headers share: comma-separated lists (RFC 3261
 * 7.3.1) and seconds. Lists that go over several header lines are walked by
 * sip_message_list().
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

/*
 * Takes the first member off `rest`; members are trimmed, empty ones left out.
 * Commas inside quotes and angle brackets do not separate. False when nothing
 * is left.
 */
bool sip_list_next(struct slice *rest, struct slice *member_r);

/*
 * delta-seconds (RFC 3261 20.19), with whatever follows them (`120 (note);duration=60`)
 * ignored; above 2^32-1 counts as 2^32-1. ERR_SYNTAX where no digit begins the value.
 */
MUST_CHECK int sip_delta_seconds(struct slice value, uint32_t *seconds_r);
