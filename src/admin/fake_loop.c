// SPDX-License-Identifier: Apache-2.0
/*
 * The made-up switch behind the admin API's tests.
 */
#include "admin/fake_loop.h"

#include "admin/fake_phones.h"
#include "base/error.h"
#include "thread/mailbox.h"
#include "thread/worker.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CAPACITY  64
#define NAME_SIZE 72

struct fake_loop {
	uint32_t registrations;
	enum fake_mood mood;
	struct mailbox *mailbox;
	struct worker *worker;
	struct admin *admin;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint32_t asked, traced, untraced;
	bool stopping;
	uint32_t left;
	int64_t deadline_ms;
};

static int64_t wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct fake_loop *fake_loop_new(uint32_t registrations, enum fake_mood mood)
{
	struct fake_loop *loop = calloc(1, sizeof(*loop));

	assert(loop);
	loop->registrations = registrations;
	loop->left = registrations;
	loop->mood = mood;
	loop->mailbox = mailbox_new(sizeof(struct command *), CAPACITY, NULL, NULL);
	assert(loop->mailbox);
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->changed, NULL);
	return loop;
}

int fake_loop_submit(void *context, const struct command *command)
{
	struct fake_loop *loop = context;
	struct command *copy;
	int rc = loop->mood == FAKE_FULL ? ERR_FULL : command_copy(command, &copy);

	if (rc < 0)
		return rc;
	rc = mailbox_post(loop->mailbox, &copy);
	if (rc < 0)
		free(copy);
	return rc;
}

/* The first three have trouble, each its own; a peer's reason may be no UTF-8. */
static void put_trouble(uint32_t index, struct registration_view *view)
{
	if (index == 0) {
		view->state = STATE_REJECTED;
		view->last_status = 403;
		view->last_reason = SLICE("Forbidden \x1b[31m\xff");
		view->next_action = NEXT_RETRY;
	} else if (index == 1) {
		view->state = STATE_WAITING;
		view->last_status = 0;
		view->last_reason = SLICE("no answer");
		view->next_action = NEXT_RETRY;
		view->target = (struct slice){NULL, 0};
	} else if (index == 2) {
		view->state = STATE_UNCONFIRMED;
		view->next_action = NEXT_NONE;
		view->next_at_ms = 0;
	}
}

static void put_view(struct fake_loop *loop, uint32_t index, uint64_t request)
{
	int64_t now_ms = wall_ms();
	char name[NAME_SIZE], contact[96];
	struct answer said = {.kind = ANSWER_VIEW, .request = request};
	struct registration_view *view = &said.view.view;

	snprintf(name, sizeof(name), "reg-%05u", index + 1);
	snprintf(contact, sizeof(contact), "sip:%u@127.0.0.1:5060", index + 1);
	*view = (struct registration_view){
	    .name = slice_of(name),
	    .state = STATE_REGISTERED,
	    .since_ms = now_ms - 4000000,
	    .bound_until_ms = now_ms + 3000000,
	    .granted_s = 3600,
	    .asked_s = 3600,
	    .next_action = NEXT_REFRESH,
	    .next_at_ms = now_ms + 2500000,
	    .last_status = 200,
	    .last_reason = SLICE("OK"),
	    .upstream = SLICE("sip:carrier.example"),
	    .target = SLICE("192.0.2.1:5060"),
	    .contact = slice_of(contact),
	    .call_id = SLICE("mzxw6ytboi"),
	    .cseq = 4711,
	    .rtt_us = 12345,
	    .stale_window_s = 3000,
	};
	put_trouble(index, view);
	admin_answer(loop->admin, &said);
}

static uint32_t number_of(struct slice name)
{
	char text[NAME_SIZE];

	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(slice_skip(name, name.n > 4 ? 4 : 0)));
	return (uint32_t)strtoul(text, NULL, 10);
}

static enum registration_state state_of(uint32_t index)
{
	struct registration_view view = {.state = STATE_REGISTERED};

	put_trouble(index, &view);
	return view.state;
}

/* The number in a name is its place, so that both orders are the same. */
static void list(struct fake_loop *loop, const struct command *command)
{
	uint32_t i = command->list.by_name ? number_of(command->list.after) : command->list.from;
	uint32_t end = i + command->list.limit, states = command->list.states;
	struct answer said = {.kind = ANSWER_VIEW_END, .request = command->request};
	char next[NAME_SIZE];

	for (; i < end && i < loop->registrations; i++)
		if (!states || states >> state_of(i) & 1)
			put_view(loop, i, command->request);
	snprintf(next, sizeof(next), "reg-%05u", i);
	if (i < loop->registrations && command->list.by_name)
		said.view_end.next_name = slice_of(next);
	else if (i < loop->registrations)
		said.view_end.next = i;
	admin_answer(loop->admin, &said);
}

