// SPDX-License-Identifier: Apache-2.0
/*
 * First a plan: which bindings leave. Then memory for all that comes. Then the
 * change, which cannot fail any more.
 */
#include "registrar/change.h"

#include "registrar/held.h"

struct plan {
	struct registrar *registrar;
	struct endpoint *endpoint;
	struct wishes *wishes;
	const struct binding_source *source;
	struct slice call_id;
	struct binding *leaving[BINDINGS_MAX];
	unsigned leaving_count;
	unsigned added; /* wishes that got a new binding */
};

static bool is_leaving(const struct plan *plan, const struct binding *binding)
{
	for (unsigned i = 0; i < plan->leaving_count; i++)
		if (plan->leaving[i] == binding)
			return true;
	return false;
}

static void leave(struct plan *plan, struct binding *binding)
{
	if (!is_leaving(plan, binding))
		plan->leaving[plan->leaving_count++] = binding;
}

/* The wish that makes or refreshes it; NULL where this request does not touch it. */
static const struct binding_wish *wish_for(const struct plan *plan, const struct binding *binding)
{
	for (unsigned i = 0; i < plan->wishes->count; i++)
		if (plan->wishes->items[i].binding == binding &&
		    plan->wishes->items[i].expires_s > 0)
			return &plan->wishes->items[i];
	return NULL;
}

/* RFC 3261 10.3 6. and 7.: under one Call-ID only a higher CSeq changes anything. */
static bool is_old(const struct plan *plan, const struct binding *binding)
{
	return slice_equal(binding_text(binding, BINDING_CALL_ID), plan->call_id) &&
	       plan->source->cseq <= binding->cseq;
}

static enum change_verdict plan_star(struct plan *plan)
{
	for (struct binding *b = plan->endpoint->bindings; b; b = b->next) {
		if (is_old(plan, b))
			return CHANGE_OLD;
		leave(plan, b);
	}
	return CHANGE_DONE;
}

static enum change_verdict plan_removals(struct plan *plan)
{
	for (unsigned i = 0; i < plan->wishes->count; i++) {
		const struct binding_wish *wish = &plan->wishes->items[i];

		if (!wish->binding)
			continue;
		if (is_old(plan, wish->binding))
			return CHANGE_OLD;
		if (wish->expires_s == 0)
			leave(plan, wish->binding);
	}
	return CHANGE_DONE;
}

/* A device that comes with another Contact takes the place of the one it had. */
static void plan_moves(struct plan *plan)
{
	for (unsigned i = 0; i < plan->wishes->count; i++) {
		const struct binding_wish *wish = &plan->wishes->items[i];

		if (wish->binding || wish->expires_s == 0)
			continue;
		for (struct binding *b = plan->endpoint->bindings; b; b = b->next)
			if (!wish_for(plan, b) &&
			    binding_is_same_device(b, wish, &plan->source->flow))
				leave(plan, b);
	}
}

static bool is_same_instance(const struct binding_wish *a, const struct binding_wish *b)
{
	return a->reg_id > 0 && b->reg_id > 0 &&
	       slice_equal(a->texts[BINDING_INSTANCE], b->texts[BINDING_INSTANCE]);
}

/* Wishes that count as Contacts of their own: the flows of one instance are one. */
static unsigned count_wishes(const struct plan *plan)
{
	unsigned count = 0;

	for (unsigned i = 0; i < plan->wishes->count; i++) {
		const struct binding_wish *wish = &plan->wishes->items[i];
		bool is_first = wish->expires_s > 0;

		for (unsigned k = 0; k < i && is_first; k++)
			is_first = plan->wishes->items[k].expires_s == 0 ||
			           !is_same_instance(&plan->wishes->items[k], wish);
		count += is_first;
	}
	return count;
}

static bool is_flow_of_wished(const struct plan *plan, const struct binding *binding)
{
	struct slice instance = binding_text(binding, BINDING_INSTANCE);

	for (unsigned i = 0; binding->reg_id > 0 && i < plan->wishes->count; i++)
		if (plan->wishes->items[i].reg_id > 0 && plan->wishes->items[i].expires_s > 0 &&
		    slice_equal(plan->wishes->items[i].texts[BINDING_INSTANCE], instance))
			return true;
	return false;
}

static bool is_other(const struct plan *plan, const struct binding *binding)
{
	return !is_leaving(plan, binding) && !wish_for(plan, binding) &&
	       !is_flow_of_wished(plan, binding);
}

