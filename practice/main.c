// SPDX-License-Identifier: Apache-2.0
/*
 * regent-practice: the strict upstream of sim/ behind a UDP socket, for ./run,
 * for tests against real sockets, and for whoever wants to see what Regent does
 * when a carrier misbehaves. It is no registrar to put to work.
 */
#include "practice/control.h"
#include "practice/options.h"
#include "practice/report.h"
#include "practice/wire.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct practice {
	struct options options;
	uv_loop_t loop;
	uv_signal_t term, interrupt;
	struct carrier *carrier;
	struct wire wire;
	struct control control;
};

static int complain(const char *what, const char *detail)
{
	fprintf(stderr, "regent-practice: %s: %s\n", what, detail);
	return EXIT_FAILED;
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static void on_ignored(uv_signal_t *handle, int number)
{
	(void)handle;
	(void)number;
}

static void watch_signals(struct practice *p)
{
	uv_signal_init(&p->loop, &p->term);
	uv_signal_init(&p->loop, &p->interrupt);
	uv_signal_start(&p->term, on_signal, SIGTERM);
	uv_signal_start(&p->interrupt, p->options.ignore_int ? on_ignored : on_signal, SIGINT);
}

static int make_carrier(struct practice *p)
{
	p->carrier = carrier_new(&p->options.config, p->options.seed);
	if (!p->carrier)
		return complain("start", "no memory");
	for (unsigned i = 0; i < p->options.account_count; i++) {
		const struct options_account *a = &p->options.accounts[i];
		int rc = carrier_account_set(p->carrier, a->user, a->auth_user, a->password);

		if (rc)
			return complain(a->user, error_text(rc));
	}
	return EXIT_DONE;
}

static const char *address_text(const struct netaddr *addr, char *storage)
{
	struct buf b = buf_over(storage, NETADDR_TEXT_MAX);

	netaddr_put(&b, addr);
	return buf_text(&b);
}

static int open_all(struct practice *p)
{
	char storage[NETADDR_TEXT_MAX];
	int rc = wire_open(&p->wire, &p->loop, p->carrier, &p->options.listen, p->options.ladder);

	if (rc)
		return complain(address_text(&p->options.listen, storage), uv_strerror(rc));
	if (p->options.control) {
		rc = control_open(&p->control, &p->loop, &p->wire, p->options.control);
		if (rc)
			return complain(p->options.control, uv_strerror(rc));
	}
	watch_signals(p);
	printf("ready udp:%s\n", address_text(&p->wire.local, storage));
	return EXIT_DONE;
}

static void print_summary(const struct practice *p)
{
	const struct carrier *carrier = p->carrier;

	printf("practice upstream: %" PRIu64 " requests, %" PRIu64 " bound, %" PRIu64
	       " refreshed, %" PRIu64 " unregistered, %" PRIu32 " left, %" PRIu64 " offences\n",
	    carrier_counter(carrier, CARRIER_REQUESTS), carrier_counter(carrier, CARRIER_BOUND),
	    carrier_counter(carrier, CARRIER_REFRESHED), carrier_counter(carrier, CARRIER_UNBOUND),
	    carrier_bindings(carrier), carrier_offences(carrier));
	for (unsigned i = 0; i < CARRIER_OFFENCES; i++) {
		uint64_t count = carrier_offence(carrier, (enum carrier_offence)i);

		if (count)
			printf("  offence %s: %" PRIu64 "\n",
			    carrier_offence_name((enum carrier_offence)i), count);
	}
}

static int finish(struct practice *p)
{
	carrier_advance(p->carrier, wire_now_us());
	if (!p->options.quiet)
		print_summary(p);
	if (p->options.json && report_write(p->carrier, wire_now_us(), p->options.json))
		return complain(p->options.json, "cannot be written");
	if (p->options.control)
		remove(p->options.control);
	return EXIT_DONE;
}

static int run(struct practice *p)
{
	int status = make_carrier(p);

	if (status)
		return status;
	uv_loop_init(&p->loop);
	status = open_all(p);
	if (status)
		return status;
	uv_run(&p->loop, UV_RUN_DEFAULT);
	return finish(p);
}

static int read_options(struct options *options, int argc, char **argv)
{
	int rc = options_read(options, argc, argv);

	if (options->help) {
		options_help();
		return EXIT_DONE;
	}
	if (options->version) {
		puts("regent-practice " REGENT_VERSION);
		return EXIT_DONE;
	}
	if (!rc)
		return -1;
	fprintf(
	    stderr, "regent-practice: %s\n", options->error[0] ? options->error : error_text(rc));
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct practice practice;
	int status;

	/* Whoever reads our lines through a pipe sees each at once. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	status = read_options(&practice.options, argc, argv);
	if (status < 0)
		status = run(&practice);
	carrier_free(&practice.carrier);
	options_free(&practice.options);
	return status;
}
