// SPDX-License-Identifier: Apache-2.0
/*
 * The core as its own files see it.
 */
#pragma once

#include "core/core.h"
#include "effect/core_context.h"
#include "registrant/registrant.h"
#include "txn/part.h"
#include "upstream/upstreams.h"

struct core {
	struct core_context context; /* of what follows */
	struct wheel wheel;
	struct random random;
	struct params params;
	struct journal journal;
	void *parts[PART_COUNT]; /* those of `parts`, in their order */
	struct upstreams *upstreams;
	struct registrant *registrant;
	struct hash_key tag_key;
	char *user_agent;
	bool is_started;
};
