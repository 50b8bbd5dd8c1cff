// SPDX-License-Identifier: Apache-2.0
/*
 * Listeners; see listen.h.
 */
#include "daemon/listen.h"

#include "base/log.h"

#include <ctype.h>

/* The socket's name at the service manager; colons separate names there. */
static void put_name(struct buf *name, const struct node_listen *listen)
{
	buf_puts(name, sip_transport_name(listen->transport));
	buf_putc(name, '-');
	netaddr_put(name, &listen->address);
	for (size_t i = 0; i < name->n; i++)
		name->p[i] = name->p[i] == ':' ? '_' : (char)tolower((uint8_t)name->p[i]);
}

/* False where there is none, or it is not what is wanted now. */
static bool adopt(
    struct daemon *daemon, const struct node_listen *listen, const char *name, uint32_t *listener_r)
{
	int fd = inherited_take(&daemon->inherited, name);

	if (fd < 0)
		return false;
	if (net_adopt(wiring_net(daemon->wiring), fd, &listen->address, listener_r) == 0)
		return true;
	service_forget(daemon->service, name);
	log_line(LOG_LEVEL_WARNING, "listen: the socket that was kept as %s is another one", name);
	return false;
}

static enum exit_code listen_anywhere(struct daemon *daemon, const struct node_listen *listen)
{
	const struct netaddr any = {.family = listen->address.family};
	char why_text[160];
	struct buf why = buf_over(why_text, sizeof(why_text));
	uint32_t listener;

	if (net_listen(wiring_net(daemon->wiring), listen->transport, &any, &listener, &why) == 0)
		return EXIT_CODE_OK;
	log_line(LOG_LEVEL_ERROR, "cannot listen at all: %s", buf_text(&why));
	return EXIT_CODE_LISTEN;
}

enum exit_code listen_open(struct daemon *daemon, const struct node_listen *listen)
{
	char why_text[160], place_text[NETADDR_TEXT_MAX + 1], name_text[SERVICE_NAME_MAX];
	struct buf why = buf_over(why_text, sizeof(why_text));
	struct buf place = buf_over(place_text, sizeof(place_text));
	struct buf name = buf_over(name_text, sizeof(name_text));
	struct net *net = wiring_net(daemon->wiring);
	uint32_t listener;
	bool was_kept;

	netaddr_put(&place, &listen->address);
	put_name(&name, listen);
	was_kept = adopt(daemon, listen, buf_text(&name), &listener);
	if (was_kept ||
	    net_listen(net, listen->transport, &listen->address, &listener, &why) == 0) {
		if (service_is_there(daemon->service))
			service_keep(daemon->service, net_keep(net, listener), buf_text(&name));
		log_line(LOG_LEVEL_INFO, "listen=udp:%s%s", buf_text(&place),
		    was_kept ? " socket=kept" : "");
		return EXIT_CODE_OK;
	}
	log_line(LOG_LEVEL_ERROR, "cannot listen on %s %s: %s",
	    sip_transport_name(listen->transport), buf_text(&place), buf_text(&why));
	/* A cancel from another port is better than none. */
	return daemon_is_farewell(daemon) ? listen_anywhere(daemon, listen) : EXIT_CODE_LISTEN;
}
