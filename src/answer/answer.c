// SPDX-License-Identifier: Apache-2.0
/*
 * An answer is too large to be part of an outbox record, of which there are many. So
 * it lies among the texts, and the record points to it.
 */
#include "answer/answer.h"

#include "base/texts.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

struct answer *answer_add(struct outbox *outbox, enum answer_kind kind, uint64_t request)
{
	struct answer *answer = outbox_room(outbox, sizeof(*answer));

	answer->kind = kind;
	answer->request = request;
	outbox_add(outbox, EFFECT_ANSWER)->answer = answer;
	return answer;
}

struct answer_reply *answer_reply(
    struct outbox *outbox, uint64_t request, int error, struct slice text)
{
	struct answer_reply *reply = &answer_add(outbox, ANSWER_REPLY, request)->reply;

	reply->error = error;
	reply->text = outbox_keep(outbox, text);
	return reply;
}

bool answer_can_spare(const struct outbox *outbox, size_t bytes)
{
	return outbox_can_spare(outbox, sizeof(struct answer) + alignof(max_align_t) + bytes);
}

bool answer_is_report(enum answer_kind kind)
{
	switch (kind) {
	case ANSWER_STOP_BEGIN:
	case ANSWER_STOP_ROW:
	case ANSWER_STOP_END:
	case ANSWER_TRACE:
		return true;
	case ANSWER_VIEW:
	case ANSWER_DEBT:
	case ANSWER_LISTED:
	case ANSWER_VIEW_END:
	case ANSWER_STATUS:
	case ANSWER_REPLY:
	case ANSWER_TRACE_BEGIN:
	case ANSWER_ENDPOINT:
	case ANSWER_BINDING:
	case ANSWER_SUSPENSION:
		return false;
	}
	return false;
}

static void list_trace(struct texts *texts, struct answer_trace *trace)
{
	texts_add(texts, &trace->name);
	texts_add(texts, &trace->summary);
	texts_add(texts, &trace->text);
}

static void list(struct texts *texts, void *record)
{
	struct answer *answer = record;

	switch (answer->kind) {
	case ANSWER_VIEW:
		registration_view_list(texts, &answer->view.view);
		break;
	case ANSWER_DEBT:
		registration_view_list(texts, &answer->debt.view);
		texts_add(texts, &answer->debt.aor);
		break;
	case ANSWER_LISTED:
		texts_add(texts, &answer->listed.contact);
		break;
	case ANSWER_VIEW_END:
		texts_add(texts, &answer->view_end.next_name);
		break;
	case ANSWER_REPLY:
		texts_add(texts, &answer->reply.text);
		break;
	case ANSWER_STOP_ROW:
		stop_row_list(texts, &answer->stop_row);
		break;
	case ANSWER_TRACE:
		list_trace(texts, &answer->trace);
		break;
	case ANSWER_ENDPOINT:
		endpoint_view_list(texts, &answer->endpoint.view);
		break;
	case ANSWER_BINDING:
		binding_view_list(texts, &answer->binding);
		break;
	case ANSWER_SUSPENSION:
		texts_add(texts, &answer->suspension.name);
		break;
	case ANSWER_STATUS:
	case ANSWER_STOP_BEGIN:
	case ANSWER_STOP_END:
	case ANSWER_TRACE_BEGIN:
		break;
	}
}

static struct registration_config *copy_without_password(const struct registration_config *config)
{
	struct registration_config open = *config;

	open.password = (struct slice){NULL, 0};
	return registration_config_copy(&open);
}

/* False without memory. */
static bool copy_config(struct answer *copy, const struct answer *answer)
{
	if (copy->kind == ANSWER_VIEW && answer->view.config) {
		copy->view.config = copy_without_password(answer->view.config);
		return copy->view.config;
	}
	if (copy->kind == ANSWER_ENDPOINT && answer->endpoint.config) {
		copy->endpoint.config = object_copy(OBJECT_ENDPOINT, answer->endpoint.config);
		return copy->endpoint.config;
	}
	return true;
}

struct answer *answer_copy(const struct answer *answer)
{
	struct answer *copy = texts_copy(answer, sizeof(*answer), list);

	if (!copy || copy_config(copy, answer))
		return copy;
	free(copy);
	return NULL;
}

void answer_free(struct answer **answer)
{
	if (*answer && (*answer)->kind == ANSWER_VIEW)
		object_free(OBJECT_REGISTRATION, (void *)(*answer)->view.config);
	if (*answer && (*answer)->kind == ANSWER_ENDPOINT)
		object_free(OBJECT_ENDPOINT, (void *)(*answer)->endpoint.config);
	free(*answer);
	*answer = NULL;
}
