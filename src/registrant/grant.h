// SPDX-License-Identifier: Apache-2.0
/*
 * A grant: what a 200 means to a registration. Until when it is bound, when it
 * refreshes, what else the list says: of left-overs, of cancels that the request
 * carried, and of other registrations of the account, which share the list.
 */
#pragma once

#include "registrant/registration.h"

/* The 200 to its REGISTER. */
void grant_take(
    struct registrant *r, struct registration *registration, const struct sip_message *response);

/* The window, in seconds after the grant, within which it is refreshed. */
void grant_window(uint32_t granted_s, uint32_t *from_s_r, uint32_t *to_s_r);

/*
 * When a grant given now is refreshed, in us; a newcomer had none before. `slot_r` is what
 * spread_cancel() takes back.
 */
uint64_t grant_book_refresh(
    struct registrant *r, uint32_t granted_s, bool is_newcomer, uint32_t *slot_r);
