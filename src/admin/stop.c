// SPDX-License-Identifier: Apache-2.0
/*
 * POST /api/v1/stop and /restart: begins the stop and says how long it will take; with
 * `restart?keep=1` one that cancels nothing, and the new start goes on. Progress
 * is read from /status; the end is the socket's disappearance. The report comes to
 * who waits for it at /last-stop?wait=end, and lies in the file that `report` names.
 */
#include "admin/api.h"
#include "admin/api_json.h"
#include "base/log.h"

#include <string.h>
#include <sys/socket.h>

static void reply(struct exchange *exchange, const struct effect_stop_begin *begin,
    int64_t begun_ms, bool already)
{
	const struct exchange_server *server = exchange_server_of(exchange);

	exchange_reply(exchange, MHD_HTTP_ACCEPTED,
	    json_pack("{s:o,s:I,s:I,s:I,s:I,s:b,s:o}", "started", api_json_time(begun_ms),
	        "deadline_s", (json_int_t)begin->deadline_s, "expected_s",
	        (json_int_t)begin->expected_s, "cancels", (json_int_t)begin->cancels, "kept",
	        (json_int_t)begin->kept, "already", already, "report",
	        json_sprintf("%s/last-stop.json", server->state_dir)));
}

/* A stop is a large thing to do by mistake: the log says who did it. */
static void log_asker(const struct exchange *exchange, const char *what)
{
	int fd = exchange_socket(exchange);
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (fd >= 0 && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n))
		log_line(LOG_LEVEL_INFO, "%s=asked uid=%u pid=%d", what, peer.uid, (int)peer.pid);
	else
		log_line(LOG_LEVEL_INFO, "%s=asked over TCP, with the token", what);
}

/*
 * A second stop would be taken for impatience (the second signal): it only gets the facts.
 * True where it will begin one, also when that takes longer than anybody waits.
 */
static bool post(struct exchange *exchange, const char *what, bool keeps)
{
	struct command command = {.kind = COMMAND_STOP, .keeps = keeps};
	struct effect_stop_begin begin;
	int64_t begun_ms;

	log_asker(exchange, what);
	if (pending_stop_facts(exchange_server_of(exchange)->pending, &begin, &begun_ms))
		reply(exchange, &begin, begun_ms, true);
	else
		return exchange_ask(exchange, &command);
	return false;
}

void api_stop_post(struct exchange *exchange)
{
	(void)post(exchange, "stop", false);
}

void api_restart_post(struct exchange *exchange)
{
	const struct exchange_server *server = exchange_server_of(exchange);
	const char *keep = exchange_query(exchange, "keep");

	if (post(exchange, "restart", keep && strcmp(keep, "0") != 0) && server->restart)
		server->restart(server->restart_context);
}

void api_stop_begun(struct exchange *exchange, const struct answer *answer)
{
	reply(exchange, &answer->stop_begin, answer->stop_begun_ms, false);
}
