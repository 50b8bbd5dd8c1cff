// SPDX-License-Identifier: Apache-2.0
/*
 * Describes a message in a few words: "REGISTER, CSeq 7, Expires 3600", "401
 * Unauthorized, CSeq 7". It also names header lines that could not be read.
 */
#pragma once

#include "base/buf.h"
#include "sip/message.h"

/* Appends the words and cuts a long reason phrase: TRACE_SUMMARY_MAX bytes are always enough. */
void summary_put(struct buf *b, const struct sip_message *message);

/* Appends at most `most` bytes of a text; control characters become "?". */
void summary_put_text(struct buf *b, struct slice text, size_t most);
