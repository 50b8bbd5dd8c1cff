// SPDX-License-Identifier: Apache-2.0
/*
 * Transactions: their repetitions in time, their end, and whose an answer is.
 */
#include "txn/txn.h"

#include "test/kit/unit.h"
#include "txn/part.h"

#include <stdio.h>

#define BEGIN_US (100 * US_PER_S)

static struct wheel wheel;
static struct outbox *outbox;
static struct txns *txns;

static const struct netaddr peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060};

static struct txns *make(uint32_t boot, uint32_t cap)
{
	struct txns_config config = {.cap = cap, .in_flight = cap, .boot = boot, .key = {5, 6}};

	return txns_new(&config, &wheel, outbox);
}

static int setup(void **state)
{
	(void)state;
	wheel_init(&wheel, BEGIN_US);
	outbox = outbox_new(256, 1 << 20);
	txns = make(2, 8);
	return outbox && txns ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	txns_free(&txns);
	outbox_free(&outbox);
	return 0;
}

static struct now at(uint64_t mono_us)
{
	return (struct now){mono_us, 0};
}

static struct txn *send_on(enum sip_transport transport, uint64_t now_us, uint64_t give_up_us)
{
	struct buf request;
	struct txn *txn = txn_begin(txns, PART_REGISTRANT, false, &request);

	assert_non_null(txn);
	txn->flow = (struct flow){.transport = (uint8_t)transport, .peer = peer};
	txn->method = SIP_REGISTER;
	txn->cseq = 41;
	buf_puts(&request, "REGISTER");
	txn_send(txns, txn, at(now_us), &request, give_up_us);
	return txn;
}

static struct txn *send(uint64_t now_us, uint64_t give_up_us)
{
	return send_on(SIP_UDP, now_us, give_up_us);
}

/* Runs the wheel up to `until_us` and says what fell due, as letters. */
static const char *run(uint64_t from_us, uint64_t until_us)
{
	static char story[64];
	unsigned n = 0;

	for (uint64_t now_us = from_us; now_us <= until_us; now_us += US_PER_MS) {
		struct wheel_node *node;

		while ((node = wheel_pop(&wheel, now_us))) {
			struct txn *txn =
			    (struct txn *)((char *)node - offsetof(struct txn, timer));

			assert_int_equal(node->kind, TIMER_TXN);
			switch (txn_due(txns, txn, at(now_us))) {
			case TXN_DUE_REPEAT:
				story[n++] = 'r';
				txn_repeat(txns, txn, at(now_us));
				break;
			case TXN_DUE_TIMEOUT:
				story[n++] = 't';
				txn_abandon(txns, txn);
				break;
			case TXN_DUE_FORGET:
				story[n++] = 'f';
				break;
			}
		}
	}
	story[n] = '\0';
	return story;
}

/* RFC 3261 17.1.2.2: at 0, 0.5, 1.5, 3.5, 7.5, and every 4 s from there on. */
static void repeats_by_timer_e(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + SIP_TF_US);

	(void)state;
	assert_int_equal(txn->transmissions, 1);
	assert_string_equal(run(BEGIN_US, BEGIN_US + 499 * US_PER_MS), "");
	assert_string_equal(run(BEGIN_US + 499 * US_PER_MS, BEGIN_US + 502 * US_PER_MS), "r");
	assert_string_equal(run(BEGIN_US + 502 * US_PER_MS, BEGIN_US + 31 * US_PER_S), "rrrrrrrr");
	assert_int_equal(txn->transmissions, 10);
	assert_int_equal(outbox_count(outbox), 10);
	assert_string_equal(
	    run(BEGIN_US + 31 * US_PER_S, BEGIN_US + SIP_TF_US + 10 * US_PER_MS), "rt");
	assert_int_equal(txn->state, TXN_LOOSE);
	assert_null(txn->request);
}

static void slows_down_after_a_provisional(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + SIP_TF_US);

	(void)state;
	txn_provisional(txns, txn, at(BEGIN_US));
	assert_string_equal(run(BEGIN_US, BEGIN_US + 3900 * US_PER_MS), "");
	assert_string_equal(run(BEGIN_US + 3900 * US_PER_MS, BEGIN_US + 8100 * US_PER_MS), "rr");
}

