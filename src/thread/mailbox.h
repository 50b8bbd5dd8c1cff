// SPDX-License-Identifier: Apache-2.0
/*
 * A bounded queue from any number of threads to one: the only way in which
 * threads of the shell speak to each other. Items are small structs, copied in
 * and out; a large message is passed as a pointer, and ownership goes with it.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox;

/*
 * Tells the reader that its mailbox is no longer empty: uv_async_send() of a
 * loop. Called by a poster, with the mailbox locked, so that none is under way
 * once mailbox_close() has returned; it must neither block nor use the mailbox.
 */
typedef void (*mailbox_wake_fn)(void *context);

/*
 * `wake` may be NULL: a plain thread sleeps in mailbox_wait(). `capacity` items
 * of `item_size` bytes are allocated at once. NULL without memory.
 */
struct mailbox *mailbox_new(
    size_t item_size, uint32_t capacity, mailbox_wake_fn wake, void *context);

/* What is still in it is forgotten: take it out first where it owns anything. */
void mailbox_free(struct mailbox **mailbox);

/* From any thread; never waits. ERR_FULL, ERR_STATE once closed: the item stays the caller's. */
MUST_CHECK int mailbox_post(struct mailbox *mailbox, const void *item);

/*
 * The reader's: the oldest item, false where it is empty. A reader that was
 * woken takes until it is empty, because only the first post wakes it again.
 */
bool mailbox_take(struct mailbox *mailbox, void *item_r);

/*
 * The reader's: waits until there is an item, the mailbox is closed or
 * `timeout_ms` have passed (negative: for ever). True where there is an item.
 */
bool mailbox_wait(struct mailbox *mailbox, int64_t timeout_ms);

/* No more posts from here on, no more wakes; what is in it can still be taken. */
void mailbox_close(struct mailbox *mailbox);
bool mailbox_is_closed(struct mailbox *mailbox);
