// SPDX-License-Identifier: Apache-2.0
/*
 * Describes a message in a few words: "REGISTER, CSeq 7, Expires 3600", "401
 * Unauthorized, CSeq 7", with a header line that could not be read. Also describes
 * the state of a registration.
 */
#pragma once

#include "answer/view.h"
#include "base/buf.h"
#include "sip/message.h"

/* Appends the words and cuts a long reason phrase: TRACE_SUMMARY_MAX bytes are always enough. */
void summary_put(struct buf *b, const struct sip_message *message);

/*
 * Appends a state in a few words: "registered, granted 3600 s: refresh in 3060.0 s", "waiting, no
 * answer: retry in 61.2 s". TRACE_SUMMARY_MAX bytes are always enough.
 */
void summary_put_state(struct buf *b, const struct registration_view *view, int64_t now_ms);

/* Appends at most `most` bytes of a text; control characters become "?". */
void summary_put_text(struct buf *b, struct slice text, size_t most);
