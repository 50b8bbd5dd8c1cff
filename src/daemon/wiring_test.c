// SPDX-License-Identifier: Apache-2.0
/*
 * The wiring around a core that is made up: it echoes datagrams, keeps one
 * deadline and writes down what enters it.
 */
#include "daemon/wiring.h"

#include "base/error.h"
#include "net/clock.h"
#include "net/sockaddr.h"
#include "test/kit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_MS 5000

struct core {
	struct outbox *outbox;
	uint64_t deadline_us;
	bool started;
	uint32_t received, advanced, commands, flow_events, durable_events, failed_events;
	uint64_t ticket;
	struct command command;
	char name[64], why[64];
};

struct world {
	uv_loop_t loop;
	uv_timer_t guard;
	bool gave_up;
	struct wiring *wiring;
	struct core core;
	uint32_t answers, records, polls;
	uint64_t ticket, bindings;
	char log[64];
};

struct outbox *core_outbox(struct core *core)
{
	return core->outbox;
}

uint64_t core_next_deadline(const struct core *core)
{
	return core->deadline_us;
}

void core_start(struct core *core, struct now now)
{
	struct effect *effect = outbox_add(core->outbox, EFFECT_LOG);

	(void)now;
	core->started = true;
	effect->log.level = LOG_LEVEL_INFO;
	effect->log.text = outbox_keep(core->outbox, SLICE("began"));
}

void core_receive(struct core *core, struct now now, const struct flow *flow, struct slice datagram)
{
	struct effect *effect = outbox_add(core->outbox, EFFECT_SEND);

	(void)now;
	core->received++;
	effect->send.flow = *flow;
	effect->send.bytes = outbox_keep(core->outbox, datagram);
	effect = outbox_add(core->outbox, EFFECT_LEDGER);
	effect->ledger.ticket = 9;
	effect->ledger.record.op = LEDGER_ALIVE;
}

void core_event(struct core *core, struct now now, const struct event *event)
{
	(void)now;
	core->flow_events += event->kind == EVENT_FLOW_UP;
	core->durable_events += event->kind == EVENT_LEDGER_DURABLE;
	if (event->kind == EVENT_LEDGER_DURABLE)
		core->ticket = event->ticket;
	if (event->kind == EVENT_LEDGER_FAILED) {
		snprintf(core->why, sizeof(core->why), "%.*s", SLICE_ARG(event->why));
		core->failed_events++;
	}
}

void core_command(struct core *core, struct now now, const struct command *command)
{
	struct effect *effect;

	(void)now;
	core->commands++;
	core->command = *command;
	if (command->kind == COMMAND_SHOW)
		snprintf(core->name, sizeof(core->name), "%.*s", SLICE_ARG(command->name));
	if (command->kind == COMMAND_REFRESH) {
		effect = outbox_add(core->outbox, EFFECT_FLOW_OPEN);
		effect->flow_open.transport = SIP_UDP;
		assert_int_equal(netaddr_parse(SLICE("127.0.0.1:9"), &effect->flow_open.target), 0);
		return;
	}
	answer_add(core->outbox, ANSWER_VIEW_END, command->request);
}

void core_advance(struct core *core, struct now now)
{
	assert_true(now.mono_us >= core->deadline_us);
	core->advanced++;
	core->deadline_us = core->advanced < 3 ? now.mono_us + 2000 : TIME_NEVER;
}

static void on_ledger(void *owner, const struct effect_ledger *effect)
{
	struct world *w = owner;

	w->records++;
	w->ticket = effect->ticket;
	assert_int_equal(effect->record.op, LEDGER_ALIVE);
}

static void on_binding(void *owner, const struct effect_binding *effect)
{
	((struct world *)owner)->bindings += effect->ticket;
}

static bool on_poll(void *owner, struct event *event_r)
{
	struct world *w = owner;

	if (w->polls == 0)
		return false;
	*event_r = (struct event){.kind = EVENT_LEDGER_FAILED, .why = SLICE("disk full")};
	if (w->polls-- == 1)
		*event_r = (struct event){.kind = EVENT_LEDGER_DURABLE, .ticket = 4};
	return true;
}

static void on_log(void *owner, enum log_level level, struct slice text)
{
	struct world *w = owner;

	assert_int_equal(level, LOG_LEVEL_INFO);
	snprintf(w->log, sizeof(w->log), "%.*s", SLICE_ARG(text));
}

static void on_answer(void *owner, const struct answer *answer)
{
	struct world *w = owner;

	assert_int_equal(answer->kind, ANSWER_VIEW_END);
	w->answers++;
}

