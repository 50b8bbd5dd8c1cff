// SPDX-License-Identifier: Apache-2.0
/*
 * GET /node: who this node is. Nothing of its secret. POST /node/adopt and /node/renew
 * decide whose a state directory is that was found on another machine: the daemon
 * starts anew with it.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <unistd.h>

void api_node_get(struct http_request *http)
{
	const struct http_server *server = http_request_server_of(http);

	http_request_reply(http, MHD_HTTP_OK,
	    json_pack("{s:o,s:o,s:s,s:b,s:I,s:o,s:o,s:o,s:I}", "node",
	        api_json_text(slice_of(server->node)), "id", api_json_text(slice_of(server->id)),
	        "machine", server->machine, "held", server->is_held, "boot",
	        (json_int_t)server->boot, "state_dir", api_json_text(slice_of(server->state_dir)),
	        "version", api_json_text(slice_of(server->version)), "started",
	        api_json_time(server->started_ms), "pid", (json_int_t)getpid()));
}

void api_node_decide(struct http_request *http)
{
	struct command command = {.kind = COMMAND_STOP};

	if (http_request_server_of(http)->is_held)
		http_request_ask(http, &command);
	else
		http_request_fail(http, MHD_HTTP_CONFLICT,
		    "the state directory is where it belongs: there is nothing to decide");
}

static void decided(struct http_request *http, enum admin_decision decision)
{
	const struct http_server *server = http_request_server_of(http);

	if (server->decide)
		server->decide(server->restart_context, decision);
	http_request_reply(http, MHD_HTTP_ACCEPTED,
	    json_pack("{s:s,s:I}", "decision", decision == ADMIN_ADOPT ? "adopt" : "renew", "boot",
	        (json_int_t)server->boot));
}

/* The thread ends after this, and only then does the daemon look what follows the stop. */
void api_node_adopted(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	decided(http, ADMIN_ADOPT);
}

void api_node_renewed(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	decided(http, ADMIN_RENEW);
}
