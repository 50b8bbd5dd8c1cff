// SPDX-License-Identifier: Apache-2.0
/*
 * A table of the listeners in use. Each user stores the index of its row, since there
 * are many users. A timer tells the shell of changes: they happen in the middle of
 * steps, and two that cancel each other out need not be told.
 */
#include "upstream/listener.h"

#define NOWHERE LISTENERS_MAX

static uint32_t find(const struct upstreams *u, uint32_t number)
{
	for (uint32_t i = 0; i < u->listeners.places; i++)
		if (u->listeners.needs[i].number == number)
			return i;
	return NOWHERE;
}

static void want_telling(struct upstreams *u)
{
	u->listeners.timer.kind = TIMER_LISTENERS;
	wheel_set(u->core->wheel, &u->listeners.timer, u->core->now.mono_us);
}

/* Adds a listener; NOWHERE if the table is full: then the shell is never told of it. */
static uint32_t add(struct upstreams *u, uint32_t number)
{
	uint32_t place = find(u, LISTENER_NONE);

	if (place == NOWHERE && u->listeners.places < LISTENERS_MAX)
		place = u->listeners.places++;
	if (place == NOWHERE)
		return NOWHERE;
	u->listeners.needs[place] = (struct listener_need){.number = number};
	want_telling(u);
	return place;
}

void listener_use(struct upstreams *u, uint16_t *user, uint32_t number)
{
	uint32_t place;

	if (*user > 0 && u->listeners.needs[*user - 1].number == number)
		return;
	listener_leave(u, user);
	if (number == LISTENER_NONE)
		return;
	place = find(u, number);
	if (place == NOWHERE)
		place = add(u, number);
	if (place == NOWHERE)
		return;
	if (u->listeners.needs[place].users++ == 0)
		want_telling(u);
	*user = (uint16_t)(place + 1);
}

void listener_leave(struct upstreams *u, uint16_t *user)
{
	uint32_t place = *user;

	*user = 0;
	if (place > 0 && --u->listeners.needs[place - 1].users == 0)
		want_telling(u);
}

bool listener_is_needed(const struct upstreams *u, uint32_t number)
{
	uint32_t place = find(u, number);

	return place != NOWHERE && u->listeners.needs[place].users > 0;
}

static void tell(struct upstreams *u, struct listener_need *need)
{
	bool is_needed = need->users > 0;
	struct effect *effect;

	if (need->is_told != is_needed) {
		effect = outbox_add(u->core->outbox, EFFECT_LISTENER);
		effect->listener.number = need->number;
		effect->listener.is_needed = is_needed;
	}
	need->is_told = is_needed;
	if (!is_needed)
		need->number = LISTENER_NONE;
}

void listener_timer(struct upstreams *u)
{
	for (uint32_t i = 0; i < u->listeners.places; i++) {
		struct listener_need *need = &u->listeners.needs[i];

		if (need->number == LISTENER_NONE)
			continue;
		if (!outbox_has_room(u->core->outbox)) {
			want_telling(u);
			return;
		}
		tell(u, need);
	}
}
