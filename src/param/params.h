// SPDX-License-Identifier: Apache-2.0
/*
 * The parameters: one struct that the core reads at the moment of use, and one
 * table that says of each its name, default, limits and meaning. The table
 * feeds every face (apply, regentctl, documentation); it holds the rows that
 * code reads, nothing else. Names that are planned are known and refused.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

#define PARAM_AUTO UINT32_MAX /* where a parameter may be "auto" */

/* RG_GHOSTS, in the order of its words. */
enum param_ghosts {
	PARAM_GHOSTS_REMOVE, /* cancelled as soon as it is seen */
	PARAM_GHOSTS_REPORT, /* logged and shown, cancelled only by hand */
	PARAM_GHOSTS_OFF,    /* only shown */
};

struct params {
	bool send_unregister; /* SS_SIP_USER_AGENT_SEND_UNREGISTER */
	uint32_t expire_s;    /* SS_SIP_USER_AGENT_EXPIRE; PARAM_AUTO: ask 3600, take what comes */
	uint32_t retry_delay_s;   /* SS_SIP_USER_AGENT_RETRY_DELAY */
	uint32_t stop_deadline_s; /* RG_STOP_DEADLINE; PARAM_AUTO: by the proven pace */
	uint32_t upstream_rate;  /* RG_UPSTREAM_RATE; requests per second, 0 no limit, PARAM_AUTO */
	uint32_t ghosts;         /* RG_GHOSTS: enum param_ghosts */
	uint32_t stale_window_s; /* RG_STALE_WINDOW */
	uint32_t probe_s;        /* RG_PROBE; 0 off, PARAM_AUTO: by the grant */
	uint32_t upstream_window; /* RG_UPSTREAM_WINDOW; in flight, 0 no limit, PARAM_AUTO */
	uint32_t trace_bytes;     /* RG_TRACE_BYTES; 0: nothing may be traced */
};

enum param_type {
	PARAM_SWITCH, /* On, Off */
	PARAM_SECONDS,
	PARAM_NUMBER,
	PARAM_WORD, /* one of `words`; the value is its place */
};

struct param_row {
	const char *name;
	enum param_type type;
	bool has_auto, has_zero; /* "auto", and 0, besides the range */
	uint32_t minimum, maximum;
	uint32_t initial;           /* the default */
	const char *const *words;   /* of PARAM_WORD, `maximum` + 1 of them */
	const char *const *aliases; /* what others call it, the last NULL; NULL: nothing else */
	size_t offset;              /* of its field in struct params */
	const char *unit;
	const char *meaning; /* one sentence for an operator */
};

/* All rows, in the order in which they are shown. */
const struct param_row *params_rows(size_t *count_r);

/*
 * The row of a name or of one of its aliases; NULL where there is none. Letter case
 * does not matter, nor whether `-`, `.` or `_` joins the words, nor the prefix
 * SS_ or RG_.
 */
const struct param_row *params_find(struct slice name);

void params_defaults(struct params *params_r);

/* Every parameter has the same value in both. */
bool params_equal(const struct params *a, const struct params *b);

/*
 * Sets one parameter from text as an operator writes it (`300`, `Auto`, `off`).
 * ERR_NOT_FOUND, ERR_UNSUPPORTED (known, but not in this version), ERR_SYNTAX,
 * ERR_RANGE; `message` then says what is wrong and what would be right.
 */
MUST_CHECK int params_set(
    struct params *params, struct slice name, struct slice text, struct buf *message);

/*
 * Says what a name that params_find() does not know is: planned (ERR_UNSUPPORTED), misspelt or
 * strange (ERR_NOT_FOUND).
 */
MUST_CHECK int params_refuse_name(struct slice name, struct buf *message);

/* Writes the value as an operator reads it: `Auto`, `On`, `300`. */
void params_put(struct buf *b, const struct param_row *row, const struct params *params);

/* Writes what a value may be: `On or Off`, `20–7200 s (or "Auto")`. */
void params_put_values(struct buf *b, const struct param_row *row);
