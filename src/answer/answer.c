// SPDX-License-Identifier: Apache-2.0
/*
 * An answer is too large for a record of the outbox, which are many: it lies
 * among the texts, and the record points to it.
 */
#include "answer/answer.h"

#include <stdalign.h>
#include <stddef.h>

struct answer *answer_add(struct outbox *outbox, enum answer_kind kind, uint64_t request)
{
	struct answer *answer = outbox_room(outbox, sizeof(*answer));

	answer->kind = kind;
	answer->request = request;
	outbox_add(outbox, EFFECT_ANSWER)->answer = answer;
	return answer;
}

bool answer_can_spare(const struct outbox *outbox, size_t bytes)
{
	return outbox_can_spare(outbox, sizeof(struct answer) + alignof(max_align_t) + bytes);
}
