// SPDX-License-Identifier: Apache-2.0
/*
 * When to refresh: the least loaded second of a window that follows from the
 * grant, those counted who are still to come, so that registrations that came
 * up together do not come back together.
 */
#pragma once

#include "registrant/context.h"

struct refresh_plan *refresh_plan_new(void);
void refresh_plan_free(struct refresh_plan **plan);

/* The window, in seconds after the grant, from which a refresh time is chosen. */
void refresh_window(uint32_t granted_s, uint32_t *from_s_r, uint32_t *to_s_r);

/*
 * Books a time for a grant given now; a newcomer had none before. `slot_r` is
 * the place booked, for refresh_cancel().
 */
uint64_t refresh_book(struct registrant *r, uint32_t granted_s, bool is_newcomer, uint32_t *slot_r);
void refresh_cancel(struct registrant *r, uint32_t *slot);
