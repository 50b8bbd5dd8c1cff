// SPDX-License-Identifier: Apache-2.0
/*
 * What a registration under trace (COMMAND_TRACE) says and hears: one record
 * for each message of its transactions and its debts', for each change of the
 * state shown, and for each fact worth a line. Secrets are masked already.
 */
#pragma once

#include "base/netaddr.h"

#define TRACE_SUMMARY_MAX 160  /* bytes */
#define TRACE_TEXT_MAX    4096 /* bytes of a message; the rest is cut off */
#define TRACED_MAX        16   /* registrations under trace at one time */

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
	bool is_sent;               /* MESSAGE: by us */
	struct netaddr local, peer; /* MESSAGE: the flow */
	uint32_t retransmission;    /* MESSAGE: 0 the first time, 1 the first repetition, … */
	uint32_t lost;              /* records before this one that found no room */
	struct slice summary;       /* at most TRACE_SUMMARY_MAX bytes */
	struct slice text;          /* MESSAGE: its bytes; at most TRACE_TEXT_MAX */
};
