// SPDX-License-Identifier: Apache-2.0
/*
 * What is told of a registration under trace (COMMAND_TRACE): one record for each
 * message that it or one of its debts sends or receives, for each change of the
 * state shown, and for each note. Secrets are masked already.
 */
#pragma once

#include "base/netaddr.h"

#define TRACE_SUMMARY_MAX 160  /* bytes */
#define TRACE_TEXT_MAX    4096 /* bytes of a message; the rest is cut off */
#define TRACED_MAX        16   /* registrations under trace at the same time */

enum trace_kind {
	TRACE_MESSAGE,
	TRACE_STATE, /* `text` is the word, `summary` the sentence */
	TRACE_NOTE,
};

const char *trace_kind_name(enum trace_kind kind);

struct answer_trace {
	struct slice name; /* of the registration */
	int64_t at_ms;     /* wall time */
	enum trace_kind kind;
	bool is_sent;               /* MESSAGE: we sent it */
	struct netaddr local, peer; /* MESSAGE: the flow */
	uint32_t retransmission;    /* MESSAGE: 0 the first time, 1 the first repetition, … */
	uint32_t lost;        /* records that were left out before this one, for want of room */
	struct slice summary; /* at most TRACE_SUMMARY_MAX bytes */
	struct slice text;    /* MESSAGE: its bytes; at most TRACE_TEXT_MAX */
};
