// SPDX-License-Identifier: Apache-2.0
/*
 * The parameters: a struct that the core reads when it needs a value, and a table
 * with the name, default, limits and meaning of each. `apply`, regentctl and the
 * documentation all use the table. It has a row for each parameter that this
 * version reads. Names that are planned are recognized and refused.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

#define PARAM_AUTO UINT32_MAX /* the value of "auto", if a parameter may be that */

/* RG_GHOSTS: what happens to a left-over binding of ours. In the order of the row's words. */
enum param_ghosts {
	PARAM_GHOSTS_REMOVE, /* it is cancelled at once */
	PARAM_GHOSTS_REPORT, /* it is logged and shown; an operator may cancel it */
	PARAM_GHOSTS_OFF,    /* it is shown */
};

struct params {
	bool send_unregister; /* SS_SIP_USER_AGENT_SEND_UNREGISTER */
	uint32_t expire_s;    /* SS_SIP_USER_AGENT_EXPIRE; PARAM_AUTO: ask 3600, accept any grant */
	uint32_t retry_delay_s;   /* SS_SIP_USER_AGENT_RETRY_DELAY */
	uint32_t stop_deadline_s; /* RG_STOP_DEADLINE; PARAM_AUTO: by the pace of each target */
	uint32_t upstream_rate;   /* RG_UPSTREAM_RATE; requests/s, 0: no limit, PARAM_AUTO */
	uint32_t ghosts;          /* RG_GHOSTS: enum param_ghosts */
	uint32_t stale_window_s;  /* RG_STALE_WINDOW */
	uint32_t probe_s;         /* RG_PROBE; 0: off, PARAM_AUTO: a tenth of the grant */
	uint32_t upstream_window; /* RG_UPSTREAM_WINDOW; in flight, 0: no limit, PARAM_AUTO */
	uint32_t trace_bytes;     /* RG_TRACE_BYTES; 0: tracing is off */

	bool endpoint_replace;          /* SS_ENDPOINT_REGISTER_REPLACE */
	bool reply_unauthorized;        /* SS_REPLY_UNAUTHORIZED */
	uint32_t endpoint_retry;        /* SS_ENDPOINT_REGISTER_RETRY; 0: never suspended */
	uint32_t endpoint_suspend_s;    /* SS_ENDPOINT_REGISTER_SUSPEND */
	uint32_t endpoint_expire_s;     /* SS_ENDPOINT_EXPIRE; the longest grant */
	uint32_t endpoint_min_expire_s; /* RG_ENDPOINT_MIN_EXPIRE; below it 423 */
};

enum param_type {
	PARAM_SWITCH, /* On, Off */
	PARAM_SECONDS,
	PARAM_NUMBER,
	PARAM_WORD, /* one of `words`; the value is its index */
};

struct param_row {
	const char *name;
	enum param_type type;
	bool has_auto, has_zero; /* "auto" and 0 are allowed in addition to the range */
	uint32_t minimum, maximum;
	uint32_t initial;           /* the default */
	const char *const *words;   /* of PARAM_WORD, `maximum` + 1 of them */
	const char *const *aliases; /* names in other products, NULL at the end; or NULL */
	size_t offset;              /* of its field in struct params */
	const char *unit;
	const char *meaning; /* one sentence for an operator */
};

/* All rows, in the order in which they are shown. */
const struct param_row *params_rows(size_t *count_r);

/*
 * The row of a name or an alias; NULL if there is none. Letter case does not matter.
 * `-`, `.`, `_` or a space may join the words, and the prefix SS_ or RG_ may be left out.
 */
const struct param_row *params_find(struct slice name);

void params_defaults(struct params *params_r);

/* Every parameter has the same value in both. */
bool params_equal(const struct params *a, const struct params *b);

/*
 * Sets one parameter from text as an operator writes it (`300`, `Auto`, `off`).
 * ERR_NOT_FOUND, ERR_UNSUPPORTED (planned, but not in this version), ERR_SYNTAX,
 * ERR_RANGE; then `message` says what is wrong and what would be right.
 */
MUST_CHECK int params_set(
    struct params *params, struct slice name, struct slice text, struct buf *message);

/*
 * Explains a name that params_find() does not know: ERR_UNSUPPORTED for a planned one,
 * else ERR_NOT_FOUND. `message` offers the name that was probably meant.
 */
MUST_CHECK int params_refuse_name(struct slice name, struct buf *message);

/* Writes the value as an operator reads it: `Auto`, `On`, `300`. */
void params_put(struct buf *b, const struct param_row *row, const struct params *params);

/* Writes the values that are allowed: `On or Off`, `20–7200 s (or "Auto")`. */
void params_put_values(struct buf *b, const struct param_row *row);