static void show(struct fake_loop *loop, const struct command *command)
{
	uint32_t number = number_of(command->name);
	struct answer said = {.kind = ANSWER_VIEW_END, .request = command->request};
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "reg-%05u", number);
	if (number && number <= loop->registrations && slice_equal(slice_of(name), command->name)) {
		put_view(loop, number - 1, command->request);
		said.view_end.found = true;
	}
	admin_answer(loop->admin, &said);
}

static void status(struct fake_loop *loop, const struct command *command)
{
	uint32_t n = loop->registrations;
	struct answer said = {.kind = ANSWER_STATUS,
	    .request = command->request,
	    .status = {.registrations = n, .debts = 2}};

	said.status.tally.states[STATE_REJECTED] = n > 0;
	said.status.tally.states[STATE_WAITING] = n > 1;
	said.status.tally.states[STATE_UNCONFIRMED] = n > 2;
	said.status.tally.states[STATE_REGISTERED] = n > 3 ? n - 3 : 0;
	pthread_mutex_lock(&loop->lock);
	if (loop->stopping) {
		loop->left -= (loop->left + 2) / 3;
		said.status.stopping = true;
		said.status.stop_total = n;
		said.status.stop_left = loop->left;
		said.status.stop_settled = n - loop->left;
		said.status.stop_deadline_ms = loop->deadline_ms;
	}
	pthread_mutex_unlock(&loop->lock);
	admin_answer(loop->admin, &said);
	pthread_mutex_lock(&loop->lock);
	if (loop->stopping && !loop->left)
		pthread_cond_broadcast(&loop->changed);
	pthread_mutex_unlock(&loop->lock);
}

static void stop(struct fake_loop *loop)
{
	struct answer said = {.kind = ANSWER_STOP_BEGIN,
	    .stop_begin = {.deadline_s = 20, .cancels = loop->registrations, .expected_s = 1}};

	pthread_mutex_lock(&loop->lock);
	loop->stopping = true;
	loop->deadline_ms = wall_ms() + 20000;
	pthread_mutex_unlock(&loop->lock);
	admin_answer(loop->admin, &said);
}

static void refuse(struct fake_loop *loop, const struct command *command)
{
	struct answer said = {.kind = ANSWER_REPLY,
	    .request = command->request,
	    .reply = {.error = ERR_STATE, .text = SLICE("not while the fake refuses")}};

	admin_answer(loop->admin, &said);
}

static void put_trace(struct fake_loop *loop, const struct answer_trace *trace)
{
	struct answer said = {.kind = ANSWER_TRACE, .trace = *trace};

	admin_answer(loop->admin, &said);
}

static void put_message(struct fake_loop *loop, struct answer_trace trace, struct slice text)
{
	trace.kind = TRACE_MESSAGE;
	trace.is_sent = true;
	trace.retransmission = 1;
	trace.summary = SLICE("REGISTER, CSeq 7");
	trace.text = text;
	if (netaddr_parse(SLICE("192.0.2.7:5060"), &trace.local) < 0 ||
	    netaddr_parse(SLICE("198.51.100.1:5060"), &trace.peer) < 0)
		assert(!"addresses");
	put_trace(loop, &trace);
}

static void put_records(struct fake_loop *loop, struct slice name)
{
	static char text[1024];
	struct answer_trace trace = {.name = name,
	    .kind = TRACE_STATE,
	    .at_ms = INT64_C(1767225600250),
	    .summary = SLICE("registering"),
	    .text = SLICE("registering")};

	put_trace(loop, &trace);
	put_message(loop, trace, SLICE("REGISTER sip:h SIP/2.0\r\n"));
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < FAKE_FLOOD && slice_equal(name, SLICE("reg-00002")); i++)
		put_message(loop, trace, slice_make(text, sizeof(text)));
	trace.kind = TRACE_NOTE;
	trace.summary = SLICE("last");
	put_trace(loop, &trace);
}

