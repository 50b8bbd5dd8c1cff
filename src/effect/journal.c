// SPDX-License-Identifier: Apache-2.0
/*
 * Tickets and a queue. Records become durable in the order in which they were
 * written, so the queue is emptied from the front.
 */
#include "effect/journal.h"

#include "base/texts.h"

void journal_init(struct journal *journal, struct outbox *outbox)
{
	*journal = (struct journal){.outbox = outbox};
}

static void keep_identity(struct outbox *outbox, struct ledger_identity *identity)
{
	struct slice *texts[] = {&identity->name, &identity->username, &identity->auth_username,
	    &identity->password, &identity->host, &identity->proxy, &identity->contact,
	    &identity->display_name, &identity->user_agent};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = outbox_keep(outbox, *texts[i]);
}

static void keep_texts(struct outbox *outbox, struct ledger_record *record)
{
	switch (record->op) {
	case LEDGER_IDENTITY:
		keep_identity(outbox, &record->identity);
		break;
	case LEDGER_BINDING:
		record->binding.echoed = outbox_keep(outbox, record->binding.echoed);
		break;
	case LEDGER_EPOCH:
		record->epoch.name = outbox_keep(outbox, record->epoch.name);
		break;
	case LEDGER_GONE:
	case LEDGER_ALIVE:
	case LEDGER_CSEQ_FLOOR:
	case LEDGER_PACE:
	case LEDGER_STOP:
		break;
	}
}

uint64_t journal_write(struct journal *journal, const struct ledger_record *record)
{
	struct effect *effect = outbox_add(journal->outbox, EFFECT_LEDGER);

	effect->ledger.ticket = ++journal->ticket;
	effect->ledger.record = *record;
	keep_texts(journal->outbox, &effect->ledger.record);
	return effect->ledger.ticket;
}

uint64_t journal_write_binding(struct journal *journal, const struct binding_record *record)
{
	struct effect *effect = outbox_add(journal->outbox, EFFECT_BINDING);
	struct texts texts = {0};

	effect->binding.ticket = ++journal->ticket;
	effect->binding.record = *record;
	binding_record_list(&texts, &effect->binding.record);
	for (unsigned i = 0; i < texts.count; i++)
		*texts.items[i] = outbox_keep(journal->outbox, *texts.items[i]);
	return effect->binding.ticket;
}

void journal_reached(struct journal *journal, uint64_t ticket)
{
	journal->is_failing = false;
	if (ticket > journal->durable)
		journal->durable = ticket;
}

void journal_failed(struct journal *journal)
{
	journal->is_failing = true;
}

void journal_wait(struct journal *journal, struct journal_entry *entry)
{
	journal_leave(journal, entry);
	if (!journal->first)
		journal->last = &journal->first;
	entry->link = journal->last;
	*journal->last = entry;
	journal->last = &entry->next;
}

void journal_leave(struct journal *journal, struct journal_entry *entry)
{
	if (!entry->link)
		return;
	*entry->link = entry->next;
	if (entry->next)
		entry->next->link = entry->link;
	else
		journal->last = entry->link;
	entry->next = NULL;
	entry->link = NULL;
}

struct journal_entry *journal_due(const struct journal *journal)
{
	struct journal_entry *first = journal->first;

	return first && journal_is_durable(journal, first->ticket) ? first : NULL;
}
