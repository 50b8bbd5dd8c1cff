// SPDX-License-Identifier: Apache-2.0
/*
 * What is kept of the bindings of phones, so that they outlive the process. The core appends the
 * records to its outbox. The shell hands them to the kernel in that order and answers with
 * EVENT_BINDINGS_DURABLE. After the next start it gives them back, one event for each binding.
 */
#pragma once

#include "base/texts.h"
#include "effect/flow.h"

enum binding_op {
	BINDING_PUT,       /* a new binding, or one with other texts: replaces the one of its id */
	BINDING_REFRESHED, /* of what stands in it only the terms are new; may be written later */
	BINDING_GONE,      /* it was removed, or has expired */
	BINDING_SHIFTED, /* the wall clock jumped: the expiry of all records before moves with it */
};

/* What each refresh changes. */
struct binding_terms {
	int64_t expires_ms; /* wall time */
	uint32_t granted_s;
	uint32_t cseq;
};

struct binding_record {
	enum binding_op op;
	uint64_t id; /* names the binding in all starts of a node, never another one */
	struct binding_terms terms; /* PUT, REFRESHED */
	int64_t step_ms;            /* SHIFTED */

	/* PUT */
	struct slice username, contact, call_id, path, instance, agent;
	struct flow flow; /* its listener and its connection mean nothing to another process */
	uint32_t reg_id;
	uint16_t q_milli;
};

/* Lists the texts of a record, for texts_copy(). */
void binding_record_list(struct texts *texts, struct binding_record *record);
