// SPDX-License-Identifier: Apache-2.0
/*
 * A parser's report of what is wrong with a text from a peer, and where. Traces,
 * counters and the reason phrase of a 400 use it.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/slice.h"

struct sip_error {
	const char *what; /* static text: "Via: port is not a number" */
	size_t offset;    /* bytes from the start of the text that was parsed */
};
