// SPDX-License-Identifier: Apache-2.0
/*
 * A binding: an endpoint, a Contact at which it is reached, and until when
 * (RFC 3261 10.2). The bindings of an endpoint are a list in the order in which they
 * were made.
 */
#pragma once

#include "registrar/endpoint.h"
#include "sip/uri.h"

enum binding_text {
	BINDING_CONTACT, /* the URI as it came */
	BINDING_CALL_ID,
	BINDING_PATH,     /* RFC 3327: the Path of the REGISTER, as one list */
	BINDING_INSTANCE, /* RFC 5626: +sip.instance without quotes and brackets */
	BINDING_TEXTS
};

/* The most of each, so that a 200 with all of them finds room in STATELESS_SIZE. */
#define BINDINGS_MAX         32 /* of an endpoint, flows of one instance one by one */
#define BINDING_CONTACT_MAX  200
#define BINDING_INSTANCE_MAX 100
#define BINDING_CALL_ID_MAX  256
#define BINDING_PATH_MAX     1024
#define BINDING_AGENT_MAX    64

struct binding {
	struct wheel_node timer;
	pool_handle handle;
	struct binding *next; /* of the same endpoint, the next newer one */
	struct endpoint *endpoint;
	uint64_t expires_us;
	uint64_t mark;     /* of the REGISTER that made or refreshed it, register_mark() */
	const void *agent; /* shared: the User-Agent; NULL without */
	char *texts;
	uint16_t ends[BINDING_TEXTS];
	uint16_t q_milli;
	uint16_t written; /* registrar.writing, when it was written whole */
	uint32_t cseq;
	uint32_t granted_s;
	uint32_t reg_id; /* RFC 5626; 0 without */
	uint64_t id;     /* in what is kept; 0: there is no record of it */
	struct flow flow;
};

/* What a REGISTER wants of one Contact. Its texts are those of the request. */
struct binding_wish {
	struct slice texts[BINDING_TEXTS];
	struct sip_uri uri; /* of the Contact */
	uint32_t expires_s; /* 0: remove it */
	uint32_t granted_s;
	uint32_t reg_id;
	uint16_t q_milli;
	struct binding *binding; /* the one that it means; NULL: there is none yet */
	char *block;             /* memory for its texts; NULL: they are those of `binding` */
};

/* What all Contacts of one REGISTER share. */
struct binding_source {
	struct flow flow;
	struct slice agent; /* User-Agent, cut to BINDING_AGENT_MAX */
	uint32_t cseq;
	uint64_t mark;
};

/* A table for User-Agents, which bindings share. NULL without memory. */
struct shared *binding_agents_new(struct hash_key key);

struct slice binding_text(const struct binding *binding, enum binding_text which);

/* The User-Agent; empty without. */
struct slice binding_agent(const struct binding *binding);

/*
 * The binding that a wish means (RFC 3261 10.3 7.): the same Contact; or, where both have an
 * instance and a reg-id, the same of these (RFC 5626 6). NULL where there is none.
 */
struct binding *binding_find(const struct endpoint *endpoint, const struct binding_wish *wish);

/*
 * True where the wish comes from the device that has the binding: the same instance; where one has
 * none, the same Contact, or the same source address and the same host and user in the Contact.
 */
bool binding_is_same_device(
    const struct binding *binding, const struct binding_wish *wish, const struct flow *flow);

/* True where both are flows of one instance: they count as one Contact. */
bool binding_is_same_instance(const struct binding *a, const struct binding *b);

/* Room for a binding of the endpoint, the newest one, empty. NULL at the cap. */
struct binding *binding_add(struct registrar *registrar, struct endpoint *endpoint);

/*
 * Takes memory for the texts of a wish, unless its binding has the same ones, as it has in a
 * refresh. False without memory. binding_fill() or binding_abandon() comes next.
 */
MUST_CHECK bool binding_prepare(struct binding_wish *wish);
void binding_abandon(struct binding_wish *wish);

/* Once it is prepared: true where nothing of its binding would change but when it expires. */
bool binding_is_refresh(const struct registrar *registrar, const struct binding_wish *wish,
    const struct binding_source *source);

/* Fills its binding in or refreshes it, sets its timer and writes its record. It cannot fail. */
void binding_fill(
    struct registrar *registrar, struct binding_wish *wish, const struct binding_source *source);

/* The same for one of an earlier process, which has a record. */
void binding_restore(struct registrar *registrar, struct binding_wish *wish,
    const struct binding_source *source, uint64_t id, uint64_t expires_us);

/* Takes it out of its endpoint's list and frees it; its record goes, too. */
void binding_remove(struct registrar *registrar, struct binding *binding);
void binding_remove_all(struct registrar *registrar, struct endpoint *endpoint);

/* It has expired. */
void binding_timer(struct registrar *registrar, struct wheel_node *node);

/* Whole seconds that are left, rounded up; at least 1. */
uint32_t binding_left_s(const struct registrar *registrar, const struct binding *binding);
