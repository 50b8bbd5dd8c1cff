// SPDX-License-Identifier: Apache-2.0
/*
 * Ghosts: bindings of ours that a 200 lists although nobody wants them any
 * more. Only what the ledger names exactly is ours to remove; our Contact user
 * at another address is a lookalike, and shown; the others are foreign.
 */
#pragma once

#include "registrant/contact.h"
#include "registrant/registration.h"

/*
 * Sorts what a 200 lists besides the registration's own Contact, counts and
 * keeps it, and does with the ghosts what RG_GHOSTS says; nothing where none of
 * those listed was found to be ours.
 */
void ghost_look(struct registrant *r, struct registration *registration,
    const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report);

/* COMMAND_GHOSTS and COMMAND_GHOSTS_REMOVE. */
void ghost_show(struct registrant *r, const struct command *command);

/*
 * How many will be cancelled; `why_r` is a static text. ERR_NOT_FOUND, ERR_STATE,
 * ERR_FULL.
 */
MUST_CHECK int ghost_remove(
    struct registrant *r, const struct command *command, uint32_t *count_r, const char **why_r);
