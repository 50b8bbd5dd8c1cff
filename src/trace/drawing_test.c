// SPDX-License-Identifier: Apache-2.0
/*
 * The ladder as an operator sees it.
 */
#include "trace/drawing.h"

#include "test/kit/unit.h"

static struct drawing drawing;
static char storage[4096];

static const char *draw(struct drawing_line line)
{
	struct buf b = buf_over(storage, sizeof(storage) - 1);

	line.time = SLICE("12:00:01.250");
	if (line.kind.n == 0)
		line.kind = SLICE("message");
	drawing_put(&drawing, &b, &line);
	assert_true(b.n <= DRAWING_LINE_MAX);
	storage[b.n] = '\0';
	return storage;
}

static void draws_a_ladder(void **state)
{
	struct drawing_line line = {.direction = SLICE("out"),
	    .local = SLICE("192.0.2.7:5060"),
	    .peer = SLICE("198.51.100.1:5060"),
	    .summary = SLICE("REGISTER, CSeq 7, Expires 3600")};

	(void)state;
	drawing = (struct drawing){0};
	assert_string_equal(draw(line),
	    "              us 192.0.2.7:5060              198.51.100.1:5060\n"
	    "12:00:01.250  |---- REGISTER ------------------------------->|  CSeq 7, Expires "
	    "3600\n");
	line.retransmission = 1;
	assert_string_equal(draw(line), "12:00:01.250  |---- REGISTER "
	                                "------------------------------->|  CSeq 7, Expires 3600 "
	                                "(again, 2nd)\n");
	line.retransmission = 0;
	line.direction = SLICE("in");
	line.summary = SLICE("200 OK, CSeq 7");
	assert_string_equal(
	    draw(line), "12:00:01.250  |<--------------------------------- 200 OK ----|  CSeq 7\n");
}

static void another_address_has_its_heading(void **state)
{
	struct drawing_line line = {.direction = SLICE("out"),
	    .local = SLICE("192.0.2.7:5060"),
	    .peer = SLICE("198.51.100.2:5060"),
	    .summary = SLICE("REGISTER")};

	(void)state;
	assert_true(strncmp(draw(line), "              us ", 17) == 0);
	assert_true(strncmp(draw(line), "12:00", 5) == 0);
}

static void says_what_is_no_message_in_a_line(void **state)
{
	struct drawing_line line = {
	    .kind = SLICE("state"), .summary = SLICE("registered: refresh in 3060 s \x1b[2J")};

	(void)state;
	assert_string_equal(draw(line), "12:00:01.250  * registered: refresh in 3060 s ?[2J\n");
}

static void counts_as_people_do(void **state)
{
	static const char *const ends[] = {"(again, 2nd)", "(again, 3rd)", "(again, 4th)"};
	struct drawing_line line = {.direction = SLICE("out"), .summary = SLICE("REGISTER")};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		line.retransmission = i + 1;
		assert_non_null(strstr(draw(line), ends[i]));
	}
	line.retransmission = 10;
	assert_non_null(strstr(draw(line), "11th"));
	line.retransmission = 21;
	assert_non_null(strstr(draw(line), "22nd"));
}

static void nothing_is_too_long(void **state)
{
	static char text[2000];
	struct slice all = slice_make(text, sizeof(text));
	struct drawing_line line = {
	    .direction = SLICE("in"), .local = all, .peer = all, .summary = all};

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_non_null(strstr(draw(line), "xxx ----|"));
	line.kind = SLICE("note");
	line.time = all;
	draw(line);
	text[3] = ',';
	line.kind = SLICE("message");
	draw(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(draws_a_ladder),
	    cmocka_unit_test(another_address_has_its_heading),
	    cmocka_unit_test(says_what_is_no_message_in_a_line),
	    cmocka_unit_test(counts_as_people_do),
	    cmocka_unit_test(nothing_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
