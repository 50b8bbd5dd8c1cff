// SPDX-License-Identifier: Apache-2.0
/*
 * An endpoint: whoever may register with us under one name, and the bindings that it
 * has. Its password is not kept: what is computed from it answers every digest.
 */
#pragma once

#include "model/endpoint_config.h"
#include "model/networks.h"
#include "registrar/context.h"

/* Digest users of one endpoint: its name, and its name at each of our domains. */
#define ENDPOINT_SECRETS(registrar) (1 + (registrar)->domain_count)

struct binding;

struct endpoint {
	pool_handle handle;
	struct binding *bindings; /* the oldest; the others follow by `next` */
	uint64_t ticket;          /* in the binding journal, of the last change of its bindings */
	uint64_t mark;   /* of the last REGISTER that changed bindings, register_mark(); 0 none */
	bool must_prove; /* its binding was taken away: the next REGISTER is challenged */
	int64_t seen_ms; /* wall time of the last REGISTER that was accepted; 0 none */
	struct endpoint_config *config; /* without password */
	struct guard_secret *secrets;   /* ENDPOINT_SECRETS of them */
	struct subnet *networks;        /* NULL: from anywhere */
	unsigned network_count;
};

/*
 * Adds the endpoint, or changes the one of that name: its bindings stay while it is enabled.
 * ERR_FULL, ERR_MEMORY: nothing has changed.
 */
MUST_CHECK int endpoint_put(struct registrar *registrar, const struct endpoint_config *config);

/* Forgets it and its bindings. ERR_NOT_FOUND. */
MUST_CHECK int endpoint_remove(struct registrar *registrar, struct slice username);

/* NULL where there is none; a disabled one is there. */
struct endpoint *endpoint_find(const struct registrar *registrar, struct slice username);

/* The first one behind that name, in the order of names; NULL at the end. */
struct endpoint *endpoint_after(const struct registrar *registrar, struct slice username);

/*
 * The endpoint and the secret that a digest user means: NAME or NAME@DOMAIN, the domain one of
 * ours. NULL where there is none, or it is disabled; then `secret_r` is NULL, too.
 */
struct endpoint *endpoint_of_digest_user(const struct registrar *registrar,
    struct slice digest_user, const struct guard_secret **secret_r);

/* True where a domain is ours. A port behind it is no part of it. */
bool endpoint_has_domain(const struct registrar *registrar, struct slice host);

/* True where it may register over this flow: its transports and networks. */
bool endpoint_may_use(const struct endpoint *endpoint, const struct flow *flow);

static inline struct slice endpoint_name(const struct endpoint *endpoint)
{
	return endpoint->config->username;
}

/* For names_new(). */
struct slice endpoint_name_at(const void *registrar, uint32_t slot);

/* Frees what it owns, without its bindings; for the end of the registrar. */
void endpoint_drop(struct registrar *registrar, struct endpoint *endpoint);
