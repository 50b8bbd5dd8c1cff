// SPDX-License-Identifier: Apache-2.0
/*
 * An answer with a delay waits in a timer of its own. What the kernel does not
 * take at once is lost, as on any network, and counted.
 */
#include "practice/wire.h"

#include "practice/ladder.h"

#include <stdlib.h>
#include <string.h>

struct delayed {
	uv_timer_t timer;
	struct wire *wire;
	struct netaddr to;
	size_t n;
	char bytes[];
};

uint64_t wire_now_us(void)
{
	return uv_hrtime() / 1000;
}

static struct sockaddr_storage to_sockaddr(const struct netaddr *addr)
{
	struct sockaddr_storage storage = {0};

	if (addr->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)(void *)&storage;

		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->ip, 4);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&storage;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(addr->port);
		in6->sin6_scope_id = addr->scope;
		memcpy(&in6->sin6_addr, addr->ip, 16);
	}
	return storage;
}

static struct netaddr from_sockaddr(const struct sockaddr *sa)
{
	struct netaddr addr = {0};

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		addr.family = 4;
		addr.port = ntohs(in->sin_port);
		memcpy(addr.ip, &in->sin_addr, 4);
	} else {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		addr.family = 6;
		addr.port = ntohs(in6->sin6_port);
		addr.scope = in6->sin6_scope_id;
		memcpy(addr.ip, &in6->sin6_addr, 16);
	}
	return addr;
}

static void transmit(struct wire *wire, const struct netaddr *to, struct slice bytes)
{
	struct sockaddr_storage address = to_sockaddr(to);
	/* libuv does not write through the pointer. */
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes.p, (unsigned)bytes.n);

	if (wire->ladder)
		ladder_print(wire_now_us() - wire->started_us, false, bytes);
	if (uv_udp_try_send(&wire->udp, &b, 1, (struct sockaddr *)&address) < 0)
		wire->send_failures++;
}

static void free_delayed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_delay_over(uv_timer_t *timer)
{
	struct delayed *d = timer->data;

	transmit(d->wire, &d->to, slice_make(d->bytes, d->n));
	uv_close((uv_handle_t *)timer, free_delayed);
}

static void transmit_later(struct wire *wire, const struct carrier_send *send)
{
	struct delayed *d = malloc(sizeof(*d) + send->bytes.n);

	if (!d) {
		wire->send_failures++;
		return;
	}
	d->wire = wire;
	d->to = send->to;
	d->n = send->bytes.n;
	memcpy(d->bytes, send->bytes.p, send->bytes.n);
	uv_timer_init(wire->timer.loop, &d->timer);
	d->timer.data = d;
	uv_timer_start(&d->timer, on_delay_over, (send->delay_us + 999) / 1000, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct wire *wire = timer->data;

	carrier_advance(wire->carrier, wire_now_us());
	wire_flush(wire);
}

void wire_flush(struct wire *wire)
{
	struct carrier_send send;
	uint64_t next, now_us = wire_now_us();

	while (carrier_next_send(wire->carrier, &send)) {
		if (send.delay_us)
			transmit_later(wire, &send);
		else
			transmit(wire, &send.to, send.bytes);
	}
	next = carrier_next_deadline(wire->carrier);
	if (next == TIME_NEVER)
		uv_timer_stop(&wire->timer);
	else
		uv_timer_start(
		    &wire->timer, on_timer, next > now_us ? (next - now_us + 999) / 1000 : 0, 0);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *b)
{
	struct wire *wire = handle->data;

	(void)suggested;
	*b = uv_buf_init(wire->buffer, sizeof(wire->buffer));
}

static void on_datagram(
    uv_udp_t *udp, ssize_t n, const uv_buf_t *b, const struct sockaddr *sa, unsigned flags)
{
	struct wire *wire = udp->data;
	uint64_t now_us = wire_now_us();
	struct netaddr source;

	(void)flags;
	/* Errors are ICMP's, of clients that have gone; the socket goes on. */
	if (n < 0 || !sa)
		return;
	source = from_sockaddr(sa);
	if (wire->ladder && n > 4)
		ladder_print(now_us - wire->started_us, true, slice_make(b->base, (size_t)n));
	carrier_receive(
	    wire->carrier, now_us, &source, &wire->local, slice_make(b->base, (size_t)n));
	wire_flush(wire);
}

static int read_local(struct wire *wire)
{
	struct sockaddr_storage bound;
	int n = sizeof(bound);
	int rc = uv_udp_getsockname(&wire->udp, (struct sockaddr *)&bound, &n);

	if (!rc)
		wire->local = from_sockaddr((struct sockaddr *)&bound);
	return rc;
}

int wire_open(struct wire *wire, uv_loop_t *loop, struct carrier *carrier,
    const struct netaddr *listen, bool ladder)
{
	struct sockaddr_storage address = to_sockaddr(listen);
	int buffer_bytes = 4 << 20;
	int rc;

	wire->carrier = carrier;
	wire->ladder = ladder;
	wire->started_us = wire_now_us();
	wire->send_failures = 0;
	carrier_advance(carrier, wire->started_us);
	uv_timer_init(loop, &wire->timer);
	wire->timer.data = wire;
	uv_udp_init(loop, &wire->udp);
	wire->udp.data = wire;
	rc = uv_udp_bind(&wire->udp, (struct sockaddr *)&address, 0);
	if (!rc)
		rc = read_local(wire);
	if (!rc)
		rc = uv_udp_recv_start(&wire->udp, on_alloc, on_datagram);
	/* A burst of registrations must not be lost here; a smaller buffer is no error. */
	if (!rc)
		(void)uv_recv_buffer_size((uv_handle_t *)&wire->udp, &buffer_bytes);
	return rc;
}
