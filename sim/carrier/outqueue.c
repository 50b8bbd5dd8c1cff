// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of messages, each with bytes of its own.
 */
#include "sim/carrier/outqueue.h"

int outqueue_put(struct outqueue *queue, const struct carrier_send *send)
{
	struct outqueue_item *item;

	if (queue->count == CARRIER_OUT_MAX)
		return ERR_FULL;
	item = &queue->items[(queue->first + queue->count) % CARRIER_OUT_MAX];
	if (owned_set(&item->bytes, send->bytes))
		return ERR_MEMORY;
	item->local = send->local;
	item->to = send->to;
	item->delay_us = send->delay_us;
	queue->count++;
	return 0;
}

bool outqueue_take(struct outqueue *queue, struct carrier_send *send_r)
{
	struct outqueue_item *item = &queue->items[queue->first];

	owned_clear(&queue->taken);
	if (queue->count == 0)
		return false;
	queue->taken = item->bytes;
	item->bytes = (struct owned){0};
	queue->first = (queue->first + 1) % CARRIER_OUT_MAX;
	queue->count--;
	*send_r = (struct carrier_send){
	    item->local, item->to, item->delay_us, owned_slice(&queue->taken)};
	return true;
}

void outqueue_clear(struct outqueue *queue)
{
	struct carrier_send send;

	while (outqueue_take(queue, &send))
		;
}
