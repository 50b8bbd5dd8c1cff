// SPDX-License-Identifier: Apache-2.0
/*
 * The phrases of the error table, for logs and answers to an operator.
 */
#include "base/error.h"

#include <stddef.h>

static const char *const texts[] = {
    [0] = "no error",
    [-ERR_SYNTAX] = "does not follow its grammar",
    [-ERR_RANGE] = "number out of range",
    [-ERR_LIMIT] = "more than is accepted",
    [-ERR_TRUNCATED] = "ends before it is complete",
    [-ERR_UNSUPPORTED] = "not supported",
    [-ERR_NOT_FOUND] = "not found",
    [-ERR_EXISTS] = "exists already",
    [-ERR_FULL] = "at its cap",
    [-ERR_MEMORY] = "out of memory",
    [-ERR_STATE] = "not possible in this state",
    [-ERR_IO] = "refused by the operating system",
    [-ERR_DAMAGED] = "damaged",
    [-ERR_LOCKED] = "held by somebody else",
    [-ERR_ACCESS] = "no access",
    [-ERR_TIMEOUT] = "timed out",
};

const char *error_text(int code)
{
	const int count = sizeof(texts) / sizeof(texts[0]);

	if (code > 0 || code <= -count)
		return "unknown error";
	return texts[-code];
}
