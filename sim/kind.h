// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds of upstream that a campaign can be run against, by name. To add
 * one: a row in the table of kind.c.
 */
#pragma once

#include "base/random.h"
#include "sim/carrier.h"

struct kind {
	const char *name;
	const char *help;
	void (*set)(struct carrier_config *config, struct random *random);
	bool is_single; /* one binding for each AOR: nobody else's fits beside ours */
	/* The most registrations that hold there at the slowest of paces; 0: as many as are asked.
	 */
	uint32_t most;
	bool is_pair;    /* its name leads to two addresses, and it has one table */
	bool has_target; /* another registrar stands where its redirects lead, with its own table */
	bool has_holders;            /* other devices hold some of the accounts, one Contact each */
	const char *const *refusals; /* what it answers for a while, beside what all do; or NULL */
};

/* The row at that place, NULL behind the last; and by name, NULL where there is none. */
const struct kind *kind_at(unsigned index);
const struct kind *kind_find(const char *name);
