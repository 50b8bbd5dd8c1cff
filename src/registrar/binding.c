// SPDX-License-Identifier: Apache-2.0
/*
 * A binding, its texts in one block, and its place in its endpoint's list.
 */
#include "registrar/binding.h"

#include <stdlib.h>

/* A User-Agent, of which thousands of phones have the same one. Zeroed behind its text. */
struct agent {
	char text[BINDING_AGENT_MAX];
};

struct shared *binding_agents_new(struct hash_key key)
{
	return shared_new(sizeof(struct agent), key);
}

struct slice binding_text(const struct binding *binding, enum binding_text which)
{
	uint16_t begin = which > 0 ? binding->ends[which - 1] : 0;

	if (!binding->texts)
		return (struct slice){NULL, 0};
	return slice_make(binding->texts + begin, binding->ends[which] - begin);
}

struct slice binding_agent(const struct binding *binding)
{
	const struct agent *agent = binding->agent;

	return agent ? slice_make(agent->text, strnlen(agent->text, BINDING_AGENT_MAX))
	             : (struct slice){NULL, 0};
}

uint32_t binding_left_s(const struct registrar *registrar, const struct binding *binding)
{
	uint64_t now_us = registrar->core->now.mono_us;
	uint64_t left_us = binding->expires_us > now_us ? binding->expires_us - now_us : 1;

	return (uint32_t)((left_us + US_PER_S - 1) / US_PER_S);
}

/* ---- whose it is ---- */

static bool has_flow_of(const struct binding *binding, const struct binding_wish *wish)
{
	return wish->reg_id > 0 && wish->reg_id == binding->reg_id &&
	       slice_equal(binding_text(binding, BINDING_INSTANCE), wish->texts[BINDING_INSTANCE]);
}

static bool has_contact_of(const struct binding *binding, const struct binding_wish *wish)
{
	struct slice contact = binding_text(binding, BINDING_CONTACT);
	struct sip_uri uri;

	if (slice_equal(contact, wish->texts[BINDING_CONTACT]))
		return true;
	return sip_uri_parse(contact, &uri, NULL) == 0 && sip_uri_equal(&uri, &wish->uri);
}

struct binding *binding_find(const struct endpoint *endpoint, const struct binding_wish *wish)
{
	struct binding *binding;

	/* Another flow of the same instance may have the same Contact (RFC 5626 6). */
	for (binding = endpoint->bindings; binding; binding = binding->next)
		if (wish->reg_id > 0 ? has_flow_of(binding, wish) : has_contact_of(binding, wish))
			break;
	return binding;
}

static bool is_at_same_place(
    const struct binding *binding, const struct binding_wish *wish, const struct flow *flow)
{
	struct sip_uri uri;

	if (!netaddr_equal_ip(&binding->flow.peer, &flow->peer) ||
	    sip_uri_parse(binding_text(binding, BINDING_CONTACT), &uri, NULL) != 0)
		return false;
	return slice_equal_nocase(uri.host, wish->uri.host) &&
	       sip_user_equal(uri.user, wish->uri.user);
}

bool binding_is_same_device(
    const struct binding *binding, const struct binding_wish *wish, const struct flow *flow)
{
	struct slice instance = binding_text(binding, BINDING_INSTANCE);

	/* Another flow of an instance takes nothing away from the first. */
	if (wish->reg_id > 0 && binding->reg_id > 0 && wish->reg_id != binding->reg_id)
		return false;
	if (instance.n > 0 && wish->texts[BINDING_INSTANCE].n > 0)
		return slice_equal(instance, wish->texts[BINDING_INSTANCE]);
	return has_contact_of(binding, wish) || is_at_same_place(binding, wish, flow);
}

bool binding_is_same_instance(const struct binding *a, const struct binding *b)
{
	struct slice instance = binding_text(a, BINDING_INSTANCE);

	return a->reg_id > 0 && b->reg_id > 0 &&
	       slice_equal(instance, binding_text(b, BINDING_INSTANCE));
}

/* ---- making, filling, removing ---- */

struct binding *binding_add(struct registrar *registrar, struct endpoint *endpoint)
{
	struct binding **link = &endpoint->bindings;
	pool_handle handle;
	struct binding *binding = pool_take(registrar->bindings, &handle);

	if (!binding)
		return NULL;
	binding->handle = handle;
	binding->endpoint = endpoint;
	binding->timer.kind = TIMER_BINDING;
	while (*link)
		link = &(*link)->next;
	*link = binding;
	return binding;
}

static bool has_texts_of(const struct binding *binding, const struct binding_wish *wish)
{
	for (unsigned i = 0; i < BINDING_TEXTS; i++)
		if (!slice_equal(binding_text(binding, i), wish->texts[i]))
			return false;
	return binding->texts;
}

bool binding_prepare(struct binding_wish *wish)
{
	size_t size = 0;

	if (wish->binding && has_texts_of(wish->binding, wish))
		return true;
	for (unsigned i = 0; i < BINDING_TEXTS; i++)
		size += wish->texts[i].n;
	wish->block = malloc(size);
	return wish->block;
}

void binding_abandon(struct binding_wish *wish)
{
	free(wish->block);
	wish->block = NULL;
}

