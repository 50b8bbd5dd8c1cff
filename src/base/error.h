// SPDX-License-Identifier: Apache-2.0
/*
 * The one table of error codes. A function that can fail returns 0 or one of
 * these negative codes. Codes are compared, never combined. A SIP status is not
 * an error code.
 */
#pragma once

enum error {
	ERR_SYNTAX = -1,      /* the text does not follow its grammar */
	ERR_RANGE = -2,       /* a number outside its limits */
	ERR_LIMIT = -3,       /* larger, longer, deeper or more than is accepted */
	ERR_TRUNCATED = -4,   /* ends before it is complete */
	ERR_UNSUPPORTED = -5, /* understood, but not something we do */
	ERR_NOT_FOUND = -6,
	ERR_EXISTS = -7,
	ERR_FULL = -8,   /* a pool or table is at its cap */
	ERR_MEMORY = -9, /* the allocator refused */
	ERR_STATE = -10, /* not now: the object is in another state */
	ERR_IO = -11,    /* a system call failed; errno says why */
	ERR_DAMAGED = -12,
	ERR_LOCKED = -13, /* somebody else holds it */
	ERR_ACCESS = -14, /* permission or key */
	ERR_TIMEOUT = -15,
};

/* One short English phrase for a code; never NULL. */
const char *error_text(int code);
