// SPDX-License-Identifier: Apache-2.0
/*
 * The loop's end of an edit: takes what was committed, a batch a turn, and puts
 * it to the core; and what the loop itself asks for, the file of --apply at
 * SIGHUP.
 */
#pragma once

#include "daemon/provision.h"
#include "daemon/router.h"
#include "daemon/wiring.h"
#include "edit/edit.h"

struct deliver;

/* NULL without memory. */
struct deliver *deliver_new(uv_loop_t *loop, struct wiring *wiring);

/* Ends in the loop. No thread may wake it any more. */
void deliver_free(struct deliver **deliver);

/* There may be something to take; from any thread (`deliver` is the context of edit_start()). */
void deliver_wake(void *deliver);

/* From here on it takes what there is. */
void deliver_connect(struct deliver *deliver, struct edit *edit);

/* The core's ANSWER_REPLY to ROUTER_DELIVER: to an object of the batch that it puts just now. */
void deliver_replied(struct deliver *deliver, const struct answer_reply *reply);

/*
 * Applies a file; one that is asked for while another is under way follows it. What
 * is wrong is logged, and `done` is called on the loop at the end.
 */
void deliver_reload(
    struct deliver *deliver, const char *path, void (*done)(void *owner), void *owner);

/* The parameters, then an object each: how a provision enters the core. */
void deliver_params(struct wiring *wiring, enum router_seat asker, const struct params *params);
void deliver_put(
    struct wiring *wiring, enum router_seat asker, enum object_kind kind, const void *object);
