// SPDX-License-Identifier: Apache-2.0
/*
 * A ring under a mutex: posts are rare compared with datagrams (commands,
 * answers, outcomes), so a lock that is held for one copy costs less than what
 * a lock-free queue would cost to understand.
 */
#include "thread/mailbox.h"

#include "thread/deadline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	mailbox_wake_fn wake;
	void *context;
	size_t item_size;
	uint32_t capacity;
	uint32_t first; /* index of the oldest item */
	uint32_t count;
	bool closed;
	char items[];
};

struct mailbox *mailbox_new(
    size_t item_size, uint32_t capacity, mailbox_wake_fn wake, void *context)
{
	struct mailbox *mailbox;

	assert(item_size > 0 && capacity > 0 && item_size < SIZE_MAX / 2 / capacity);
	mailbox = malloc(sizeof(*mailbox) + item_size * capacity);
	if (!mailbox)
		return NULL;
	*mailbox = (struct mailbox){
	    .wake = wake,
	    .context = context,
	    .item_size = item_size,
	    .capacity = capacity,
	};
	pthread_mutex_init(&mailbox->lock, NULL);
	deadline_init_condition(&mailbox->filled);
	return mailbox;
}

void mailbox_free(struct mailbox **mailbox)
{
	struct mailbox *gone = *mailbox;

	*mailbox = NULL;
	if (!gone)
		return;
	pthread_cond_destroy(&gone->filled);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}

static char *item_at(struct mailbox *mailbox, uint32_t index)
{
	return mailbox->items + index % mailbox->capacity * mailbox->item_size;
}

int mailbox_post(struct mailbox *mailbox, const void *item)
{
	int rc = 0;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->closed) {
		rc = ERR_STATE;
	} else if (mailbox->count == mailbox->capacity) {
		rc = ERR_FULL;
	} else {
		memcpy(item_at(mailbox, mailbox->first + mailbox->count), item, mailbox->item_size);
		if (mailbox->count++ == 0) {
			pthread_cond_signal(&mailbox->filled);
			if (mailbox->wake)
				mailbox->wake(mailbox->context);
		}
	}
	pthread_mutex_unlock(&mailbox->lock);
	return rc;
}

bool mailbox_take(struct mailbox *mailbox, void *item_r)
{
	bool taken;

	pthread_mutex_lock(&mailbox->lock);
	taken = mailbox->count > 0;
	if (taken) {
		memcpy(item_r, item_at(mailbox, mailbox->first), mailbox->item_size);
		mailbox->first = (mailbox->first + 1) % mailbox->capacity;
		mailbox->count--;
	}
	pthread_mutex_unlock(&mailbox->lock);
	return taken;
}

bool mailbox_wait(struct mailbox *mailbox, int64_t timeout_ms)
{
	int64_t deadline_ms = deadline_after_ms(timeout_ms);
	bool filled, in_time = true;

	pthread_mutex_lock(&mailbox->lock);
	while (mailbox->count == 0 && !mailbox->closed && in_time) {
		if (timeout_ms < 0)
			pthread_cond_wait(&mailbox->filled, &mailbox->lock);
		else
			in_time = deadline_wait(&mailbox->filled, &mailbox->lock, deadline_ms);
	}
	filled = mailbox->count > 0;
	pthread_mutex_unlock(&mailbox->lock);
	return filled;
}

void mailbox_close(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->closed = true;
	pthread_cond_broadcast(&mailbox->filled);
	pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox_is_closed(struct mailbox *mailbox)
{
	bool closed;

	pthread_mutex_lock(&mailbox->lock);
	closed = mailbox->closed;
	pthread_mutex_unlock(&mailbox->lock);
	return closed;
}
