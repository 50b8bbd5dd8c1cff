// SPDX-License-Identifier: Apache-2.0
/*
 * GET /node: who this node is. Nothing of its secret.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <unistd.h>

void api_node_get(struct exchange *exchange)
{
	const struct exchange_server *server = exchange_server_of(exchange);

	exchange_reply(exchange, MHD_HTTP_OK,
	    json_pack("{s:o,s:o,s:I,s:o,s:o,s:o,s:I}", "node",
	        api_json_text(slice_of(server->node)), "id", api_json_text(slice_of(server->id)),
	        "boot", (json_int_t)server->boot, "state_dir",
	        api_json_text(slice_of(server->state_dir)), "version",
	        api_json_text(slice_of(server->version)), "started",
	        api_json_time(server->started_ms), "pid", (json_int_t)getpid()));
}
