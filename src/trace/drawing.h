// SPDX-License-Identifier: Apache-2.0
/*
 * Draws a trace as a ladder in text: us at the left, upstream at the right, one
 * line per record, and a heading with the two addresses whenever they change.
 *
 *                 us 192.0.2.7:5060                      198.51.100.1:5060
 *   12:00:01.250  |---- REGISTER ----------------------->|  CSeq 7, Expires 3600
 *   12:00:01.750  |---- REGISTER ----------------------->|  CSeq 7, Expires 3600 (again, 2nd)
 *   12:00:01.771  |<------------------------- 200 OK ----|  CSeq 7, Expires 3600
 *   12:00:01.771  * registered: refresh in 3060 s
 *
 * The time comes as text. Control characters are drawn as "?".
 */
#pragma once

#include "base/buf.h"
#include "base/netaddr.h"

#define DRAWING_LINE_MAX 512 /* bytes that a heading and a line may take */

/* The addresses in the last heading; begin with zeroes. */
struct drawing {
	char local[NETADDR_TEXT_MAX], peer[NETADDR_TEXT_MAX];
};

/* One line of the trace, as the API writes it (docs/api.md). */
struct drawing_line {
	struct slice time;        /* drawn as it is, at most 12 bytes */
	struct slice kind;        /* "message", "state", "note" */
	struct slice direction;   /* "out", "in" */
	struct slice local, peer; /* addresses */
	struct slice summary;
	uint32_t retransmission; /* 0: the message was sent for the first time */
};

/* Appends the line, and before it a heading if the addresses are new. Each ends with '\n'. */
void drawing_put(struct drawing *drawing, struct buf *b, const struct drawing_line *line);
