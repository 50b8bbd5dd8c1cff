// SPDX-License-Identifier: Apache-2.0
/*
 * Server transactions: a map from keys to pool slots, and buffers for responses.
 *
 *   server_begin -> TRYING -- 3.5 s, deferred -> PROCEEDING --+
 *                     |                            |          | 64 * T1
 *                     +------- server_answer ------+-> COMPLETED -- timer J -> ended
 */
#include "txn/server.h"

#include "base/map.h"
#include "sip/build.h"
#include "txn/buffers.h"
#include "txn/part.h"

#include <assert.h>
#include <stdlib.h>

#define LONG_SHARE 8 /* transactions for each long buffer */

enum server_state {
	SERVER_TRYING,     /* nothing was sent; a repetition is dropped */
	SERVER_PROCEEDING, /* a 100 was sent; a repetition gets it again */
	SERVER_COMPLETED,  /* the final response was sent; a repetition gets it again */
};

struct server {
	struct wheel_node timer;
	pool_handle handle;
	struct server_key key;
	struct flow flow;
	uint64_t begun_us;
	char *response; /* a buffer of the table */
	uint16_t size;  /* of the response, or of a 100 that was deferred; 0: there is none yet */
	uint8_t state;  /* enum server_state */
	bool is_long;   /* `response` is a long buffer */
};

struct servers {
	struct core_context *core;
	struct hash_key key;
	struct pool *pool;
	struct buffers buffers;
	struct map *keys;
};

static_assert(SERVER_LONG_SIZE <= OUTBOX_ENTRY_BYTES, "a step can send it");

struct servers *servers_new(const struct servers_config *config, struct core_context *core)
{
	struct servers *servers = calloc(1, sizeof(*servers));

	if (!servers)
		return NULL;
	servers->core = core;
	servers->key = config->key;
	servers->pool = pool_new(sizeof(struct server), config->cap);
	servers->keys = map_new_compared(config->cap);
	if (!buffers_init(&servers->buffers, SERVER_SHORT_SIZE, config->cap, SERVER_LONG_SIZE,
	        config->cap / LONG_SHARE + 1) ||
	    !servers->pool || !servers->keys)
		servers_free(&servers);
	return servers;
}

void servers_free(struct servers **servers)
{
	struct servers *gone = *servers;

	*servers = NULL;
	if (!gone)
		return;
	if (gone->pool)
		pool_free(&gone->pool);
	if (gone->keys)
		map_free(&gone->keys);
	buffers_free(&gone->buffers);
	free(gone);
}

/* ---- keys ---- */

static bool has_cookie(const struct sip_message *request)
{
	return request->has_via && slice_starts(request->via.branch, SLICE("z9hG4bK"));
}

static struct server_key make_key(const struct servers *servers, const struct sip_message *request)
{
	struct hash_key key = servers->key;
	struct server_key made = {{
	    hash_bytes(key, request->method_name),
	    hash_bytes(key, request->call_id),
	    request->cseq,
	}};

	if (has_cookie(request)) {
		made.parts[3] = hash_bytes(key, request->via.branch);
		made.parts[4] = hash_bytes(key, request->via.host);
		made.parts[5] = request->via.port;
	} else {
		made.parts[3] = hash_bytes(key, request->uri);
		made.parts[4] = hash_bytes(key, sip_message_value(request, SIP_FROM));
		made.parts[5] = hash_bytes(key, sip_message_value(request, SIP_TO));
		made.parts[6] = hash_bytes(key, sip_message_value(request, SIP_VIA));
	}
	return made;
}

static uint64_t hash_of(const struct servers *servers, const struct server_key *key)
{
	return hash_bytes(servers->key, slice_make(key, sizeof(*key)));
}

static struct server *find(const struct servers *servers, const struct server_key *key)
{
	uint32_t cursor = 0;
	uint64_t value;

	while (map_next(servers->keys, hash_of(servers, key), &cursor, &value)) {
		struct server *server = pool_get(servers->pool, value);

		if (memcmp(&server->key, key, sizeof(*key)) == 0)
			return server;
	}
	return NULL;
}

/* ---- the life of a transaction ---- */

/* The 100 or the final response that is kept; a timer sends the 100 for the first time. */
static void send_kept(struct servers *servers, const struct server *server, const struct flow *flow)
{
	outbox_send(servers->core->outbox, flow, slice_make(server->response, server->size));
}