static void take_texts(struct binding *binding, struct binding_wish *wish)
{
	size_t size = 0;

	if (!wish->block)
		return;
	for (unsigned i = 0; i < BINDING_TEXTS; i++) {
		if (wish->texts[i].n > 0)
			memcpy(wish->block + size, wish->texts[i].p, wish->texts[i].n);
		size += wish->texts[i].n;
		binding->ends[i] = (uint16_t)size;
	}
	free(binding->texts);
	binding->texts = wish->block;
	wish->block = NULL;
}

/* Who it was is told to people, and worth no refusal where there is no memory. */
static void take_agent(struct registrar *registrar, struct binding *binding, struct slice text)
{
	struct agent agent = {{0}};

	if (slice_equal(binding_agent(binding), text))
		return;
	if (text.n == 0) {
		shared_drop(registrar->agents, &binding->agent);
		return;
	}
	memcpy(agent.text, text.p, text.n);
	(void)!shared_set(registrar->agents, &agent, &binding->agent);
}

static void fill(struct registrar *registrar, struct binding_wish *wish,
    const struct binding_source *source, uint64_t expires_us)
{
	struct binding *binding = wish->binding;

	take_texts(binding, wish);
	take_agent(registrar, binding, source->agent);
	binding->mark = source->mark;
	binding->cseq = source->cseq;
	binding->flow = source->flow;
	binding->q_milli = wish->q_milli;
	binding->reg_id = wish->reg_id;
	binding->granted_s = wish->granted_s;
	binding->expires_us = expires_us;
	wheel_set(registrar->core->wheel, &binding->timer, expires_us);
}

bool binding_is_refresh(const struct registrar *registrar, const struct binding_wish *wish,
    const struct binding_source *source)
{
	const struct binding *binding = wish->binding;

	return !wish->block && binding->written == registrar->writing &&
	       binding->q_milli == wish->q_milli && binding->reg_id == wish->reg_id &&
	       binding->flow.transport == source->flow.transport &&
	       netaddr_equal(&binding->flow.peer, &source->flow.peer) &&
	       netaddr_equal(&binding->flow.local, &source->flow.local);
}

/* ---- its record ---- */

static struct binding_record record_of(
    const struct registrar *registrar, const struct binding *binding, enum binding_op op)
{
	return (struct binding_record){
	    .op = op,
	    .id = binding->id,
	    .terms = {now_to_wall_ms(registrar->core->now, binding->expires_us), binding->granted_s,
	        binding->cseq},
	};
}

static void write_whole(struct registrar *registrar, struct binding *binding)
{
	struct binding_record record = record_of(registrar, binding, BINDING_PUT);

	record.username = endpoint_name(binding->endpoint);
	record.contact = binding_text(binding, BINDING_CONTACT);
	record.call_id = binding_text(binding, BINDING_CALL_ID);
	record.path = binding_text(binding, BINDING_PATH);
	record.instance = binding_text(binding, BINDING_INSTANCE);
	record.agent = binding_agent(binding);
	record.flow = binding->flow;
	record.reg_id = binding->reg_id;
	record.q_milli = binding->q_milli;
	binding->written = registrar->writing;
	binding->endpoint->ticket =
	    journal_write_binding(registrar->core->binding_journal, &record);
}

static void write_terms(struct registrar *registrar, const struct binding *binding)
{
	struct binding_record record = record_of(registrar, binding, BINDING_REFRESHED);

	journal_write_binding(registrar->core->binding_journal, &record);
}

static void write_gone(struct registrar *registrar, const struct binding *binding)
{
	struct binding_record record = {.op = BINDING_GONE, .id = binding->id};

	if (registrar->keeping != KEEPING_OFF && binding->id > 0)
		binding->endpoint->ticket =
		    journal_write_binding(registrar->core->binding_journal, &record);
}

void binding_fill(
    struct registrar *registrar, struct binding_wish *wish, const struct binding_source *source)
{
	struct binding *binding = wish->binding;
	bool is_refresh = binding_is_refresh(registrar, wish, source);

	fill(registrar, wish, source, registrar->core->now.mono_us + wish->granted_s * US_PER_S);
	if (registrar->keeping == KEEPING_OFF)
		return;
	if (binding->id == 0)
		binding->id = ++registrar->last_id;
	if (is_refresh)
		write_terms(registrar, binding);
	else
		write_whole(registrar, binding);
}

void binding_restore(struct registrar *registrar, struct binding_wish *wish,
    const struct binding_source *source, uint64_t id, uint64_t expires_us)
{
	fill(registrar, wish, source, expires_us);
	wish->binding->id = id;
	wish->binding->written = registrar->writing;
}

/* ---- the end ---- */

void binding_remove(struct registrar *registrar, struct binding *binding)
{
	struct binding **link = &binding->endpoint->bindings;

	write_gone(registrar, binding);
	while (*link != binding)
		link = &(*link)->next;
	*link = binding->next;
	wheel_clear(registrar->core->wheel, &binding->timer);
	shared_drop(registrar->agents, &binding->agent);
	free(binding->texts);
	pool_give(registrar->bindings, binding->handle);
}

void binding_remove_all(struct registrar *registrar, struct endpoint *endpoint)
{
	while (endpoint->bindings)
		binding_remove(registrar, endpoint->bindings);
}

void binding_timer(struct registrar *registrar, struct wheel_node *node)
{
	struct binding *binding =
	    (struct binding *)((char *)node - offsetof(struct binding, timer));

	binding_remove(registrar, binding);
}
