// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of the registrar share: what the core lends, the pools of
 * endpoints and bindings, and the indexes over them. One of these exists per core.
 */
#pragma once

#include "answer/answer.h"
#include "base/map.h"
#include "base/names.h"
#include "base/pool.h"
#include "base/shared.h"
#include "effect/core_context.h"
#include "guard/guard.h"
#include "txn/part.h"

#define DOMAINS_MAX 8

enum registrar_timer {
	TIMER_BINDING = PART_TIMER_FIRST(PART_REGISTRAR), /* it expires */
	TIMER_HELD,                                       /* responses that waited may leave */
};

/* Whether bindings outlive the process. */
enum registrar_keeping {
	KEEPING_OFF,   /* they do not */
	KEEPING_LOADS, /* those of an earlier process are being loaded: nobody registers yet */
	KEEPING_ON,    /* each change is written */
};

struct registrar {
	struct core_context *core;
	struct guard *guard;
	struct hash_key hash_key;
	char *texts; /* of the domains */
	struct slice domains[DOMAINS_MAX];
	unsigned domain_count; /* 0: every domain is ours */
	struct pool *endpoints;
	struct names *names;   /* of the endpoints, in their order */
	struct map *usernames; /* endpoints by the hash of their username */
	struct pool *bindings;
	struct shared *agents; /* User-Agents, struct binding_agent */
	enum registrar_keeping keeping;
	uint64_t last_id;  /* of a binding, in what is kept */
	uint32_t loaded;   /* bindings of an earlier process */
	uint16_t writing;  /* counts up from 1 where what is kept was lost */
	struct pool *held; /* registrar/held.h */
};
