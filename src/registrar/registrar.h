// SPDX-License-Identifier: Apache-2.0
/*
 * The registrar: endpoints and their bindings, behind the entries by which the core
 * reaches it. RFC 3261 10.3, with 3327 (Path), 5626 (flows), 5627 (public GRUUs) and
 * 8760 (SHA-256 beside MD5).
 */
#pragma once

#include "registrar/context.h"
#include "sip/message.h"

struct registrar_config {
	struct core_context *core;
	struct guard *guard;
	struct hash_key hash_key;
	const struct slice *domains; /* DOMAINS_MAX at most; none: every domain is ours */
	unsigned domain_count;
	uint32_t endpoints_max, bindings_max;
	bool keeps_bindings; /* EVENT_BINDINGS_LOADED will come, and until then nobody registers */
};

/* The core's context and the guard outlive it; the domains are copied. NULL without memory. */
struct registrar *registrar_new(const struct registrar_config *config);
void registrar_free(struct registrar **registrar);

/* Takes a REGISTER and sends the response, if there is one. */
void registrar_request(
    struct registrar *registrar, const struct sip_message *request, const struct flow *flow);

/*
 * Does a command that concerns endpoints: COMMAND_PUT and COMMAND_REMOVE of OBJECT_ENDPOINT, and
 * those of endpoints, bindings and suspensions.
 */
void registrar_command(struct registrar *registrar, const struct command *command);

/* A `struct registrar` is the part that is handed to them. */
extern const struct part_ops registrar_ops;

struct registrar_usage {
	uint32_t endpoints, bindings;
};
struct registrar_usage registrar_usage(const struct registrar *registrar);
