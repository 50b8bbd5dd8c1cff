// SPDX-License-Identifier: Apache-2.0
/*
 * The core as the files of src/core see it.
 */
#pragma once

#include "answer/stop_report.h"
#include "core/core.h"
#include "effect/core_context.h"
#include "registrant/registrant.h"
#include "trace/tracing.h"
#include "txn/part.h"
#include "upstream/upstreams.h"

struct core {
	struct core_context context; /* points to what follows; the parts see this alone */
	struct wheel wheel;
	struct random random;
	struct params params;
	struct journal journal;
	struct stop_report stop_report;
	struct tracing tracing;
	void *parts[PART_COUNT]; /* the objects of the parts, by enum part */
	struct upstreams *upstreams;
	struct registrant *registrant;
	struct hash_key tag_key; /* for the To tags of responses */
	char *user_agent;
	bool is_started;
};