static void trace(struct fake_loop *loop, const struct command *command)
{
	struct answer said = {.kind = ANSWER_TRACE_BEGIN,
	    .request = command->request,
	    .trace_begin = {.bytes = 65536}};

	if (!slice_starts(command->name, SLICE("reg-"))) {
		said = (struct answer){.kind = ANSWER_REPLY,
		    .request = command->request,
		    .reply = {.error = ERR_NOT_FOUND, .text = SLICE("no such registration")}};
		admin_answer(loop->admin, &said);
		return;
	}
	admin_answer(loop->admin, &said);
	put_records(loop, command->name);
	pthread_mutex_lock(&loop->lock);
	loop->traced++;
	pthread_cond_broadcast(&loop->changed);
	pthread_mutex_unlock(&loop->lock);
}

static void answer(struct fake_loop *loop, const struct command *command)
{
	switch (command->kind) {
	case COMMAND_LIST:
		list(loop, command);
		return;
	case COMMAND_SHOW:
		show(loop, command);
		return;
	case COMMAND_STATUS:
		status(loop, command);
		return;
	case COMMAND_STOP:
		stop(loop);
		return;
	case COMMAND_TRACE:
		trace(loop, command);
		return;
	case COMMAND_UNTRACE:
		return;
	case COMMAND_PARAMS:
	case COMMAND_PUT:
	case COMMAND_REMOVE:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
	case COMMAND_DEBTS:
	case COMMAND_GHOSTS:
	case COMMAND_GHOSTS_REMOVE:
		refuse(loop, command);
		return;
	case COMMAND_ENDPOINTS:
	case COMMAND_ENDPOINT:
	case COMMAND_BINDINGS:
	case COMMAND_BINDINGS_REMOVE:
	case COMMAND_SUSPENSIONS:
	case COMMAND_SUSPENSION_LIFT:
		fake_phones_answer(loop->admin, command);
	}
}

static void count(struct fake_loop *loop, enum command_kind kind)
{
	pthread_mutex_lock(&loop->lock);
	loop->asked++;
	loop->untraced += kind == COMMAND_UNTRACE;
	pthread_cond_broadcast(&loop->changed);
	pthread_mutex_unlock(&loop->lock);
}

static void run(void *context)
{
	struct fake_loop *loop = context;
	struct command *command;

	while (mailbox_wait(loop->mailbox, -1)) {
		while (mailbox_take(loop->mailbox, &command)) {
			count(loop, command->kind);
			if (loop->mood == FAKE_ANSWERS)
				answer(loop, command);
			else if (loop->mood == FAKE_REFUSES)
				refuse(loop, command);
			free(command);
		}
	}
}

void fake_loop_start(struct fake_loop *loop, struct admin *admin)
{
	loop->admin = admin;
	loop->worker = worker_start("loop", run, loop);
	assert(loop->worker);
}

void fake_loop_end(struct fake_loop *loop)
{
	mailbox_close(loop->mailbox);
	worker_join(&loop->worker);
}

void fake_loop_free(struct fake_loop **loop)
{
	struct command *command;

	while (mailbox_take((*loop)->mailbox, &command))
		free(command);
	mailbox_free(&(*loop)->mailbox);
	pthread_cond_destroy(&(*loop)->changed);
	pthread_mutex_destroy(&(*loop)->lock);
	free(*loop);
	*loop = NULL;
}

void fake_loop_wait_asked(struct fake_loop *loop, uint32_t commands)
{
	pthread_mutex_lock(&loop->lock);
	while (loop->asked < commands)
		pthread_cond_wait(&loop->changed, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
}

void fake_loop_wait_traced(struct fake_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	while (!loop->traced)
		pthread_cond_wait(&loop->changed, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
}

uint32_t fake_loop_untraced(struct fake_loop *loop)
{
	uint32_t untraced;

	pthread_mutex_lock(&loop->lock);
	untraced = loop->untraced;
	pthread_mutex_unlock(&loop->lock);
	return untraced;
}

void fake_loop_wait_stopped(struct fake_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	while (!loop->stopping || loop->left)
		pthread_cond_wait(&loop->changed, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
}

struct stop_row fake_loop_row(const struct fake_loop *loop, uint32_t index, char *name, size_t size)
{
	struct stop_row row = {.outcome = OUTCOME_CLEAN, .status = 200, .reason = SLICE("OK")};

	(void)loop;
	snprintf(name, size, "reg-%05u", index + 1);
	row.name = slice_of(name);
	if (index == 0) {
		row.outcome = OUTCOME_REFUSED;
		row.status = 403;
		row.reason = SLICE("Forbidden");
		row.bound_until_ms = wall_ms() + 3000000;
	} else if (index == 1) {
		row.outcome = OUTCOME_UNCONFIRMED;
		row.status = 0;
		row.reason = SLICE("no answer");
		row.bound_until_ms = wall_ms() + 1000000;
	}
	return row;
}
