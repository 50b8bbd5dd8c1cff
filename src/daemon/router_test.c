// SPDX-License-Identifier: Apache-2.0
/*
 * An answer finds its asker, a report all who listen, and neither anybody else.
 */
#include "daemon/router.h"

#include "test/kit/unit.h"

struct ear {
	unsigned heard;
	uint64_t request;
};

static void take(void *owner, const struct answer *answer)
{
	struct ear *ear = owner;

	ear->heard++;
	ear->request = answer->request;
}

static void an_answer_goes_to_its_asker_alone(void **state)
{
	struct router router = {0};
	struct ear look = {0}, admin = {0}, listener = {0};
	struct answer answer = {
	    .kind = ANSWER_STATUS, .request = request_of_seat(ROUTER_ADMIN) | 0x1234};

	(void)state;
	router_seat(&router, ROUTER_LOOK, take, &look);
	router_seat(&router, ROUTER_ADMIN, take, &admin);
	router_listen(&router, take, &listener);
	router_give(&router, &answer);
	assert_int_equal(admin.heard, 1);
	assert_int_equal(admin.request, answer.request);
	answer.request = request_of_seat(ROUTER_LOOK);
	router_give(&router, &answer);
	assert_int_equal(look.heard, 1);
	assert_int_equal(admin.heard, 1);
	assert_int_equal(listener.heard, 0);
}

static void what_nobody_asked_is_dropped(void **state)
{
	struct router router = {0};
	struct ear look = {0};
	struct answer answer = {.kind = ANSWER_REPLY};

	(void)state;
	router_seat(&router, ROUTER_LOOK, take, &look);
	router_give(&router, &answer);
	answer.request = request_of_seat(ROUTER_CUT);
	router_give(&router, &answer);
	answer.request = UINT64_MAX;
	router_give(&router, &answer);
	assert_int_equal(look.heard, 0);
}

static void a_report_goes_to_all_who_listen(void **state)
{
	static const enum answer_kind reports[] = {
	    ANSWER_STOP_BEGIN, ANSWER_STOP_ROW, ANSWER_STOP_END, ANSWER_TRACE};
	struct router router = {0};
	struct ear admin = {0}, first = {0}, second = {0};

	(void)state;
	router_seat(&router, ROUTER_ADMIN, take, &admin);
	router_listen(&router, take, &first);
	router_listen(&router, take, &second);
	for (unsigned i = 0; i < 4; i++) {
		struct answer answer = {
		    .kind = reports[i], .request = request_of_seat(ROUTER_ADMIN)};

		router_give(&router, &answer);
	}
	assert_int_equal(first.heard, 4);
	assert_int_equal(second.heard, 4);
	assert_int_equal(admin.heard, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_goes_to_its_asker_alone),
	    cmocka_unit_test(what_nobody_asked_is_dropped),
	    cmocka_unit_test(a_report_goes_to_all_who_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
