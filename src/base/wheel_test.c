// SPDX-License-Identifier: Apache-2.0
/*
 * The wheel: at its edges, and through random lives against a model that
 * simply looks at every timer. Spans reach from microseconds to millennia, so
 * every level is used and spread.
 */
#include "base/wheel.h"

#include "base/random.h"
#include "test/kit/unit.h"

#include <string.h>

#define MS(n) ((uint64_t)(n)*US_PER_MS)

static void test_one_timer(void **state)
{
	struct wheel wheel;
	struct wheel_node node = {0};

	(void)state;
	wheel_init(&wheel, MS(5));
	assert_true(wheel_next(&wheel) == TIME_NEVER);
	assert_null(wheel_pop(&wheel, MS(6)));

	/* Between two ticks: not before its time, and at the next tick. */
	wheel_set(&wheel, &node, MS(10) + 1);
	assert_true(wheel_is_set(&node));
	assert_null(wheel_pop(&wheel, MS(10) + 1));
	assert_null(wheel_pop(&wheel, MS(11) - 1));
	assert_ptr_equal(wheel_pop(&wheel, MS(11)), &node);
	assert_false(wheel_is_set(&node));
	assert_null(wheel_pop(&wheel, MS(1000)));

	wheel_set(&wheel, &node, MS(2000));
	assert_null(wheel_pop(&wheel, MS(2000) - 1));
	assert_ptr_equal(wheel_pop(&wheel, MS(2000)), &node);
}

static void test_past_and_now(void **state)
{
	struct wheel wheel;
	struct wheel_node past = {0}, now = {0};

	(void)state;
	wheel_init(&wheel, MS(100));
	wheel_set(&wheel, &now, MS(100));
	wheel_set(&wheel, &past, 0);
	assert_true(wheel_next(&wheel) <= MS(100));
	assert_non_null(wheel_pop(&wheel, MS(100)));
	assert_non_null(wheel_pop(&wheel, MS(100)));
	assert_null(wheel_pop(&wheel, MS(100)));
	assert_true(wheel_next(&wheel) == TIME_NEVER);
}

static void test_set_anew_and_clear(void **state)
{
	struct wheel wheel;
	struct wheel_node a = {0}, b = {0};

	(void)state;
	wheel_init(&wheel, 0);
	wheel_set(&wheel, &a, MS(10));
	wheel_set(&wheel, &b, MS(10));
	wheel_set(&wheel, &a, MS(70));
	assert_ptr_equal(wheel_pop(&wheel, MS(20)), &b);
	assert_null(wheel_pop(&wheel, MS(20)));
	wheel_clear(&wheel, &a);
	wheel_clear(&wheel, &a);
	assert_false(wheel_is_set(&a));
	assert_true(wheel_next(&wheel) == TIME_NEVER);
	wheel_set(&wheel, &a, MS(70));
	wheel_set(&wheel, &a, TIME_NEVER);
	assert_false(wheel_is_set(&a));
	assert_true(wheel_next(&wheel) == TIME_NEVER);
	assert_null(wheel_pop(&wheel, MS(1000000)));
}

/* A timer that another one clears in the same tick must not come any more. */
static void test_clear_while_due(void **state)
{
	struct wheel wheel;
	struct wheel_node nodes[3] = {0};
	struct wheel_node *first, *second, *cleared;

	(void)state;
	wheel_init(&wheel, 0);
	for (int i = 0; i < 3; i++)
		wheel_set(&wheel, &nodes[i], MS(10));
	first = wheel_pop(&wheel, MS(10));
	assert_non_null(first);
	cleared = first == &nodes[1] ? &nodes[0] : &nodes[1];
	wheel_clear(&wheel, cleared);
	second = wheel_pop(&wheel, MS(10));
	assert_non_null(second);
	assert_ptr_not_equal(second, first);
	assert_ptr_not_equal(second, cleared);
	assert_null(wheel_pop(&wheel, MS(10)));
}

static void test_far_future(void **state)
{
	struct wheel wheel;
	struct wheel_node far = {0}, farthest = {0}, near = {0};
	uint64_t year_us = 365 * 86400 * US_PER_S;

	(void)state;
	wheel_init(&wheel, MS(12345));
	wheel_set(&wheel, &farthest, TIME_NEVER - 1);
	wheel_set(&wheel, &far, 8000 * year_us);
	wheel_set(&wheel, &near, MS(12346));
	assert_true(wheel_next(&wheel) == MS(12346));
	assert_ptr_equal(wheel_pop(&wheel, MS(12346)), &near);
	assert_null(wheel_pop(&wheel, 8000 * year_us - 1));
	assert_ptr_equal(wheel_pop(&wheel, 8000 * year_us), &far);
	/* The clock never gets there; a timer must not come early for it. */
	assert_null(wheel_pop(&wheel, TIME_NEVER - 2));
	assert_true(wheel_is_set(&farthest));
	wheel_clear(&wheel, &farthest);
	assert_true(wheel_next(&wheel) == TIME_NEVER);
}

