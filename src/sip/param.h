// SPDX-License-Identifier: Apache-2.0
/*
 * Parameters behind a value: `;name=token`, `;name="quoted"`, `;name`
 * (generic-param, RFC 3261 25.1). Names compare without letter case.
 */
#pragma once

#include "base/buf.h"
#include "sip/error.h"

struct sip_param {
	struct slice name;
	struct slice value; /* of a quoted string: what stands between the quotes, escapes kept */
	bool has_value;
	bool quoted;
};

/*
 * Takes the next `;name[=value]` off `rest`. 1 with a parameter, 0 at the end,
 * ERR_SYNTAX.
 */
MUST_CHECK int sip_param_next(struct slice *rest, struct sip_param *param_r);

/* The first parameter of that name in `params` (";a=b;c"). False where there is none. */
bool sip_param_find(struct slice params, const char *name, struct sip_param *param_r);

/* Copies what a quoted string means, its escapes resolved (RFC 3261 25.1 quoted-pair). */
void sip_unquote(struct buf *b, struct slice quoted);

/* Writes `text` with its quotes and backslashes escaped, in quotes. */
void sip_put_quoted(struct buf *b, struct slice text);

/* True where all of it are token characters, and it is not empty. */
bool sip_is_token(struct slice text);
