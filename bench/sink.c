// SPDX-License-Identifier: Apache-2.0
/*
 * The upstream of bench/regentd.py: answers as fast as the kernel lets it, so
 * that what is measured is regentd. A REGISTER without credentials gets a 401
 * with one and the same nonce, any other its 200 with the Contact it bears. It
 * verifies no digest, repeats no answer and keeps no binding: it counts.
 *
 *   sink ADDRESS:PORT COUNTERS [REGENTD_ADDRESS:PORT]
 *
 * COUNTERS is a file that it maps, laid out as struct counters, for the driver
 * to read while it runs. With a third argument a thread sends OPTIONS there each
 * millisecond while `ping_wanted` is set, and sorts the answers by their delay.
 */
#include "base/netaddr.h"
#include "bench/canned.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH         64
#define REQUEST_MAX   2048
#define BUFFER_BYTES  (64 * 1024 * 1024)
#define BUCKET_US     50
#define BUCKETS       20000
#define PING_EVERY_NS 1000000

struct counters {
	uint64_t requests, challenges, grants, cancels;
	uint64_t ping_wanted; /* the driver's to set */
	uint64_t pings, pongs;
	uint64_t
	    delays[BUCKETS]; /* pongs, by their delay in steps of BUCKET_US; the last: longer */
};

static struct counters *counters;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct netaddr address;

	if (netaddr_parse(slice_of(text), &address) < 0 || address.family != 4) {
		fprintf(stderr, "sink: %s is no IPv4 address with a port\n", text);
		exit(2);
	}
	memcpy(&in.sin_addr, address.ip, 4);
	in.sin_port = htons(address.port);
	return in;
}

static void map_counters(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*counters)) < 0)
		die(path);
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counters == MAP_FAILED)
		die(path);
	close(fd);
}

static int open_socket(const char *text)
{
	struct sockaddr_in in = address_of(text);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = BUFFER_BYTES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		die(text);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

/* The registrar. */

struct batch {
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	struct sockaddr_in peers[BATCH];
	char requests[BATCH][REQUEST_MAX], answers[BATCH][CANNED_ANSWER_MAX];
};

static void prepare(struct batch *b)
{
	for (int i = 0; i < BATCH; i++) {
		b->in_iov[i] = (struct iovec){b->requests[i], REQUEST_MAX};
		b->in[i].msg_hdr = (struct msghdr){.msg_name = &b->peers[i],
		    .msg_namelen = sizeof(b->peers[i]),
		    .msg_iov = &b->in_iov[i],
		    .msg_iovlen = 1};
	}
}

static int answer_all(struct batch *b, int n, struct canned *canned)
{
	int count = 0;

	for (int i = 0; i < n; i++) {
		struct buf answer = buf_over(b->answers[count], CANNED_ANSWER_MAX);

		/* An OPTIONS that regentd sends is not what is measured. */
		if (b->in[i].msg_len < 8 || memcmp(b->requests[i], "REGISTER", 8) != 0)
			continue;
		canned_answer(canned, slice_make(b->requests[i], b->in[i].msg_len), &answer);
		if (answer.full) {
			fputs("sink: a request too long to be answered\n", stderr);
			exit(1);
		}
		b->out_iov[count] = (struct iovec){b->answers[count], answer.n};
		b->out[count].msg_hdr = (struct msghdr){.msg_name = &b->peers[i],
		    .msg_namelen = sizeof(b->peers[i]),
		    .msg_iov = &b->out_iov[count],
		    .msg_iovlen = 1};
		count++;
	}
	return count;
}

static void publish(const struct canned *canned)
{
	counters->requests = canned->requests;
	counters->challenges = canned->challenges;
	counters->grants = canned->grants;
	counters->cancels = canned->cancels;
}

static void serve(int fd)
{
	static struct batch b;
	struct canned canned = {.kind = CANNED_REGISTRAR};

	for (;;) {
		int n, count, sent = 0;

		prepare(&b);
		n = recvmmsg(fd, b.in, BATCH, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
			die("recvmmsg");
		count = answer_all(&b, n, &canned);
		while (sent < count) {
			int rc = sendmmsg(fd, b.out + sent, (unsigned)(count - sent), 0);

			/* Refused by a regentd that has gone: nobody waits for the rest. */
			sent += rc > 0 ? rc : 1;
		}
		publish(&canned);
	}
}

/* The pings. */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void send_ping(int fd, const struct sockaddr_in *self, uint64_t sent_ns)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "OPTIONS sip:ping SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKping%llu;rport\r\n"
	    "Max-Forwards: 70\r\nFrom: <sip:ping@bench>;tag=p\r\nTo: <sip:ping@bench>\r\n"
	    "Call-ID: %llu\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
	    ntohs(self->sin_port), (unsigned long long)sent_ns, (unsigned long long)sent_ns);

	if (send(fd, text, (size_t)n, 0) == n)
		counters->pings++;
}

/* The Call-ID of the answer is when its ping left. */
static void take_pong(const char *text)
{
	const char *call_id = strstr(text, "\r\nCall-ID: ");
	uint64_t delay_us, bucket;

	if (!call_id)
		return;
	delay_us = (now_ns() - strtoull(call_id + 11, NULL, 10)) / 1000;
	bucket = delay_us / BUCKET_US;
	counters->delays[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
	counters->pongs++;
}

static void *ping(void *context)
{
	struct sockaddr_in self = {.sin_family = AF_INET}, peer = address_of(context);
	socklen_t size = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t next_ns = now_ns();
	char text[2048];

	self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&self, &size) < 0)
		die("ping");
	for (;;) {
		struct timespec wait = {0};
		struct pollfd poll_fd = {fd, POLLIN, 0};
		uint64_t at_ns = now_ns();
		ssize_t n;

		if (at_ns >= next_ns) {
			if (counters->ping_wanted)
				send_ping(fd, &self, at_ns);
			next_ns = at_ns + PING_EVERY_NS;
		}
		wait.tv_nsec = (long)(next_ns > at_ns ? next_ns - at_ns : 0);
		if (ppoll(&poll_fd, 1, &wait, NULL) <= 0)
			continue;
		n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
		if (n > 0) {
			text[n] = '\0';
			take_pong(text);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int fd;

	if (argc < 3 || argc > 4) {
		fputs("usage: sink ADDRESS:PORT COUNTERS [REGENTD_ADDRESS:PORT]\n", stderr);
		return 2;
	}
	map_counters(argv[2]);
	fd = open_socket(argv[1]);
	if (argc == 4 && pthread_create(&thread, NULL, ping, argv[3]) != 0)
		die("thread");
	puts("ready");
	fflush(stdout);
	serve(fd);
}
