// SPDX-License-Identifier: Apache-2.0
/*
 * Messages of the kernel, cut and whole, and more of them than it keeps for us.
 * What follows from them is for test/e2e/test_network.py, which has a network of
 * its own.
 */
#include "net/links.h"

#include "test/kit/unit.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char room[512];
static size_t used;

static void put(const void *bytes, size_t n)
{
	memcpy(room + used, bytes, n);
	used += NLMSG_ALIGN(n);
}

static void put_header(uint16_t type, size_t body)
{
	struct nlmsghdr header = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + body), .nlmsg_type = type};

	put(&header, sizeof(header));
}

static void put_attribute(uint16_t type, const void *value, size_t n)
{
	struct rtattr attribute = {(unsigned short)RTA_LENGTH(n), type};

	put(&attribute, sizeof(attribute));
	put(value, n);
}

/* 192.0.2.7 of ours, with 192.0.2.8 at the other end. */
static void put_ipv4(uint16_t type)
{
	struct ifaddrmsg header = {.ifa_family = AF_INET};
	const uint8_t ours[] = {192, 0, 2, 7}, theirs[] = {192, 0, 2, 8};

	put_header(type, sizeof(header) + 2 * RTA_LENGTH(4));
	put(&header, sizeof(header));
	put_attribute(IFA_ADDRESS, theirs, 4);
	put_attribute(IFA_LOCAL, ours, 4);
}

static void put_link(unsigned flags)
{
	struct ifinfomsg link = {.ifi_flags = flags};

	put_header(RTM_NEWLINK, sizeof(link));
	put(&link, sizeof(link));
}

static void put_route(uint16_t type, unsigned flags)
{
	struct rtmsg route = {.rtm_flags = flags};

	put_header(type, sizeof(route));
	put(&route, sizeof(route));
}

static enum links_kind next_kind(struct slice *bytes)
{
	struct links_news news;

	assert_true(links_read(bytes, &news));
	return news.kind;
}

static void reads_what_happened(void **state)
{
	struct links_news news;
	struct slice bytes;
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	used = 0;
	put_ipv4(RTM_DELADDR);
	put_ipv4(RTM_NEWADDR);
	put_link(IFF_UP | IFF_RUNNING);
	put_link(IFF_UP);
	put_route(RTM_NEWROUTE, 0);
	put_route(RTM_DELROUTE, 0);
	put_route(RTM_NEWROUTE, RTM_F_CLONED);
	put_header(NLMSG_NOOP, 0);
	bytes = slice_make(room, used);
	assert_true(links_read(&bytes, &news));
	assert_int_equal(news.kind, LINKS_GONE);
	netaddr_put_host(&b, &news.address);
	assert_string_equal(buf_text(&b), "192.0.2.7");
	assert_int_equal(next_kind(&bytes), LINKS_CAME);
	assert_int_equal(next_kind(&bytes), LINKS_BACK);
	assert_int_equal(next_kind(&bytes), LINKS_CHANGED);
	assert_int_equal(next_kind(&bytes), LINKS_BACK);
	assert_int_equal(next_kind(&bytes), LINKS_CHANGED);
	assert_int_equal(next_kind(&bytes), LINKS_NOTHING);
	assert_int_equal(next_kind(&bytes), LINKS_NOTHING);
	assert_int_equal(bytes.n, 0);
	assert_false(links_read(&bytes, &news));
}

static void survives_what_is_cut(void **state)
{
	struct links_news news;
	struct slice whole;

	(void)state;
	used = 0;
	put_ipv4(RTM_DELADDR);
	for (size_t n = 0; n < used; n++) {
		struct slice bytes = slice_make(room, n);

		assert_false(links_read(&bytes, &news));
	}
	/* The message says that it is shorter than its attributes. */
	((struct nlmsghdr *)(void *)room)->nlmsg_len = NLMSG_HDRLEN + sizeof(struct ifaddrmsg) + 6;
	whole = slice_make(room, used);
	assert_int_equal(next_kind(&whole), LINKS_NOTHING);
}

struct told {
	unsigned gone, changed;
	bool is_any_gone;
};

static void gone(void *owner, const struct netaddr *address)
{
	struct told *told = owner;

	told->gone++;
	told->is_any_gone = told->is_any_gone || address->family == 0;
}

static void changed(void *owner, bool is_back)
{
	(void)is_back;
	((struct told *)owner)->changed++;
}

/* The loopback link goes down and up again. */
static void toggle(int fd, unsigned times)
{
	struct ifreq request = {.ifr_name = "lo"};

	for (unsigned i = 0; i < 2 * times; i++) {
		request.ifr_flags = i % 2 ? IFF_UP : 0;
		assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	}
}

static void time_is_up(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static bool is_told(uv_loop_t *loop, const unsigned *count)
{
	unsigned before = *count;
	bool is_up = false;
	uv_timer_t timer;

	uv_timer_init(loop, &timer);
	timer.data = &is_up;
	uv_timer_start(&timer, time_is_up, 5000, 0);
	while (*count == before && !is_up)
		uv_run(loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
	return *count > before;
}

/* An overflow is an error on the socket, after which libuv watches it no more. */
static void goes_on_after_an_overflow(void **state)
{
	struct told told = {0};
	struct links_handlers handlers = {gone, changed, &told};
	struct links *links;
	uv_loop_t loop;
	int fd;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		skip();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	toggle(fd, 1);
	assert_int_equal(uv_loop_init(&loop), 0);
	links = links_new(&loop, &handlers);
	assert_non_null(links);
	toggle(fd, 500);
	assert_true(is_told(&loop, &told.changed));
	assert_true(told.is_any_gone);
	toggle(fd, 1);
	assert_true(is_told(&loop, &told.changed));
	links_free(&links);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_happened),
	    cmocka_unit_test(survives_what_is_cut),
	    cmocka_unit_test(goes_on_after_an_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
