// SPDX-License-Identifier: Apache-2.0
/*
 * The queue is the journal's: records reach the kernel in their order, and so the responses leave.
 */
#include "registrar/held.h"

#include <stdlib.h>

struct held {
	struct journal_entry entry;
	pool_handle handle;
	uint64_t until_us; /* it waits no longer */
	struct flow way;
	char *bytes;
	size_t size;
};

static struct held *held_of(struct journal_entry *entry)
{
	return entry ? (struct held *)((char *)entry - offsetof(struct held, entry)) : NULL;
}

static struct journal *journal_of(const struct registrar *registrar)
{
	return registrar->core->binding_journal;
}

struct pool *held_pool_new(void)
{
	return pool_new(sizeof(struct held), HELD_MAX);
}

static void drop(struct registrar *registrar, struct held *held)
{
	journal_leave(journal_of(registrar), &held->entry);
	free(held->bytes);
	pool_give(registrar->held, held->handle);
}

void held_free(struct registrar *registrar)
{
	struct held *held;

	if (!registrar->held)
		return;
	while ((held = held_of(journal_of(registrar)->first)))
		drop(registrar, held);
	wheel_clear(registrar->core->wheel, &journal_of(registrar)->timer);
	pool_free(&registrar->held);
}

bool held_is_needed(const struct registrar *registrar, const struct endpoint *endpoint)
{
	const struct journal *journal = journal_of(registrar);

	return !journal->is_failing && !journal_is_durable(journal, endpoint->ticket);
}

bool held_has_room(const struct registrar *registrar)
{
	return journal_of(registrar)->is_failing || pool_count(registrar->held) < HELD_MAX;
}

void held_add(struct registrar *registrar, const struct endpoint *endpoint, const struct flow *way,
    struct slice response)
{
	struct journal *journal = journal_of(registrar);
	pool_handle handle;
	struct held *held = pool_take(registrar->held, &handle);

	if (!held)
		return;
	held->handle = handle;
	held->bytes = malloc(response.n);
	if (!held->bytes) {
		pool_give(registrar->held, handle);
		return;
	}
	memcpy(held->bytes, response.p, response.n);
	held->size = response.n;
	held->way = *way;
	held->until_us = registrar->core->now.mono_us + HELD_LONGEST_S * US_PER_S;
	held->entry.ticket = endpoint->ticket;
	journal_wait(journal, &held->entry);
	if (!wheel_is_set(&journal->timer))
		wheel_set(registrar->core->wheel, &journal->timer, held->until_us);
}

static void tell(
    struct registrar *registrar, enum log_level level, struct slice event, struct slice why)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	buf_put(&b, event);
	if (why.n > 0 && why.n < 160) {
		buf_puts(&b, " reason=\"");
		buf_put(&b, why);
		buf_putc(&b, '"');
	}
	outbox_log(registrar->core->outbox, level, buf_slice(&b));
}

/* It is told once, however often the disk is tried. */
static void begin_failing(struct registrar *registrar, struct slice why)
{
	if (journal_of(registrar)->is_failing)
		return;
	journal_failed(journal_of(registrar));
	tell(registrar, LOG_LEVEL_ERROR,
	    SLICE("event=bindings-failed text=\"phones are served, but after a kill those that "
	          "register now are not found before they register again\""),
	    why);
}

static struct held *next_due(const struct registrar *registrar)
{
	struct journal *journal = journal_of(registrar);

	return held_of(journal->is_failing ? journal->first : journal_due(journal));
}

void held_timer(struct registrar *registrar)
{
	struct journal *journal = journal_of(registrar);
	uint64_t now_us = registrar->core->now.mono_us;
	struct held *held = held_of(journal->first);

	if (held && !journal_due(journal) && held->until_us <= now_us)
		begin_failing(registrar, SLICE("the disk does not answer"));
	while (outbox_has_room(registrar->core->outbox) && (held = next_due(registrar))) {
		outbox_send(
		    registrar->core->outbox, &held->way, slice_make(held->bytes, held->size));
		drop(registrar, held);
	}
	held = held_of(journal->first);
	if (held)
		wheel_set(registrar->core->wheel, &journal->timer,
		    next_due(registrar) ? now_us : held->until_us);
}

static void wake(struct registrar *registrar)
{
	if (next_due(registrar))
		wheel_set(registrar->core->wheel, &journal_of(registrar)->timer,
		    registrar->core->now.mono_us);
}

void held_reached(struct registrar *registrar, uint64_t ticket)
{
	if (journal_of(registrar)->is_failing)
		tell(registrar, LOG_LEVEL_INFO, SLICE("event=bindings-written-again"),
		    (struct slice){NULL, 0});
	journal_reached(journal_of(registrar), ticket);
	wake(registrar);
}

void held_failed(struct registrar *registrar, struct slice why)
{
	begin_failing(registrar, why);
	wake(registrar);
}
