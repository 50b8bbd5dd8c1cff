// SPDX-License-Identifier: Apache-2.0
/*
 * Which texts the record of a binding has.
 */
#include "effect/binding_record.h"

void binding_record_list(struct texts *texts, struct binding_record *record)
{
	texts_add(texts, &record->username);
	texts_add(texts, &record->contact);
	texts_add(texts, &record->call_id);
	texts_add(texts, &record->path);
	texts_add(texts, &record->instance);
	texts_add(texts, &record->agent);
}
