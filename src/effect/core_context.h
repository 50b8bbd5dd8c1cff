// SPDX-License-Identifier: Apache-2.0
/*
 * What the core owns and lends to its parts: one of these exists per core. The
 * core sets the time before each of its entries; parts read it and change none
 * of these pointers.
 */
#pragma once

#include "base/now.h"
#include "base/random.h"
#include "base/wheel.h"
#include "effect/effect.h"
#include "effect/journal.h"
#include "param/params.h"

struct txns;

struct core_context {
	struct now now; /* of the entry that is running */
	struct wheel *wheel;
	struct outbox *outbox;
	struct txns *txns;
	struct journal *journal;
	struct random *random;
	const struct params *params; /* read at the moment of use */
};
