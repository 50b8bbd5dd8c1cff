// SPDX-License-Identifier: Apache-2.0
/*
 * What one thread puts the other takes, all of it and in order, however far the
 * one is ahead; and a taker that stops ends the other's waiting. Run under
 * -fsanitize=thread as well.
 */
#include "edit/relay.h"

#include "base/error.h"
#include "model/registration_config.h"
#include "thread/worker.h"

#include <stdio.h>

#include "test/kit/unit.h"

#define MANY 5000

struct bed {
	struct relay *relay;
	struct worker *reader;
	unsigned count, put;
	size_t password_n;
	int rc;
};

static void read_all(void *context)
{
	struct bed *bed = context;
	static char password[200000];
	char name[32];
	struct registration_config config;

	registration_config_defaults(&config);
	memset(password, 'p', sizeof(password));
	for (bed->put = 0; bed->put < bed->count && bed->rc == 0; bed->put++) {
		snprintf(name, sizeof(name), "r%u", bed->put);
		config.name = slice_of(name);
		config.password = slice_make(password, bed->password_n);
		bed->rc = relay_put(bed->relay, OBJECT_REGISTRATION, &config);
		memset(name, 'x', sizeof(name));
	}
	relay_end(bed->relay);
}

static void begin(struct bed *bed, unsigned count, size_t password_n)
{
	*bed = (struct bed){.count = count, .password_n = password_n, .relay = relay_new()};
	assert_non_null(bed->relay);
	bed->reader = worker_start("reader", read_all, bed);
	assert_non_null(bed->reader);
}

static void end(struct bed *bed)
{
	worker_join(&bed->reader);
	relay_free(&bed->relay);
}

static void take_all(unsigned count, size_t password_n)
{
	const struct relay_item *item;
	struct bed bed;
	unsigned taken = 0;
	char name[32];

	begin(&bed, count, password_n);
	while ((item = relay_take(bed.relay))) {
		const struct registration_config *config = item->object;

		snprintf(name, sizeof(name), "r%u", taken);
		assert_true(slice_equal(config->name, slice_of(name)));
		assert_true(slice_equal(config->contact_user, SLICE("derived")));
		assert_int_equal(config->password.n, password_n);
		assert_int_equal(item->kind, OBJECT_REGISTRATION);
		taken++;
	}
	assert_null(relay_take(bed.relay));
	end(&bed);
	assert_int_equal(taken, count);
	assert_int_equal(bed.rc, 0);
}

static void comes_in_order(void **state)
{
	static const unsigned counts[] = {0, 1, 255, 256, 257, MANY};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		take_all(counts[i], 16);
	/* Where the room for texts is what fills a batch. */
	take_all(300, 20000);
}

static void ends_the_reader(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, MANY, 16);
	for (unsigned i = 0; i < 300; i++)
		assert_non_null(relay_take(bed.relay));
	relay_stop(bed.relay);
	end(&bed);
	assert_int_equal(bed.rc, ERR_STATE);
	assert_true(bed.put < MANY);
}

static void refuses_what_fits_nowhere(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, 1, 150000);
	assert_null(relay_take(bed.relay));
	end(&bed);
	assert_int_equal(bed.rc, ERR_LIMIT);
}

/* In one order with the objects, and with its own text. */
static void carries_parameters(void **state)
{
	struct registration_config config;
	const struct relay_item *item;
	struct relay *relay = relay_new();
	size_t count;
	const struct param_row *rows = params_rows(&count);
	char text[] = "300";

	(void)state;
	registration_config_defaults(&config);
	assert_int_equal(relay_put_parameter(relay, &rows[1], slice_of(text)), 0);
	assert_int_equal(relay_put(relay, OBJECT_REGISTRATION, &config), 0);
	memset(text, 'x', 3);
	relay_end(relay);
	item = relay_take(relay);
	assert_null(item->object);
	assert_ptr_equal(item->row, &rows[1]);
	assert_true(slice_equal(item->text, SLICE("300")));
	assert_non_null(relay_take(relay)->object);
	assert_null(relay_take(relay));
	relay_free(&relay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_in_order),
	    cmocka_unit_test(carries_parameters),
	    cmocka_unit_test(ends_the_reader),
	    cmocka_unit_test(refuses_what_fits_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
