// SPDX-License-Identifier: Apache-2.0
/*
 * A message in a few words: "REGISTER, CSeq 7, Expires 3600", "401
 * Unauthorized, CSeq 7", and of lines that could not be read.
 */
#pragma once

#include "base/buf.h"
#include "sip/message.h"

/* Appends the words, a long reason phrase cut; never fills a buffer of TRACE_SUMMARY_MAX. */
void summary_put(struct buf *b, const struct sip_message *message);

/* Appends the text with what is not printable made "?", cut to `most` bytes. */
void summary_put_text(struct buf *b, struct slice text, size_t most);
