// SPDX-License-Identifier: Apache-2.0
/*
 * The entries, and how a registrar is put together.
 */
#include "registrar/registrar.h"

#include "registrar/binding.h"
#include "registrar/held.h"
#include "registrar/kept.h"
#include "registrar/register.h"

#include <assert.h>
#include <stdlib.h>

static bool keep_domains(struct registrar *registrar, const struct registrar_config *config)
{
	size_t size = 0;
	char *at;

	assert(config->domain_count <= DOMAINS_MAX);
	for (unsigned i = 0; i < config->domain_count; i++)
		size += config->domains[i].n;
	at = registrar->texts = malloc(size + 1);
	if (!at)
		return false;
	for (unsigned i = 0; i < config->domain_count; i++) {
		memcpy(at, config->domains[i].p, config->domains[i].n);
		registrar->domains[i] = slice_make(at, config->domains[i].n);
		at += config->domains[i].n;
	}
	registrar->domain_count = config->domain_count;
	return true;
}

struct registrar *registrar_new(const struct registrar_config *config)
{
	struct registrar *registrar = calloc(1, sizeof(*registrar));

	if (!registrar)
		return NULL;
	registrar->core = config->core;
	registrar->guard = config->guard;
	registrar->hash_key = config->hash_key;
	registrar->endpoints = pool_new(sizeof(struct endpoint), config->endpoints_max);
	registrar->names = names_new(endpoint_name_at, registrar);
	registrar->usernames = map_new_compared(config->endpoints_max);
	registrar->bindings = pool_new(sizeof(struct binding), config->bindings_max);
	registrar->agents = binding_agents_new(config->hash_key);
	registrar->held = held_pool_new();
	registrar->keeping = config->keeps_bindings ? KEEPING_LOADS : KEEPING_OFF;
	registrar->writing = 1;
	registrar->core->binding_journal->timer.kind = TIMER_HELD;
	if (!registrar->endpoints || !registrar->names || !registrar->usernames ||
	    !registrar->bindings || !registrar->agents || !registrar->held ||
	    !keep_domains(registrar, config))
		registrar_free(&registrar);
	return registrar;
}

static void free_endpoints(struct registrar *registrar)
{
	struct endpoint *endpoint;
	pool_handle handle;

	for (uint32_t slot = 0; (endpoint = pool_walk(registrar->endpoints, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		binding_remove_all(registrar, endpoint);
		endpoint_drop(registrar, endpoint);
	}
}

void registrar_free(struct registrar **registrar)
{
	struct registrar *gone = *registrar;

	*registrar = NULL;
	if (!gone)
		return;
	/* What is kept stays. */
	gone->keeping = KEEPING_OFF;
	held_free(gone);
	if (gone->endpoints && gone->bindings)
		free_endpoints(gone);
	names_free(&gone->names);
	map_free(&gone->usernames);
	pool_free(&gone->endpoints);
	pool_free(&gone->bindings);
	shared_free(&gone->agents);
	free(gone->texts);
	free(gone);
}

void registrar_request(
    struct registrar *registrar, const struct sip_message *request, const struct flow *flow)
{
	register_take(registrar, request, flow);
}

static void run_timer(void *part, struct wheel_node *node)
{
	struct registrar *registrar = part;

	switch ((enum registrar_timer)node->kind) {
	case TIMER_BINDING:
		binding_timer(registrar, node);
		break;
	case TIMER_HELD:
		held_timer(registrar);
		break;
	}
}

static void event(void *part, const struct event *event)
{
	kept_event(part, event);
}

const struct part_ops registrar_ops = {.timer = run_timer, .event = event};

struct registrar_usage registrar_usage(const struct registrar *registrar)
{
	return (struct registrar_usage){
	    .endpoints = pool_count(registrar->endpoints),
	    .bindings = pool_count(registrar->bindings),
	};
}