/* In one big step timers still come in the order of their ticks. */
static void test_order(void **state)
{
	struct wheel_node nodes[500] = {0};
	struct wheel wheel;
	struct random random;
	uint64_t last = 0;

	(void)state;
	random_seed(&random, 3);
	wheel_init(&wheel, MS(77));
	for (int i = 0; i < 500; i++)
		wheel_set(&wheel, &nodes[i], MS(100) + random_below(&random, MS(5000000)));
	for (int i = 0; i < 500; i++) {
		struct wheel_node *node = wheel_pop(&wheel, MS(10000000));

		assert_non_null(node);
		assert_true((node->when_us + 999) / 1000 >= last);
		last = (node->when_us + 999) / 1000;
	}
	assert_null(wheel_pop(&wheel, MS(10000000)));
}

#define TIMERS 200

struct model {
	struct wheel wheel;
	struct wheel_node nodes[TIMERS];
	uint64_t when_us[TIMERS]; /* TIME_NEVER: not set */
	struct random random;
	uint64_t now_us;
};

static uint64_t random_span(struct random *random)
{
	return random_below(random, UINT64_C(1) << random_below(random, 50));
}

static uint64_t earliest(const struct model *m)
{
	uint64_t earliest_us = TIME_NEVER;

	for (int i = 0; i < TIMERS; i++) {
		if (m->when_us[i] < earliest_us)
			earliest_us = m->when_us[i];
	}
	return earliest_us;
}

static void change_one(struct model *m)
{
	uint64_t i = random_below(&m->random, TIMERS);

	if (random_below(&m->random, 4) == 0) {
		wheel_clear(&m->wheel, &m->nodes[i]);
		m->when_us[i] = TIME_NEVER;
	} else {
		m->when_us[i] = m->now_us + random_span(&m->random);
		if (random_below(&m->random, 20) == 0)
			m->when_us[i] = random_below(&m->random, m->now_us + 1);
		wheel_set(&m->wheel, &m->nodes[i], m->when_us[i]);
	}
	assert_int_equal(wheel_is_set(&m->nodes[i]), m->when_us[i] != TIME_NEVER);
}

static void pop_all(struct model *m)
{
	struct wheel_node *node;

	while ((node = wheel_pop(&m->wheel, m->now_us))) {
		ptrdiff_t i = node - m->nodes;

		assert_true(m->when_us[i] <= m->now_us);
		assert_true(m->when_us[i] == node->when_us);
		m->when_us[i] = TIME_NEVER;
	}
	/* Only what belongs to the tick under way may still stand. */
	for (int i = 0; i < TIMERS; i++)
		assert_true(m->when_us[i] > m->now_us / 1000 * 1000);
}

/* Goes where wheel_next() says until a timer came: it must not lead past one, nor astray. */
static void follow_next(struct model *m)
{
	uint64_t first_us = earliest(m);
	uint64_t first_tick_us = first_us / 1000 * 1000 + (first_us % 1000 ? 1000 : 0);

	if (first_us == TIME_NEVER) {
		assert_true(wheel_next(&m->wheel) == TIME_NEVER);
		return;
	}
	for (int turns = 0; earliest(m) == first_us; turns++) {
		uint64_t next_us = wheel_next(&m->wheel);

		assert_true(turns <= WHEEL_LEVELS);
		assert_true(next_us <= first_tick_us || next_us <= m->now_us);
		if (next_us > m->now_us)
			m->now_us = next_us;
		pop_all(m);
	}
}

static void run_life(uint64_t seed)
{
	static struct model m;

	memset(&m, 0, sizeof(m));
	random_seed(&m.random, seed);
	m.now_us = random_span(&m.random);
	wheel_init(&m.wheel, m.now_us);
	for (int i = 0; i < TIMERS; i++)
		m.when_us[i] = TIME_NEVER;

	for (int step = 0; step < 3000; step++) {
		for (uint64_t n = random_below(&m.random, 5); n > 0; n--)
			change_one(&m);
		if (random_below(&m.random, 3) == 0) {
			follow_next(&m);
		} else {
			m.now_us += random_span(&m.random) >> random_below(&m.random, 30);
			pop_all(&m);
		}
	}
}

static void test_random_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		run_life(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_timer),
	    cmocka_unit_test(test_past_and_now),
	    cmocka_unit_test(test_set_anew_and_clear),
	    cmocka_unit_test(test_clear_while_due),
	    cmocka_unit_test(test_far_future),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_random_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
