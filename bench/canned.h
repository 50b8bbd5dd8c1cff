// SPDX-License-Identifier: Apache-2.0
/*
 * The cheapest registrar there can be: it copies the lines of a REGISTER that
 * an answer has to bear into one of a few canned answers. It checks nothing,
 * keeps nothing but counts, and is no judge of what it is sent; that is
 * sim/carrier.h.
 */
#pragma once

#include "base/buf.h"

enum canned_kind {
	CANNED_REGISTRAR, /* 401 without credentials, 200 with them */
	CANNED_FAILING,   /* 503, 500, 480 and silence by turns */
	CANNED_SILENT,
};

struct canned {
	enum canned_kind kind;
	uint64_t requests;
	uint64_t challenges, grants, cancels; /* answers of CANNED_REGISTRAR */
};

#define CANNED_ANSWER_MAX 1024

/* Writes the answer; nothing where there is none. */
void canned_answer(struct canned *canned, struct slice request, struct buf *answer);
