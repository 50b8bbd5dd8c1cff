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
	struct slice value; /* of a quoted string: the text between the quotes, escapes kept */
	bool has_value;
	bool quoted;
};

/*
 * Takes the next `;name[=value]` off `rest`. Returns 1 for a parameter, 0 at the
 * end, or ERR_SYNTAX.
 */
MUST_CHECK int sip_param_next(struct slice *rest, struct sip_param *param_r);

/*
 * Finds the first parameter of that name in `params` (";a=b;c"). False if there is
 * none before the end or the first malformed parameter.
 */
bool sip_param_find(struct slice params, const char *name, struct sip_param *param_r);

/*
 * Appends the inner text of a quoted string with its escapes resolved (RFC 3261 25.1
 * quoted-pair). A fold becomes the spaces that stand in it.
 */
void sip_unquote(struct buf *b, struct slice quoted);

/* Writes `text` as a quoted string: quotes and backslashes escaped, CR and LF as spaces. */
void sip_put_quoted(struct buf *b, struct slice text);

/* True if `text` is a token: not empty, and made of token characters alone. */
bool sip_is_token(struct slice text);
