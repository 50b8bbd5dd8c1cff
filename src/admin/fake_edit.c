// SPDX-License-Identifier: Apache-2.0
/*
 * The editing thread's surroundings, made up; see fake_edit.h.
 */
#include "admin/fake_edit.h"

#include "store/objects_db.h"
#include "thread/mailbox.h"
#include "thread/worker.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CAPACITY 1000000

struct fake_edit {
	struct state_dir dir;
	struct seal_key key;
	struct objects_store *store;
	struct edit *edit;
	struct mailbox *wakes;
	struct worker *taker;
	atomic_uint objects, params, held;
	atomic_bool refuses, holds;
};

static void wake(void *context)
{
	struct fake_edit *fake = context;
	char one = 1;

	/* A full one has woken it already, a closed one has no reader. */
	if (mailbox_post(fake->wakes, &one) != 0)
		return;
}

static void take(void *context)
{
	struct fake_edit *fake = context;
	const struct delivery_batch *batch;
	char one;

	while (mailbox_wait(fake->wakes, -1)) {
		while (mailbox_take(fake->wakes, &one))
			;
		if (atomic_load(&fake->holds)) {
			atomic_fetch_add(&fake->held, 1);
			continue;
		}
		batch = delivery_take(edit_delivery(fake->edit));
		if (!batch)
			continue;
		atomic_fetch_add(&fake->objects, batch->count);
		atomic_fetch_add(&fake->params, batch->has_params);
		if (atomic_load(&fake->refuses))
			delivery_refused(
			    edit_delivery(fake->edit), ERR_FULL, SLICE("the core is full"));
		delivery_done(edit_delivery(fake->edit));
	}
}

struct fake_edit *fake_edit_new(const char *dir)
{
	struct fake_edit *fake = calloc(1, sizeof(*fake));
	struct edit_config config = {
	    .wake = wake, .context = fake, .capacity = {CAPACITY, CAPACITY}};
	struct store_error error;
	int rc;

	assert(fake);
	rc = state_dir_open(dir, &fake->dir, &error);
	assert(rc == 0);
	rc = seal_key_load(&fake->dir, false, &fake->key, &error);
	assert(rc == 0);
	rc = objects_db_open(&fake->dir, &fake->key, DB_MAY_BE_NEW, &fake->store, &error);
	assert(rc == 0);
	rc = fake->store->ops->params(fake->store, &config.params, &error);
	assert(rc == 0);
	(void)rc;
	fake->wakes = mailbox_new(1, 8, NULL, NULL);
	config.store = fake->store;
	config.dir = &fake->dir;
	config.key = &fake->key;
	fake->edit = edit_start(&config);
	assert(fake->edit);
	fake->taker = worker_start("taker", take, fake);
	assert(fake->taker);
	return fake;
}

void fake_edit_free(struct fake_edit **fake)
{
	struct fake_edit *f = *fake;
	int rc;

	*fake = NULL;
	edit_close(f->edit);
	rc = edit_stop(f->edit, 10000);
	assert(rc == 0);
	(void)rc;
	mailbox_close(f->wakes);
	worker_join(&f->taker);
	edit_free(&f->edit);
	mailbox_free(&f->wakes);
	objects_store_close(&f->store);
	state_dir_close(&f->dir);
	free(f);
}

struct edit *fake_edit_edit(struct fake_edit *fake)
{
	return fake->edit;
}

unsigned fake_edit_objects(struct fake_edit *fake)
{
	return atomic_load(&fake->objects);
}

unsigned fake_edit_params(struct fake_edit *fake)
{
	return atomic_load(&fake->params);
}

void fake_edit_refuse(struct fake_edit *fake)
{
	atomic_store(&fake->refuses, true);
}

void fake_edit_hold(struct fake_edit *fake, bool hold)
{
	atomic_store(&fake->holds, hold);
	if (!hold)
		wake(fake);
}

unsigned fake_edit_held(struct fake_edit *fake)
{
	return atomic_load(&fake->held);
}
