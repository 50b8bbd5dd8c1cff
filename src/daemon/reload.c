// SPDX-License-Identifier: Apache-2.0
/*
 * Reading on a thread of libuv's pool, feeding on the loop, some per turn; see
 * reload.h. The database belongs to that thread while it reads.
 */
#include "daemon/reload.h"

#include "base/log.h"

#include <stdlib.h>

#define REQUEST_APPLY 2
#define FEED_TURN     256 /* registrations given to the core before others get their turn */

struct reload {
	uv_work_t work;
	uv_idle_t feed;
	uv_loop_t *loop;
	struct objects_db *db;
	const char *path;
	struct wiring *wiring;
	bool is_reading, is_feeding, is_wanted_again, is_closing;
	struct provision provision;
	enum exit_code code;
	uint32_t next;
	void (*done)(void *owner);
	void *owner;
};

void reload_put_params(struct wiring *wiring, const struct provision *provision)
{
	struct command command = {
	    .kind = COMMAND_PARAMS, .request = REQUEST_APPLY, .params = &provision->params};

	wiring_command(wiring, &command);
}

void reload_put(struct wiring *wiring, const struct registration_config *config)
{
	struct command command = {.kind = COMMAND_PUT, .request = REQUEST_APPLY, .put = config};

	net_expect(wiring_net(wiring), &config->local);
	wiring_command(wiring, &command);
}

static void release(uv_handle_t *handle)
{
	free(handle->data);
}

static void begin(struct reload *reload);

static void end(struct reload *reload)
{
	if (reload->code == EXIT_CODE_OK)
		log_line(LOG_LEVEL_INFO, "reload=done registrations=%u", reload->provision.count);
	else
		log_line(LOG_LEVEL_WARNING, "reload=refused: nothing was changed");
	provision_free(&reload->provision);
	reload->is_feeding = false;
	uv_idle_stop(&reload->feed);
	reload->done(reload->owner);
	if (reload->is_wanted_again)
		begin(reload);
}

static void feed(uv_idle_t *idle)
{
	struct reload *reload = idle->data;

	for (int i = 0; i < FEED_TURN && reload->next < reload->provision.count; i++)
		reload_put(reload->wiring, reload->provision.configs[reload->next++]);
	if (reload->next == reload->provision.count)
		end(reload);
}

static void read_all(uv_work_t *work)
{
	struct reload *reload = work->data;

	reload->code = EXIT_CODE_OK;
	if (reload->path)
		reload->code = provision_apply(reload->db, reload->path, check_log);
	if (reload->code == EXIT_CODE_OK)
		reload->code = provision_read(reload->db, check_log, &reload->provision);
}

static void was_read(uv_work_t *work, int status)
{
	struct reload *reload = work->data;

	(void)status;
	reload->is_reading = false;
	if (reload->is_closing) {
		provision_free(&reload->provision);
		uv_close((uv_handle_t *)&reload->feed, release);
		return;
	}
	if (reload->code != EXIT_CODE_OK) {
		end(reload);
		return;
	}
	reload->is_feeding = true;
	reload->next = 0;
	reload_put_params(reload->wiring, &reload->provision);
	uv_idle_start(&reload->feed, feed);
}

static void begin(struct reload *reload)
{
	int rc = uv_queue_work(reload->loop, &reload->work, read_all, was_read);

	reload->is_wanted_again = false;
	reload->is_reading = rc == 0;
	if (rc == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "reload: nothing can be read now: %s", uv_strerror(rc));
	reload->code = EXIT_CODE_INTERNAL;
	end(reload);
}

void reload_begin(struct reload *reload, void (*done)(void *owner), void *owner)
{
	reload->done = done;
	reload->owner = owner;
	if (reload->is_reading || reload->is_feeding)
		reload->is_wanted_again = true;
	else
		begin(reload);
}

struct reload *reload_new(
    uv_loop_t *loop, struct objects_db *db, const char *path, struct wiring *wiring)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (!reload)
		return NULL;
	uv_idle_init(loop, &reload->feed);
	reload->feed.data = reload->work.data = reload;
	reload->loop = loop;
	reload->db = db;
	reload->path = path;
	reload->wiring = wiring;
	return reload;
}

void reload_free(struct reload **reload)
{
	struct reload *r = *reload;

	if (!r)
		return;
	*reload = NULL;
	r->is_closing = true;
	/* The reading thread still uses the provision: was_read() frees it then. */
	if (r->is_reading)
		return;
	provision_free(&r->provision);
	uv_close((uv_handle_t *)&r->feed, release);
}
