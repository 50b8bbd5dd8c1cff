// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps a last outcome. A reason takes memory only if it is not the usual one of its
 * status.
 */
#include "upstream/last.h"

#include "sip/method.h"

#include <stdlib.h>

void last_set(struct last *last, unsigned status, struct slice reason)
{
	size_t n = reason.n < LAST_REASON_MAX ? reason.n : LAST_REASON_MAX;

	last_clear(last);
	last->status = (uint16_t)status;
	if (n == 0 || (status > 0 && slice_equal(reason, slice_of(sip_status_reason(status)))))
		return;
	last->reason = slice_copy(slice_make(reason.p, n));
}

void last_clear(struct last *last)
{
	free(last->reason);
	*last = (struct last){0};
}

struct slice last_reason(const struct last *last)
{
	if (last->reason)
		return slice_of(last->reason);
	return slice_of(last->status > 0 ? sip_status_reason(last->status) : "");
}
