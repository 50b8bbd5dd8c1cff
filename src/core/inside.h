// SPDX-License-Identifier: Apache-2.0
/*
 * The core as the files of src/core see it.
 */
#pragma once

#include "core/core.h"
#include "core/stop.h"
#include "effect/core_context.h"
#include "registrant/registrant.h"
#include "registrar/registrar.h"
#include "trace/tracing.h"
#include "txn/part.h"
#include "upstream/upstreams.h"

/* A part of the core: its functions, and the object that they get. */
struct core_part {
	const struct part_ops *ops; /* NULL: the core itself */
	void *part;
};

struct core {
	struct core_context context; /* points to what follows; the parts see this alone */
	struct wheel wheel;
	struct random random;
	struct params params;
	struct journal journal, binding_journal;
	struct stop stop;
	struct tracing tracing;
	struct core_part parts[PART_COUNT]; /* by enum part */
	struct upstreams *upstreams;
	struct registrant *registrant;
	struct guard *guard;
	struct registrar *registrar;
	char *user_agent;
	bool is_started;
};
