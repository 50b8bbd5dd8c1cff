// SPDX-License-Identifier: Apache-2.0
/*
 * What a 200 to REGISTER says of the bindings (RFC 3261 10.3 step 8), with the
 * things carriers do to it: rewritten Contacts, foreign ones, none at all.
 */
#pragma once

#include "sim/carrier/register.h"

/* Appends the header lines to `b`. */
void contact_lines_put(struct carrier *carrier, const struct register_request *r, struct buf *b);

/* Only the Contact lines of all that is bound to the AOR, as refusals have them. */
void contact_lines_put_bound(const struct carrier *carrier, struct slice aor, struct buf *b);

/*
 * The binding the Contact means, tombstones included; or NULL. A client may
 * name it as it sent it or as it was listed.
 */
struct binding *contact_lines_find(
    const struct carrier *carrier, struct slice aor, struct slice contact);

/* True where one of its Contacts means that binding. */
bool contact_lines_names(
    const struct carrier *carrier, const struct register_request *r, const struct binding *binding);
