// SPDX-License-Identifier: Apache-2.0
/*
 * One asynchronous handle for both: a batch to take, and a reload that has
 * ended. Between two batches the loop serves everything else.
 */
#include "daemon/deliver.h"

#include "base/log.h"

#include <stdatomic.h>
#include <stdlib.h>

/* What systemd waits for, where nobody tells it to wait longer. */
#define STOP_USUAL_S 90

struct deliver {
	uv_async_t woken;
	struct wiring *wiring;
	struct edit *edit; /* NULL until it is connected */

	bool is_reloading, is_wanted_again;
	const char *path;
	void (*done)(void *owner);
	void *owner;
	_Atomic(struct edit_job *) reloaded; /* the job, once it is back */
};

void deliver_params(struct wiring *wiring, enum router_seat asker, const struct params *params)
{
	struct command command = {
	    .kind = COMMAND_PARAMS, .request = request_of_seat(asker), .params = params};

	if (params->stop_deadline_s != PARAM_AUTO && params->stop_deadline_s > STOP_USUAL_S)
		log_line(LOG_LEVEL_WARNING,
		    "RG_STOP_DEADLINE is %u s, but the manager that stops regentd may kill it "
		    "before that: a container after 10 s, a service without Type=notify after %d s",
		    params->stop_deadline_s, STOP_USUAL_S);
	wiring_command(wiring, &command);
}

/* What the shell must know of an object before the core has it. */
static void expect(struct wiring *wiring, enum object_kind kind, const void *object)
{
	const struct registration_config *registration = object;

	switch (kind) {
	case OBJECT_REGISTRATION:
		net_expect(wiring_net(wiring), &registration->settings.local);
		break;
	case OBJECT_ENDPOINT:
	case OBJECT_KINDS:
		break;
	}
}

void deliver_put(
    struct wiring *wiring, enum router_seat asker, enum object_kind kind, const void *object)
{
	struct command command = {
	    .kind = COMMAND_PUT,
	    .object = kind,
	    .request = request_of_seat(asker),
	    .put = object,
	};

	expect(wiring, kind, object);
	wiring_command(wiring, &command);
}

static void deliver_remove(struct wiring *wiring, enum object_kind kind, struct slice name)
{
	struct command command = {
	    .kind = COMMAND_REMOVE,
	    .object = kind,
	    .request = request_of_seat(ROUTER_DELIVER),
	    .name = name,
	};

	wiring_command(wiring, &command);
}

static void take(struct deliver *deliver, const struct delivery_batch *batch)
{
	if (batch->has_params)
		deliver_params(deliver->wiring, ROUTER_DELIVER, &batch->params);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct delivery_object *object = &batch->objects[i];

		if (object->object)
			deliver_put(deliver->wiring, ROUTER_DELIVER, object->kind, object->object);
		else
			deliver_remove(deliver->wiring, object->kind,
			    slice_make(object->name, object->name_n));
	}
}

void deliver_replied(struct deliver *deliver, const struct answer_reply *reply)
{
	/* What it never took up is gone already. */
	if (reply->error && reply->error != ERR_NOT_FOUND)
		delivery_refused(edit_delivery(deliver->edit), reply->error, reply->text);
}

/* Reload. */

static void came_back(void *context, struct edit_job *job)
{
	struct deliver *deliver = context;

	atomic_store(&deliver->reloaded, job);
	uv_async_send(&deliver->woken);
}

static void begin_reload(struct deliver *deliver)
{
	struct edit_job *job = edit_job_new(EDIT_APPLY, 0);
	int rc = ERR_MEMORY;

	deliver->is_wanted_again = false;
	if (job) {
		job->path = deliver->path;
		job->done = came_back;
		job->context = deliver;
		rc = edit_post(deliver->edit, job);
	}
	deliver->is_reloading = rc == 0;
	if (rc == 0)
		return;
	edit_job_free(&job);
	log_line(LOG_LEVEL_ERROR, "reload=refused: %s", error_text(rc));
	deliver->done(deliver->owner);
}

static void end_reload(struct deliver *deliver, struct edit_job *job)
{
	provision_tell(job, check_log);
	if (job->error)
		log_line(LOG_LEVEL_WARNING, "reload=%s",
		    job->is_kept ? "incomplete" : "refused: nothing was changed");
	else
		log_line(LOG_LEVEL_INFO, "reload=done added=%u changed=%u unchanged=%u",
		    job->counts[OBJECTS_ADDED], job->counts[OBJECTS_CHANGED],
		    job->counts[OBJECTS_UNCHANGED]);
	edit_job_free(&job);
	deliver->is_reloading = false;
	deliver->done(deliver->owner);
	if (deliver->is_wanted_again)
		begin_reload(deliver);
}

void deliver_reload(
    struct deliver *deliver, const char *path, void (*done)(void *owner), void *owner)
{
	deliver->path = path;
	deliver->done = done;
	deliver->owner = owner;
	if (deliver->is_reloading)
		deliver->is_wanted_again = true;
	else
		begin_reload(deliver);
}

/* Beginning and end. */

static void woken(uv_async_t *async)
{
	struct deliver *deliver = async->data;
	const struct delivery_batch *batch;
	struct edit_job *job;

	if (!deliver->edit)
		return;
	batch = delivery_take(edit_delivery(deliver->edit));
	if (batch) {
		take(deliver, batch);
		delivery_done(edit_delivery(deliver->edit));
	}
	job = atomic_exchange(&deliver->reloaded, NULL);
	if (job)
		end_reload(deliver, job);
}

void deliver_wake(void *deliver)
{
	uv_async_send(&((struct deliver *)deliver)->woken);
}

struct deliver *deliver_new(uv_loop_t *loop, struct wiring *wiring)
{
	struct deliver *deliver = calloc(1, sizeof(*deliver));

	if (deliver && uv_async_init(loop, &deliver->woken, woken) < 0) {
		free(deliver);
		return NULL;
	}
	if (!deliver)
		return NULL;
	deliver->woken.data = deliver;
	deliver->wiring = wiring;
	return deliver;
}

void deliver_connect(struct deliver *deliver, struct edit *edit)
{
	deliver->edit = edit;
	/* There may be one already. */
	uv_async_send(&deliver->woken);
}

static void closed(uv_handle_t *handle)
{
	struct deliver *deliver = handle->data;
	struct edit_job *job = atomic_load(&deliver->reloaded);

	edit_job_free(&job);
	free(deliver);
}

void deliver_free(struct deliver **deliver)
{
	if (*deliver)
		uv_close((uv_handle_t *)&(*deliver)->woken, closed);
	*deliver = NULL;
}
