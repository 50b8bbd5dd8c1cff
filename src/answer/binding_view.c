// SPDX-License-Identifier: Apache-2.0
/*
 * Which texts the records have.
 */
#include "answer/binding_view.h"

void endpoint_view_list(struct texts *texts, struct endpoint_view *view)
{
	texts_add(texts, &view->username);
}

void binding_view_list(struct texts *texts, struct binding_view *view)
{
	texts_add(texts, &view->aor);
	texts_add(texts, &view->contact);
	texts_add(texts, &view->call_id);
	texts_add(texts, &view->path);
	texts_add(texts, &view->received);
	texts_add(texts, &view->flow);
	texts_add(texts, &view->user_agent);
	texts_add(texts, &view->instance);
}
