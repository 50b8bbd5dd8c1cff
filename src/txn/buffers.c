// SPDX-License-Identifier: Apache-2.0
/*
 * Two pools. A buffer knows its handle, so that its user needs to keep only the text.
 */
#include "txn/buffers.h"

struct buffer {
	pool_handle handle;
	char text[];
};

bool buffers_init(struct buffers *buffers, size_t short_size, uint32_t short_count,
    size_t long_size, uint32_t long_count)
{
	buffers->pools[false] = pool_new(sizeof(struct buffer) + short_size, short_count);
	buffers->pools[true] = pool_new(sizeof(struct buffer) + long_size, long_count);
	return buffers->pools[false] && buffers->pools[true];
}

void buffers_free(struct buffers *buffers)
{
	for (int i = 0; i < 2; i++)
		if (buffers->pools[i])
			pool_free(&buffers->pools[i]);
}

char *buffers_take(struct buffers *buffers, bool is_long)
{
	pool_handle handle;
	struct buffer *buffer = pool_take_dirty(buffers->pools[is_long], &handle);

	if (!buffer)
		return NULL;
	buffer->handle = handle;
	return buffer->text;
}

void buffers_give(struct buffers *buffers, char *text, bool is_long)
{
	struct buffer *buffer;

	if (!text)
		return;
	buffer = (struct buffer *)(text - offsetof(struct buffer, text));
	pool_give(buffers->pools[is_long], buffer->handle);
}