/* RFC 3261 17.1.2.2: no timer E there; timer F alone ends it. */
static void sends_once_on_a_reliable_transport(void **state)
{
	struct txn *txn = send_on(SIP_TCP, BEGIN_US, BEGIN_US + SIP_TF_US);

	(void)state;
	txn_provisional(txns, txn, at(BEGIN_US));
	txn_postpone(txns, txn, BEGIN_US + US_PER_S);
	txn_hasten(txns, txn, at(BEGIN_US), BEGIN_US + 8 * US_PER_S);
	assert_string_equal(run(BEGIN_US, BEGIN_US + 7 * US_PER_S), "");
	assert_string_equal(run(BEGIN_US + 7 * US_PER_S, BEGIN_US + 9 * US_PER_S), "t");
	assert_int_equal(txn->transmissions, 1);
	assert_int_equal(outbox_count(outbox), 1);
}

/* The note is the owner's: nobody else writes there, and the next tenant finds it empty. */
static void keeps_its_owner_s_note(void **state)
{
	static const uint8_t nothing[TXN_NOTE_SIZE];
	struct txn *txn = send(BEGIN_US, BEGIN_US + US_PER_S);
	uint8_t note[TXN_NOTE_SIZE];

	(void)state;
	assert_memory_equal(txn_note(txn), nothing, TXN_NOTE_SIZE);
	memset(note, 0xa5, sizeof(note));
	memcpy(txn_note(txn), note, sizeof(note));
	assert_string_equal(run(BEGIN_US, BEGIN_US + 1100 * US_PER_MS), "rt");
	assert_memory_equal(txn_note(txn), note, TXN_NOTE_SIZE);
	txn_finish(txns, txn);
	assert_ptr_equal(send(BEGIN_US, BEGIN_US + US_PER_S), txn);
	assert_memory_equal(txn_note(txn), nothing, TXN_NOTE_SIZE);
}

static void a_loose_one_is_forgotten_at_last(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + US_PER_S);
	pool_handle handle = txn->handle;

	(void)state;
	assert_string_equal(run(BEGIN_US, BEGIN_US + 1100 * US_PER_MS), "rt");
	assert_true(txn_loose_until_us(txn) >= BEGIN_US + PACKET_LIFE_US + 500 * US_PER_MS);
	assert_ptr_equal(txns_get(txns, handle), txn);
	assert_string_equal(run(BEGIN_US + 1100 * US_PER_MS, BEGIN_US + 15 * US_PER_S), "f");
	assert_null(txns_get(txns, handle));
}

static void postponing_goes_no_further_than_the_end(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + 2 * US_PER_S);

	(void)state;
	txn_postpone(txns, txn, BEGIN_US + 60 * US_PER_S);
	assert_string_equal(run(BEGIN_US, BEGIN_US + 2100 * US_PER_MS), "t");
}

static void there_is_a_cap(void **state)
{
	struct buf request;

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_true(txns_have_room(txns, false));
		assert_non_null(txn_begin(txns, PART_REGISTRANT, false, &request));
	}
	assert_false(txns_have_room(txns, false));
	assert_null(txn_begin(txns, PART_REGISTRANT, false, &request));
}

/* ---- whose an answer is ---- */

struct answer {
	const char *branch; /* NULL: the transaction's */
	uint32_t cseq;
	const char *method;
	struct flow flow;
};

static enum txn_match match(
    const struct txns *of, const struct txn *txn, const struct answer *answer)
{
	static char text[1024];
	char branch_text[BRANCH_TEXT_MAX + 1] = "";
	struct buf branch = buf_over(branch_text, BRANCH_TEXT_MAX);
	struct sip_message message;
	struct sip_error error;
	struct txn *found = NULL;
	enum txn_match verdict;
	int n;

	txn_put_branch(of, txn, &branch);
	n = snprintf(text, sizeof(text),
	    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=%s\r\n"
	    "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
	    "CSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
	    answer->branch ? answer->branch : branch_text, answer->cseq, answer->method);
	assert_int_equal(sip_message_parse(slice_make(text, (size_t)n), &message, &error), 0);
	verdict = txns_match(txns, &message, &answer->flow, &found);
	if (verdict == TXN_MATCHED)
		assert_ptr_equal(found, txn);
	return verdict;
}

