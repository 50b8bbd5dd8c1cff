// SPDX-License-Identifier: Apache-2.0
/*
 * Two forms that the values of many headers have: comma-separated lists
 * (RFC 3261 7.3.1) and seconds. For a list that spans several header lines use
 * sip_message_list().
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

/*
 * Takes the first member off `rest`, trimmed. Empty members are skipped.
 * Commas inside quotes and angle brackets do not separate. False when nothing
 * is left.
 */
bool sip_list_next(struct slice *rest, struct slice *member_r);

/*
 * Reads delta-seconds (RFC 3261 20.19) and ignores what follows the digits
 * (`120 (note);duration=60`). A number above 2^32-1 becomes 2^32-1. ERR_SYNTAX if the
 * value does not begin with a digit.
 */
MUST_CHECK int sip_delta_seconds(struct slice value, uint32_t *seconds_r);
