// SPDX-License-Identifier: Apache-2.0
/*
 * Listeners; see listen.h.
 */
#include "daemon/listen.h"

#include "base/log.h"

#include <ctype.h>
#include <unistd.h>

#define LET_GO_MS      2000
#define LET_GO_STEP_MS 20

/* The socket's name at the service manager; colons separate names there. */
static void put_name(struct buf *name, const struct node_listen *listen)
{
	buf_puts(name, sip_transport_name(listen->transport));
	buf_putc(name, '-');
	netaddr_put(name, &listen->address);
	for (size_t i = 0; i < name->n; i++)
		name->p[i] = name->p[i] == ':' ? '_' : (char)tolower((uint8_t)name->p[i]);
}

static int take_kept(struct daemon *daemon, const struct node_listen *listen)
{
	char name_text[SERVICE_NAME_MAX];
	struct buf name = buf_over(name_text, sizeof(name_text));

	put_name(&name, listen);
	return inherited_take(&daemon->inherited, buf_text(&name));
}

/* False where there is none, or it is not what its name says. */
static bool adopt(
    struct daemon *daemon, const struct node_listen *listen, int fd, uint32_t *listener_r)
{
	char name_text[SERVICE_NAME_MAX];
	struct buf name = buf_over(name_text, sizeof(name_text));

	if (fd < 0)
		return false;
	if (net_adopt(wiring_net(daemon->wiring), fd, &listen->address, listener_r) == 0)
		return true;
	put_name(&name, listen);
	service_forget(daemon->service, buf_text(&name));
	log_line(LOG_LEVEL_WARNING,
	    "listen: the socket that the service manager kept as %s has another address; a new one "
	    "is opened",
	    name_text);
	return false;
}

static enum exit_code open_anywhere(struct daemon *daemon, const struct node_listen *listen)
{
	const struct netaddr any = {.family = listen->address.family};
	char why_text[160];
	struct buf why = buf_over(why_text, sizeof(why_text));
	uint32_t listener;

	if (net_listen(wiring_net(daemon->wiring), listen->transport, &any, &listener, &why) == 0)
		return EXIT_CODE_OK;
	log_line(LOG_LEVEL_ERROR, "cannot open any UDP socket: %s", buf_text(&why));
	return EXIT_CODE_LISTEN;
}

/* While the manager lets go of a socket, its port is still in use. */
static bool open_new(struct daemon *daemon, const struct node_listen *listen, bool is_patient,
    uint32_t *listener_r, struct buf *why)
{
	struct buf empty = *why;

	for (int ms = 0;; ms += LET_GO_STEP_MS) {
		*why = empty;
		if (net_listen(wiring_net(daemon->wiring), listen->transport, &listen->address,
		        listener_r, why) == 0)
			return true;
		if (!is_patient || ms >= LET_GO_MS)
			return false;
		usleep(LET_GO_STEP_MS * 1000);
	}
}

static void keep(struct daemon *daemon, const struct node_listen *listen, uint32_t listener)
{
	char name_text[SERVICE_NAME_MAX];
	struct buf name = buf_over(name_text, sizeof(name_text));

	if (!service_is_there(daemon->service))
		return;
	put_name(&name, listen);
	service_keep(
	    daemon->service, net_keep(wiring_net(daemon->wiring), listener), buf_text(&name));
}

static enum exit_code open_one(
    struct daemon *daemon, const struct node_listen *listen, int fd, bool is_patient)
{
	char why_text[160], place_text[NETADDR_TEXT_MAX + 1];
	struct buf why = buf_over(why_text, sizeof(why_text));
	struct buf place = buf_over(place_text, sizeof(place_text));
	uint32_t listener;
	bool was_kept = adopt(daemon, listen, fd, &listener);

	netaddr_put(&place, &listen->address);
	if (was_kept || open_new(daemon, listen, is_patient, &listener, &why)) {
		keep(daemon, listen, listener);
		log_line(LOG_LEVEL_INFO, "listen=udp:%s%s", buf_text(&place),
		    was_kept ? " socket=kept" : "");
		return EXIT_CODE_OK;
	}
	log_line(LOG_LEVEL_ERROR, "cannot listen on %s %s: %s",
	    sip_transport_name(listen->transport), buf_text(&place), buf_text(&why));
	/* A cancel from another port is better than none. */
	return daemon_is_farewell(daemon) ? open_anywhere(daemon, listen) : EXIT_CODE_LISTEN;
}

enum exit_code listen_open(struct daemon *daemon)
{
	const struct node_config *config = &daemon->config;
	enum exit_code code = EXIT_CODE_OK;
	int fds[NODE_LISTEN_MAX];
	bool is_patient;

	for (unsigned i = 0; i < config->listen_count; i++)
		fds[i] = daemon_is_held(daemon) ? -1 : take_kept(daemon, &config->listen[i]);
	/* Before others are opened: they may be in the way. */
	is_patient = inherited_close(&daemon->inherited, daemon->service) > 0;
	for (unsigned i = 0; i < config->listen_count && !daemon_is_held(daemon); i++) {
		code = open_one(daemon, &config->listen[i], fds[i], is_patient);
		if (code != EXIT_CODE_OK)
			break;
	}
	return code;
}