static void give_up(uv_timer_t *timer)
{
	((struct world *)timer->data)->gave_up = true;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct wiring_hooks hooks = {on_ledger, on_binding, on_poll, on_log, on_answer, w};

	assert_non_null(w);
	uv_loop_init(&w->loop);
	uv_timer_init(&w->loop, &w->guard);
	w->guard.data = w;
	w->core.outbox = outbox_new(64, 65536);
	w->core.deadline_us = TIME_NEVER;
	w->wiring = wiring_new(&w->loop, &hooks);
	assert_non_null(w->wiring);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	uv_close((uv_handle_t *)&w->guard, NULL);
	wiring_free(&w->wiring);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	outbox_free(&w->core.outbox);
	free(w);
	return 0;
}

static void run_until(struct world *w, const uint32_t *counter, uint32_t target)
{
	uv_timer_start(&w->guard, give_up, PATIENCE_MS, 0);
	while (*counter < target && !w->gave_up)
		uv_run(&w->loop, UV_RUN_ONCE);
	uv_timer_stop(&w->guard);
	assert_int_equal(*counter, target);
}

static uint32_t listen_anywhere(struct world *w)
{
	char text[128];
	struct buf why = buf_over(text, sizeof(text));
	struct netaddr local;
	uint32_t listener;

	assert_int_equal(netaddr_parse(SLICE("127.0.0.1:0"), &local), 0);
	assert_int_equal(net_listen(wiring_net(w->wiring), SIP_UDP, &local, &listener, &why), 0);
	return listener;
}

static void datagrams_go_in_and_effects_come_out(void **state)
{
	struct world *w = *state;
	uint32_t listener = listen_anywhere(w);
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	struct sockaddr_storage storage;
	socklen_t n = sockaddr_put(net_local(wiring_net(w->wiring), listener), &storage);
	char text[8] = "";
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	wiring_connect(w->wiring, &w->core);
	wiring_start(w->wiring);
	assert_true(w->core.started);
	assert_string_equal(w->log, "began");

	sendto(fd, "hello", 5, 0, (struct sockaddr *)&storage, n);
	run_until(w, &w->core.received, 1);
	assert_int_equal(w->records, 1);
	assert_int_equal(w->ticket, 9);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(outbox_count(w->core.outbox), 0);
	close(fd);
}

static void the_deadline_is_kept_and_followed(void **state)
{
	struct world *w = *state;

	w->core.deadline_us = clock_now().mono_us + 5000;
	wiring_connect(w->wiring, &w->core);
	run_until(w, &w->core.advanced, 3);
	assert_true(w->core.deadline_us == TIME_NEVER);
}

static void answers_of_the_network_come_later(void **state)
{
	struct command refresh = {.kind = COMMAND_REFRESH, .name = SLICE("a")};
	struct world *w = *state;

	listen_anywhere(w);
	wiring_connect(w->wiring, &w->core);
	wiring_command(w->wiring, &refresh);
	assert_int_equal(w->core.flow_events, 0);
	run_until(w, &w->core.flow_events, 1);
}

static void thread_of_admin(void *arg)
{
	struct world *w = arg;
	char name[] = "carrier-a";
	struct command show = {.kind = COMMAND_SHOW, .request = 5, .name = slice_of(name)};
	struct command put = {.kind = COMMAND_PUT};

	assert_int_equal(wiring_submit(w->wiring, &show), 0);
	assert_int_equal(wiring_submit(w->wiring, &put), ERR_UNSUPPORTED);
	memset(name, 'x', sizeof(name));
	w->polls = 2;
	wiring_wake(w->wiring);
}

static void other_threads_are_heard_on_the_loop(void **state)
{
	struct world *w = *state;
	uv_thread_t thread;

	/* Spoken before there is a core: nothing of it may be lost. */
	uv_thread_create(&thread, thread_of_admin, w);
	uv_thread_join(&thread);
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->core.commands, 0);
	wiring_connect(w->wiring, &w->core);
	run_until(w, &w->core.commands, 1);
	assert_string_equal(w->core.name, "carrier-a");
	assert_int_equal(w->core.command.request, 5);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->core.durable_events, 1);
	assert_int_equal(w->core.ticket, 4);
	assert_int_equal(w->core.failed_events, 1);
	assert_string_equal(w->core.why, "disk full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(datagrams_go_in_and_effects_come_out, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_deadline_is_kept_and_followed, setup, teardown),
	    cmocka_unit_test_setup_teardown(answers_of_the_network_come_later, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_threads_are_heard_on_the_loop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
