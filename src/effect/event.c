// SPDX-License-Identifier: Apache-2.0
/*
 * Which texts an event has: a queue copies them.
 */
#include "effect/event.h"

void event_list(struct texts *texts, struct event *event)
{
	switch (event->kind) {
	case EVENT_FLOW_UP:
	case EVENT_FLOW_DOWN:
		texts_add(texts, &event->flow.why);
		break;
	case EVENT_RESOLVED:
		texts_add(texts, &event->resolved.why);
		break;
	case EVENT_LEDGER_FAILED:
	case EVENT_BINDINGS_FAILED:
	case EVENT_BINDINGS_LOST:
		texts_add(texts, &event->why);
		break;
	case EVENT_BINDING_KEPT:
		binding_record_list(texts, &event->kept.record);
		break;
	case EVENT_BINDINGS_LOADED:
	case EVENT_BINDINGS_DURABLE:
	case EVENT_LEDGER_DURABLE:
	case EVENT_CLOCK_STEPPED:
	case EVENT_NETWORK_CHANGED:
		break;
	}
}
