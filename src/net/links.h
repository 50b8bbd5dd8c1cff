// SPDX-License-Identifier: Apache-2.0
/*
 * What happens to the machine's own links, addresses and routes, as the kernel
 * tells it (rtnetlink(7)). News are gathered until it is quiet for a moment:
 * one cable that is plugged in makes a dozen of them, and an address that a
 * DHCP client takes away to put it back at once was never gone.
 *
 * What an address or a route is good for is not asked here: see net/route.h.
 */
#pragma once

#include "base/netaddr.h"

#include <uv.h>

enum links_kind {
	LINKS_NOTHING, /* of no interest, or malformed */
	LINKS_GONE,    /* an address of ours was taken away */
	LINKS_CAME,    /* an address of ours was added or confirmed */
	LINKS_BACK,    /* a link or a route is there */
	LINKS_CHANGED, /* something else is gone */
};

struct links_news {
	enum links_kind kind;
	struct netaddr address; /* GONE and CAME */
};

/*
 * Reads the next message of what a netlink socket gave, and moves `bytes` behind
 * it; false at the end. The bytes need no alignment.
 */
bool links_read(struct slice *bytes, struct links_news *news_r);

struct links_handlers {
	/* Nothing leaves from it any more; family 0: news were lost, it may be any. */
	void (*gone)(void *owner, const struct netaddr *address);
	/* Routes may be others; `is_back` where a way may be there that was not. */
	void (*changed)(void *owner, bool is_back);
	void *owner;
};

struct links;

/* NULL where the system refuses: then only timers and errors notice changes. */
struct links *links_new(uv_loop_t *loop, const struct links_handlers *handlers);

/* Calls no handler any more. Ends in the loop: run it once more before it is closed. */
void links_free(struct links **links);