static void finds_whose_it_is(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + SIP_TF_US);
	const struct answer good = {NULL, 41, "REGISTER", txn->flow};
	struct answer answer = good;

	(void)state;
	assert_int_equal(match(txns, txn, &good), TXN_MATCHED);
	answer.flow.peer.port = 40000; /* some answer from another port */
	assert_int_equal(match(txns, txn, &answer), TXN_MATCHED);
	answer.flow.peer.ip[3] = 2;
	assert_int_equal(match(txns, txn, &answer), TXN_ELSEWHERE);
	answer = good;
	answer.cseq = 40;
	assert_int_equal(match(txns, txn, &answer), TXN_MISMATCHED);
	answer = good;
	answer.method = "OPTIONS";
	assert_int_equal(match(txns, txn, &answer), TXN_MISMATCHED);
	answer = good;
	answer.branch = "z9hG4bKsomebodyelses";
	assert_int_equal(match(txns, txn, &answer), TXN_STRANGE);
	txn_abandon(txns, txn);
	assert_int_equal(match(txns, txn, &good), TXN_MATCHED);
}

static void finds_no_next_tenant(void **state)
{
	struct txn *txn = send(BEGIN_US, BEGIN_US + SIP_TF_US);
	struct answer answer = {NULL, 41, "REGISTER", txn->flow};
	struct txn gone = *txn;

	(void)state;
	txn_finish(txns, txn);
	assert_ptr_equal(send(BEGIN_US, BEGIN_US + SIP_TF_US), txn);
	assert_int_equal(match(txns, &gone, &answer), TXN_GONE);
}

/* The same slot, generation and CSeq of an earlier start. */
static void knows_an_earlier_start(void **state)
{
	struct txns *before = make(1, 8);
	struct txn *txn = send(BEGIN_US, BEGIN_US + SIP_TF_US);
	struct answer answer = {NULL, 41, "REGISTER", txn->flow};

	(void)state;
	assert_int_equal(match(txns, txn, &answer), TXN_MATCHED);
	assert_int_equal(match(before, txn, &answer), TXN_OLD);
	txns_free(&before);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* There are few long buffers, and the others do without them. */
static void a_long_request_has_a_buffer_of_its_own(void **state)
{
	static char text[TXN_LONG_SIZE];
	struct buf request;
	struct txn *txns_of[2], *third;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 2; i++) {
		txns_of[i] = txn_begin(txns, PART_REGISTRANT, true, &request);
		assert_non_null(txns_of[i]);
		buf_put(&request, slice_make(text, sizeof(text)));
		assert_false(request.full);
		txns_of[i]->flow = (struct flow){.transport = SIP_UDP, .listener = 1, .peer = peer};
		txn_send(txns, txns_of[i], at(BEGIN_US), &request, BEGIN_US + SIP_TF_US);
	}
	assert_int_equal(outbox_at(outbox, 1)->send.bytes.n, TXN_LONG_SIZE);
	assert_null(txn_begin(txns, PART_REGISTRANT, true, &request));
	assert_true(txns_have_room(txns, false));
	assert_false(txns_have_room(txns, true));
	third = txn_begin(txns, PART_REGISTRANT, false, &request);
	assert_non_null(third);
	buf_put(&request, slice_make(text, TXN_BUFFER_SIZE + 1));
	assert_true(request.full);
	assert_int_equal(txn_lengthen(txns, third, &request), ERR_FULL);
	txn_finish(txns, txns_of[0]);
	assert_true(txns_have_room(txns, true));
	assert_int_equal(txn_lengthen(txns, third, &request), 0);
	buf_put(&request, slice_make(text, TXN_LONG_SIZE));
	assert_false(request.full);
	assert_false(txns_have_room(txns, true));
	txn_finish(txns, third);
	assert_non_null(txn_begin(txns, PART_REGISTRANT, true, &request));
	txn_abandon(txns, txns_of[1]);
	assert_non_null(txn_begin(txns, PART_REGISTRANT, true, &request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(repeats_by_timer_e),
	    CASE(slows_down_after_a_provisional),
	    CASE(sends_once_on_a_reliable_transport),
	    CASE(keeps_its_owner_s_note),
	    CASE(a_loose_one_is_forgotten_at_last),
	    CASE(postponing_goes_no_further_than_the_end),
	    CASE(there_is_a_cap),
	    CASE(finds_whose_it_is),
	    CASE(finds_no_next_tenant),
	    CASE(knows_an_earlier_start),
	    cmocka_unit_test_setup_teardown(
	        a_long_request_has_a_buffer_of_its_own, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
