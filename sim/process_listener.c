// SPDX-License-Identifier: Apache-2.0
/*
 * The sockets of a simulated process: its own one, and those that it opened for a
 * port, which close when the core has not needed them for a while.
 */
#include "sim/process_state.h"

#include "sim/watch.h"

#define LINGER_US (45 * US_PER_S) /* as net/route.h has it */
#define AGAIN     (UINT32_C(1) << 16)

static struct simulated_listener *find(struct process *process, uint16_t port)
{
	for (uint32_t i = 0; i < process->listener_count; i++)
		if (process->listeners[i].port == port)
			return &process->listeners[i];
	return NULL;
}

static bool is_open(const struct process *process, const struct simulated_listener *listener)
{
	return listener->port == process->address.port || listener->is_needed ||
	       process->world->now_us < listener->since_us + LINGER_US;
}

uint32_t process_listen(struct process *process, uint16_t port)
{
	struct simulated_listener *listener = find(process, port);

	if (!listener) {
		assert(process->listener_count < LISTENERS);
		listener = &process->listeners[process->listener_count++];
		*listener = (struct simulated_listener){.port = port, .number = port};
	} else if (!is_open(process, listener)) {
		/* Another socket: what is sent through the one before goes nowhere. */
		listener->number += AGAIN;
		listener->is_needed = false;
	}
	listener->since_us = process->world->now_us;
	return listener->number;
}

void process_need(struct process *process, const struct effect_listener *effect)
{
	struct simulated_listener *listener = find(process, (uint16_t)effect->number);

	if (!listener || listener->number != effect->number || !is_open(process, listener)) {
		watch_violation(process->world, "", "a listener is needed, or not, that is closed");
		return;
	}
	listener->is_needed = effect->is_needed;
	listener->since_us = process->world->now_us;
}

bool process_is_open(struct process *process, uint32_t number)
{
	struct simulated_listener *listener = find(process, (uint16_t)number);

	return listener && listener->number == number && is_open(process, listener);
}

uint32_t process_listener(struct process *process, uint16_t port)
{
	struct simulated_listener *listener = find(process, port);

	if (port == process->address.port)
		return process_listen(process, port);
	return listener && is_open(process, listener) ? listener->number : LISTENER_NONE;
}

bool process_needs(struct process *process, uint16_t port)
{
	struct simulated_listener *listener = find(process, port);

	return listener && is_open(process, listener) && listener->is_needed;
}
