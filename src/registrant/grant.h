// SPDX-License-Identifier: Apache-2.0
/*
 * A grant: what a 200 means to a registration. It says until when the registration
 * is bound, and so when it refreshes. Its list also shows left-overs, the outcome of
 * cancels that the request carried, and whether other registrations of the account
 * are still bound.
 */
#pragma once

#include "registrant/registration.h"

/* Judges the 200 to its REGISTER. */
void grant_take(
    struct registrant *r, struct registration *registration, const struct sip_message *response);

/* The window, in seconds after the grant, in which it is refreshed. */
void grant_window(uint32_t granted_s, uint32_t *from_s_r, uint32_t *to_s_r);

/*
 * Chooses when a grant that came now is refreshed, in mono_us. `is_newcomer`: it was not registered
 * before. `slot_r` is for spread_cancel(), if the refresh is not needed.
 */
uint64_t grant_book_refresh(
    struct registrant *r, uint32_t granted_s, bool is_newcomer, uint32_t *slot_r);
