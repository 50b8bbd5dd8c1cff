// SPDX-License-Identifier: Apache-2.0
/*
 * Datagrams on their way to the kernel: a bounded queue that owns copies of
 * the bytes. Memory is taken once, at the beginning.
 */
#pragma once

#include "base/attr.h"
#include "base/netaddr.h"

#define BACKLOG_MAX   1024
#define BACKLOG_BYTES (512 * 1024)

struct backlog_item {
	struct netaddr local, peer;
	uint64_t offset; /* counts bytes since the beginning; backlog_bytes() gives them */
	uint32_t n;
};

struct backlog {
	struct backlog_item *items; /* a ring of BACKLOG_MAX */
	uint32_t head, count;
	char *bytes;   /* BACKLOG_BYTES ... */
	uint64_t base; /* ... whose first one has this offset; */
	uint64_t end;  /* the next byte comes here */
};

/* ERR_MEMORY. */
MUST_CHECK int backlog_init(struct backlog *backlog);
void backlog_destroy(struct backlog *backlog);

/* Appends a copy. ERR_FULL. */
MUST_CHECK int backlog_put(struct backlog *backlog, const struct netaddr *local,
    const struct netaddr *peer, struct slice bytes);

/* The item `index` places behind the first, below backlog->count. Dies with the next put or take.
 */
const struct backlog_item *backlog_at(const struct backlog *backlog, uint32_t index);
char *backlog_bytes(const struct backlog *backlog, const struct backlog_item *item);

/* Takes out the first `n` items. */
void backlog_take(struct backlog *backlog, uint32_t n);
