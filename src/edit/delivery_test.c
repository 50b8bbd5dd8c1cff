// SPDX-License-Identifier: Apache-2.0
/*
 * The hand-over between the editing thread and the loop: what is put comes in
 * order, a refusal reaches who edits, and after the end nothing is taken that the
 * editing thread may be releasing. Run under -fsanitize=thread as well.
 */
#include "edit/delivery.h"

#include "model/registration_config.h"

#include "thread/mailbox.h"
#include "thread/worker.h"

#include <stdio.h>

#include "test/kit/unit.h"

#define PUTS   (DELIVERY_MAX + 10)
#define ROUNDS 200

struct bed {
	struct mailbox *wakes; /* what the loop would sleep on */
	struct delivery *delivery;
	struct worker *editor;
	uint32_t puts;
	int rc; /* of the flush */
	char text[128];
};

static void wake(void *context)
{
	struct bed *bed = context;

	/* Nobody takes it any more where the mailbox is closed. */
	if (mailbox_post(bed->wakes, &(char){1}) != 0)
		return;
}

static void edit(void *context)
{
	struct bed *bed = context;
	struct registration_config config;
	char name[32];
	struct buf why = buf_over(bed->text, sizeof(bed->text));
	int rc = 0;

	registration_config_defaults(&config);
	for (uint32_t i = 0; i < bed->puts && rc == 0; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		config.name = slice_of(name);
		rc = delivery_put(bed->delivery, OBJECT_REGISTRATION, &config);
	}
	bed->rc = delivery_flush(bed->delivery, &why);
	buf_text(&why);
}

static void begin(struct bed *bed, uint32_t puts)
{
	*bed = (struct bed){.puts = puts};
	bed->wakes = mailbox_new(1, 4, NULL, NULL);
	bed->delivery = delivery_new(wake, bed);
	assert_non_null(bed->wakes);
	assert_non_null(bed->delivery);
	bed->editor = worker_start("editor", edit, bed);
	assert_non_null(bed->editor);
}

static void wait_for_wake(struct bed *bed)
{
	char one;

	assert_true(mailbox_wait(bed->wakes, -1));
	assert_true(mailbox_take(bed->wakes, &one));
}

static void end(struct bed *bed)
{
	worker_join(&bed->editor);
	delivery_free(&bed->delivery);
	mailbox_free(&bed->wakes);
}

static void test_order_and_batches(void **state)
{
	const struct delivery_batch *batch;
	uint32_t taken = 0;
	char name[32];
	struct bed bed;

	(void)state;
	begin(&bed, PUTS);
	while (taken < PUTS) {
		wait_for_wake(&bed);
		batch = delivery_take(bed.delivery);
		assert_non_null(batch);
		assert_in_range(batch->count, 1, DELIVERY_MAX);
		for (uint32_t i = 0; i < batch->count; i++) {
			snprintf(name, sizeof(name), "r%u", taken++);
			assert_true(slice_equal(
			    object_name(batch->objects[i].kind, batch->objects[i].object),
			    slice_of(name)));
		}
		delivery_done(bed.delivery);
	}
	worker_join(&bed.editor);
	assert_int_equal(bed.rc, 0);
	assert_null(delivery_take(bed.delivery));
	end(&bed);
}

static void test_refusal(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, 1);
	wait_for_wake(&bed);
	assert_non_null(delivery_take(bed.delivery));
	delivery_refused(bed.delivery, ERR_FULL, SLICE("the core is full"));
	delivery_refused(bed.delivery, ERR_LIMIT, SLICE("and this too"));
	delivery_done(bed.delivery);
	worker_join(&bed.editor);
	assert_int_equal(bed.rc, ERR_FULL);
	assert_string_equal(bed.text, "the core is full");
	end(&bed);
}

/* The loop is woken for a batch, and before it comes to that it closes. */
static void test_closed_before_taken(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct bed bed;

		begin(&bed, 1);
		wait_for_wake(&bed);
		delivery_close(bed.delivery);
		assert_null(delivery_take(bed.delivery));
		worker_join(&bed.editor);
		assert_int_equal(bed.rc, ERR_STATE);
		assert_string_equal(bed.text, "regentd is stopping");
		end(&bed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_and_batches),
	    cmocka_unit_test(test_refusal),
	    cmocka_unit_test(test_closed_before_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
