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

static void reply(struct http_request *http, const struct answer_stop_begin *begin,
    int64_t begun_ms, bool already)
{
	const struct http_server *server = http_request_server_of(http);

	http_request_reply(http, MHD_HTTP_ACCEPTED,
	    json_pack("{s:o,s:I,s:I,s:I,s:I,s:b,s:o}", "started", api_json_time(begun_ms),
	        "deadline_s", (json_int_t)begin->deadline_s, "expected_s",
	        (json_int_t)begin->expected_s, "cancels", (json_int_t)begin->cancels, "kept",
	        (json_int_t)begin->kept, "already", already, "report",
	        json_sprintf("%s/last-stop.json", server->state_dir)));
}

/* A stop is a large thing to do by mistake: the log says who did it. */
static void log_asker(const struct http_request *http, const char *what)
{
	int fd = http_request_socket(http);
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
static bool post(struct http_request *http, const char *what, bool keeps)
{
	struct command command = {.kind = COMMAND_STOP, .keeps = keeps};
	struct answer_stop_begin begin;
	int64_t begun_ms;

	log_asker(http, what);
	if (pending_stop_facts(http_request_server_of(http)->pending, &begin, &begun_ms))
		reply(http, &begin, begun_ms, true);
	else
		return http_request_ask(http, &command);
	return false;
}

void api_stop_post(struct http_request *http)
{
	(void)post(http, "stop", false);
}

void api_restart_post(struct http_request *http)
{
	const struct http_server *server = http_request_server_of(http);
	const char *keep = http_request_query(http, "keep");

	if (post(http, "restart", keep && strcmp(keep, "0") != 0) && server->restart)
		server->restart(server->restart_context);
}

void api_stop_begun(struct http_request *http, const struct pending_answer *answer)
{
	reply(http, &answer->end->stop_begin, answer->stop_begun_ms, false);
}