/* Contacts of other devices that stay; `oldest_r`: the first of them. */
static unsigned count_others(const struct plan *plan, struct binding **oldest_r)
{
	unsigned count = 0;

	*oldest_r = NULL;
	for (struct binding *b = plan->endpoint->bindings; b; b = b->next) {
		bool is_first = is_other(plan, b);

		for (struct binding *k = plan->endpoint->bindings; k != b && is_first; k = k->next)
			is_first = !is_other(plan, k) || !binding_is_same_instance(k, b);
		if (!is_first)
			continue;
		if (!*oldest_r)
			*oldest_r = b;
		count++;
	}
	return count;
}

/* With all flows of its instance, but for those that this request keeps. */
static void leave_device(struct plan *plan, struct binding *device)
{
	for (struct binding *b = plan->endpoint->bindings; b; b = b->next)
		if (b == device || (binding_is_same_instance(b, device) && !wish_for(plan, b)))
			leave(plan, b);
}

/* SS_ENDPOINT_REGISTER_REPLACE. */
static enum change_verdict plan_room(struct plan *plan)
{
	unsigned most = plan->endpoint->config->settings.max_contacts;
	unsigned wished = count_wishes(plan);
	struct binding *oldest;

	if (wished == 0)
		return CHANGE_DONE;
	if (wished > most)
		return CHANGE_TOO_MANY;
	while (count_others(plan, &oldest) + wished > most) {
		if (!plan->registrar->core->params->endpoint_replace)
			return CHANGE_OCCUPIED;
		leave_device(plan, oldest);
	}
	return CHANGE_DONE;
}

static unsigned bindings_of(const struct endpoint *endpoint)
{
	unsigned count = 0;

	for (const struct binding *b = endpoint->bindings; b; b = b->next)
		count++;
	return count;
}

static void give_back(struct plan *plan)
{
	for (unsigned i = 0; i < plan->wishes->count; i++) {
		struct binding_wish *wish = &plan->wishes->items[i];

		binding_abandon(wish);
		/* An empty one is new. */
		if (wish->binding && !wish->binding->texts)
			binding_remove(plan->registrar, wish->binding);
	}
}

static bool make_room(struct plan *plan)
{
	unsigned there = bindings_of(plan->endpoint) - plan->leaving_count;

	for (unsigned i = 0; i < plan->wishes->count; i++) {
		struct binding_wish *wish = &plan->wishes->items[i];

		if (wish->expires_s == 0)
			continue;
		if (!wish->binding && ++there <= BINDINGS_MAX)
			wish->binding = binding_add(plan->registrar, plan->endpoint);
		if (!wish->binding || !binding_prepare(wish)) {
			give_back(plan);
			return false;
		}
	}
	return true;
}

/* A refresh alone waits for no disk. */
static bool is_refresh(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->wishes->count; i++)
		if (plan->wishes->items[i].expires_s > 0 &&
		    !binding_is_refresh(plan->registrar, &plan->wishes->items[i], plan->source))
			return false;
	return plan->leaving_count == 0;
}

/* Room for the response, too, which waits until the change is kept. */
static bool make_all_room(struct plan *plan)
{
	if (!make_room(plan))
		return false;
	if (plan->registrar->keeping == KEEPING_OFF || held_has_room(plan->registrar) ||
	    is_refresh(plan))
		return true;
	give_back(plan);
	return false;
}

static void carry_out(struct plan *plan)
{
	for (unsigned i = 0; i < plan->leaving_count; i++)
		binding_remove(plan->registrar, plan->leaving[i]);
	for (unsigned i = 0; i < plan->wishes->count; i++)
		if (plan->wishes->items[i].expires_s > 0)
			binding_fill(plan->registrar, &plan->wishes->items[i], plan->source);
	if (plan->wishes->is_star || plan->wishes->count > 0)
		plan->endpoint->mark = plan->source->mark;
}

enum change_verdict change_make(struct registrar *registrar, struct endpoint *endpoint,
    struct wishes *wishes, const struct binding_source *source, struct slice call_id)
{
	struct plan plan = {
	    .registrar = registrar,
	    .endpoint = endpoint,
	    .wishes = wishes,
	    .source = source,
	    .call_id = call_id,
	};
	enum change_verdict verdict = wishes->is_star ? plan_star(&plan) : plan_removals(&plan);

	if (verdict != CHANGE_DONE)
		return verdict;
	plan_moves(&plan);
	verdict = plan_room(&plan);
	if (verdict == CHANGE_DONE && !make_all_room(&plan))
		verdict = CHANGE_FULL;
	if (verdict == CHANGE_DONE)
		carry_out(&plan);
	return verdict;
}
