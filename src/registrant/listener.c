// SPDX-License-Identifier: Apache-2.0
/*
 * A table of the listeners in use; a holding has the place of its own there, since
 * there are many holdings. Changes are told from a timer: they come about in the
 * middle of steps, and those that cancel each other out are none.
 */
#include "registrant/listener.h"

#include "registrant/holding.h"

#define NOWHERE LISTENERS_MAX

static uint32_t find(const struct registrant *r, uint32_t number)
{
	for (uint32_t i = 0; i < r->listeners.places; i++)
		if (r->listeners.needs[i].number == number)
			return i;
	return NOWHERE;
}

static void want_telling(struct registrant *r)
{
	r->listeners.timer.kind = TIMER_LISTENERS;
	wheel_set(r->wheel, &r->listeners.timer, r->now.mono_us);
}

/* NOWHERE past what a shell has open; such a one is never told of. */
static uint32_t add(struct registrant *r, uint32_t number)
{
	uint32_t place = find(r, LISTENER_NONE);

	if (place == NOWHERE && r->listeners.places < LISTENERS_MAX)
		place = r->listeners.places++;
	if (place == NOWHERE)
		return NOWHERE;
	r->listeners.needs[place] = (struct listener_need){.number = number};
	want_telling(r);
	return place;
}

void listener_use(struct registrant *r, struct holding *holding, uint32_t number)
{
	uint32_t place;

	if (holding->listener_place > 0 &&
	    r->listeners.needs[holding->listener_place - 1].number == number)
		return;
	listener_leave(r, holding);
	if (number == LISTENER_NONE)
		return;
	place = find(r, number);
	if (place == NOWHERE)
		place = add(r, number);
	if (place == NOWHERE)
		return;
	if (r->listeners.needs[place].holdings++ == 0)
		want_telling(r);
	holding->listener_place = (uint16_t)(place + 1);
}

void listener_leave(struct registrant *r, struct holding *holding)
{
	uint32_t place = holding->listener_place;

	holding->listener_place = 0;
	if (place > 0 && --r->listeners.needs[place - 1].holdings == 0)
		want_telling(r);
}

bool listener_is_needed(const struct registrant *r, uint32_t number)
{
	uint32_t place = find(r, number);

	return place != NOWHERE && r->listeners.needs[place].holdings > 0;
}

static void tell(struct registrant *r, struct listener_need *need)
{
	bool is_needed = need->holdings > 0;
	struct effect *effect;

	if (need->is_told != is_needed) {
		effect = outbox_add(r->outbox, EFFECT_LISTENER);
		effect->listener.number = need->number;
		effect->listener.is_needed = is_needed;
	}
	need->is_told = is_needed;
	if (!is_needed)
		need->number = LISTENER_NONE;
}

void listener_timer(struct registrant *r)
{
	for (uint32_t i = 0; i < r->listeners.places; i++) {
		struct listener_need *need = &r->listeners.needs[i];

		if (need->number == LISTENER_NONE)
			continue;
		if (!outbox_has_room(r->outbox)) {
			want_telling(r);
			return;
		}
		tell(r, need);
	}
}