static void drop_response(struct servers *servers, struct server *server)
{
	buffers_give(&servers->buffers, server->response, server->is_long);
	server->response = NULL;
	server->size = 0;
}

static void end(struct servers *servers, struct server *server)
{
	wheel_clear(servers->core->wheel, &server->timer);
	map_remove(servers->keys, hash_of(servers, &server->key), server->handle);
	drop_response(servers, server);
	pool_give(servers->pool, server->handle);
}

bool servers_repeated(struct servers *servers, const struct sip_message *request,
    const struct flow *flow, struct server_key *key_r)
{
	struct server *server;

	*key_r = make_key(servers, request);
	server = find(servers, key_r);
	if (server && server->state != SERVER_TRYING && server->size > 0)
		send_kept(servers, server, flow);
	return server;
}

int server_begin(struct servers *servers, const struct server_key *key, const struct flow *flow,
    pool_handle *server_r)
{
	uint64_t now_us = servers->core->now.mono_us;
	pool_handle handle;
	struct server *server = pool_take(servers->pool, &handle);

	if (!server)
		return ERR_FULL;
	server->response = buffers_take(&servers->buffers, false);
	if (!server->response || map_put(servers->keys, hash_of(servers, key), handle) < 0) {
		drop_response(servers, server);
		pool_give(servers->pool, handle);
		return ERR_FULL;
	}
	server->timer.kind = TIMER_SERVER;
	server->handle = handle;
	server->key = *key;
	server->flow = *flow;
	server->begun_us = now_us;
	server->state = SERVER_TRYING;
	wheel_set(servers->core->wheel, &server->timer, now_us + SIP_TJ_US);
	*server_r = handle;
	return 0;
}

void server_defer(struct servers *servers, pool_handle handle, const struct sip_message *request)
{
	struct server *server = pool_get(servers->pool, handle);
	struct slice none = {NULL, 0};
	struct buf b;

	if (!server || server->state != SERVER_TRYING)
		return;
	b = buf_over(server->response, SERVER_SHORT_SIZE);
	sip_put_response(&b, request, &server->flow.peer, 100, none, none);
	sip_put_body(&b, none);
	/* Too many Vias for a short buffer: this request gets no 100. */
	if (b.full)
		return;
	server->size = (uint16_t)b.n;
	wheel_set(servers->core->wheel, &server->timer, server->begun_us + SERVER_TRYING_US);
}

/* ERR_LIMIT, ERR_FULL: the response is not kept. */
static int keep(struct servers *servers, struct server *server, struct slice response)
{
	bool is_long = response.n > SERVER_SHORT_SIZE;
	char *text = server->response;

	if (response.n > SERVER_LONG_SIZE)
		return ERR_LIMIT;
	if (is_long) {
		text = buffers_take(&servers->buffers, true);
		if (!text)
			return ERR_FULL;
		drop_response(servers, server);
	}
	memcpy(text, response.p, response.n);
	server->response = text;
	server->size = (uint16_t)response.n;
	server->is_long = is_long;
	return 0;
}

int server_answer(struct servers *servers, pool_handle handle, struct slice response)
{
	struct server *server = pool_get(servers->pool, handle);
	int rc = 0;

	if (!server || server->state == SERVER_COMPLETED)
		return ERR_STATE;
	outbox_send(servers->core->outbox, &server->flow, response);
	if (!flow_is_reliable(&server->flow))
		rc = keep(servers, server, response);
	if (rc < 0 || flow_is_reliable(&server->flow)) {
		end(servers, server);
		return rc;
	}
	server->state = SERVER_COMPLETED;
	wheel_set(servers->core->wheel, &server->timer, servers->core->now.mono_us + SIP_TJ_US);
	return 0;
}

void servers_timer(struct servers *servers, struct wheel_node *node)
{
	struct server *server = (struct server *)((char *)node - offsetof(struct server, timer));

	/* In TRYING only server_defer() has set a size: the 100 is due. */
	if (server->state == SERVER_TRYING && server->size > 0) {
		send_kept(servers, server, &server->flow);
		server->state = SERVER_PROCEEDING;
		wheel_set(servers->core->wheel, node, server->begun_us + SIP_TJ_US);
		return;
	}
	end(servers, server);
}

uint32_t servers_count(const struct servers *servers)
{
	return pool_count(servers->pool);
}
