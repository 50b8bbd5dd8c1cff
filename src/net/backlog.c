// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting datagrams; see backlog.h. The bytes lie one behind the other and are
 * moved to the front when the end is reached, which happens only while the
 * kernel takes less than is sent.
 */
#include "net/backlog.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>

int backlog_init(struct backlog *backlog)
{
	memset(backlog, 0, sizeof(*backlog));
	backlog->items = calloc(BACKLOG_MAX, sizeof(*backlog->items));
	backlog->bytes = malloc(BACKLOG_BYTES);
	if (backlog->items && backlog->bytes)
		return 0;
	backlog_destroy(backlog);
	return ERR_MEMORY;
}

void backlog_destroy(struct backlog *backlog)
{
	free(backlog->items);
	free(backlog->bytes);
	memset(backlog, 0, sizeof(*backlog));
}

static struct backlog_item *slot(const struct backlog *backlog, uint32_t index)
{
	return &backlog->items[(backlog->head + index) % BACKLOG_MAX];
}

const struct backlog_item *backlog_at(const struct backlog *backlog, uint32_t index)
{
	assert(index < backlog->count);
	return slot(backlog, index);
}

char *backlog_bytes(const struct backlog *backlog, const struct backlog_item *item)
{
	return backlog->bytes + (item->offset - backlog->base);
}

static uint64_t start_of(const struct backlog *backlog)
{
	return backlog->count > 0 ? slot(backlog, 0)->offset : backlog->end;
}

int backlog_put(struct backlog *backlog, const struct netaddr *local, const struct netaddr *peer,
    struct slice bytes)
{
	uint64_t start = start_of(backlog);

	if (backlog->count == BACKLOG_MAX || backlog->end - start + bytes.n > BACKLOG_BYTES)
		return ERR_FULL;
	if (backlog->end - backlog->base + bytes.n > BACKLOG_BYTES) {
		memmove(
		    backlog->bytes, backlog->bytes + (start - backlog->base), backlog->end - start);
		backlog->base = start;
	}
	if (bytes.n > 0)
		memcpy(backlog->bytes + (backlog->end - backlog->base), bytes.p, bytes.n);
	*slot(backlog, backlog->count++) = (struct backlog_item){
	    .local = *local, .peer = *peer, .offset = backlog->end, .n = (uint32_t)bytes.n};
	backlog->end += bytes.n;
	return 0;
}

void backlog_take(struct backlog *backlog, uint32_t n)
{
	assert(n <= backlog->count);
	backlog->head = (backlog->head + n) % BACKLOG_MAX;
	backlog->count -= n;
	if (backlog->count == 0)
		backlog->base = backlog->end;
}
