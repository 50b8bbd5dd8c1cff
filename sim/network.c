// SPDX-License-Identifier: Apache-2.0
/*
 * A heap of copies of datagrams by their time of arrival. Which request was a
 * cancel is remembered for a while, since an answer does not say so.
 */
#include "sim/network.h"

#include "base/heap.h"
#include "base/now.h"
#include "txn/txn.h"

#include <assert.h>
#include <stdlib.h>

#define ORDER_BITS 16
#define MEMORY     4096 /* requests whose answers are told apart */

struct flying {
	struct netaddr from, to;
	struct facts facts;
	size_t n;
	char bytes[];
};

struct cut {
	struct netaddr ip;
	bool to, from;
};

/* What a (Call-ID, CSeq) was. */
struct remembered {
	uint64_t hash;
	bool cancels;
};

struct network {
	struct network_config config;
	struct random random;
	struct heap flying; /* key: time << ORDER_BITS | order */
	uint64_t order, sent;
	struct flying *taken;
	struct network_rule rules[NETWORK_RULES_MAX];
	uint32_t rule_count;
	struct cut cuts[NETWORK_CUTS_MAX];
	struct remembered memory[MEMORY];
};

struct network *network_new(uint64_t seed)
{
	struct network *network = calloc(1, sizeof(*network));

	if (!network)
		return NULL;
	random_seed(&network->random, seed);
	network->config.delay_us = 10 * US_PER_MS;
	return network;
}

void network_free(struct network **network)
{
	struct network *gone = *network;

	*network = NULL;
	if (!gone)
		return;
	for (uint32_t i = 0; i < gone->flying.count; i++)
		free((void *)(uintptr_t)gone->flying.pairs[i].value);
	heap_clear(&gone->flying);
	free(gone->taken);
	free(gone);
}

struct network_config *network_config(struct network *network)
{
	return &network->config;
}

struct network_rule *network_add_rule(struct network *network, const struct network_rule *rule)
{
	assert(network->rule_count < NETWORK_RULES_MAX);
	assert(rule->hold_us <= PACKET_LIFE_US);
	network->rules[network->rule_count] = *rule;
	return &network->rules[network->rule_count++];
}

void network_clear_rules(struct network *network)
{
	network->rule_count = 0;
}

static struct cut *find_cut(struct network *network, const struct netaddr *ip)
{
	struct cut *unused = NULL;

	for (int i = 0; i < NETWORK_CUTS_MAX; i++) {
		struct cut *cut = &network->cuts[i];

		if (cut->ip.family && netaddr_equal_ip(&cut->ip, ip))
			return cut;
		if (!cut->ip.family && !unused)
			unused = cut;
	}
	return unused;
}

void network_cut(struct network *network, const struct netaddr *ip, bool to, bool from)
{
	struct cut *cut = find_cut(network, ip);

	assert(cut);
	*cut = (struct cut){.ip = *ip, .to = to, .from = from};
	if (!to && !from)
		cut->ip.family = 0;
}

static bool is_cut(
    const struct network *network, const struct netaddr *from, const struct netaddr *to)
{
	for (int i = 0; i < NETWORK_CUTS_MAX; i++) {
		const struct cut *cut = &network->cuts[i];

		if (cut->ip.family && ((cut->to && netaddr_equal_ip(&cut->ip, to)) ||
		                          (cut->from && netaddr_equal_ip(&cut->ip, from))))
			return true;
	}
	return false;
}

static struct remembered *place_of(
    struct network *network, const struct facts *facts, uint64_t *hash_r)
{
	*hash_r = facts_hash(facts->call_id) + facts->cseq * UINT64_C(0x9e3779b97f4a7c15);
	return &network->memory[*hash_r % MEMORY];
}

static bool is_cancel(struct network *network, const struct facts *facts)
{
	uint64_t hash;
	struct remembered *place = place_of(network, facts, &hash);

	if (facts->is_request) {
		*place = (struct remembered){hash, facts->has_expiry && facts->expires_s == 0};
		return place->cancels;
	}
	return place->hash == hash && place->cancels;
}

static bool rule_fits(const struct network_rule *rule, const struct facts *facts, bool cancels,
    bool to_upstream, const struct netaddr *peer)
{
	if (rule->way == NETWORK_TO_UPSTREAM && !to_upstream)
		return false;
	if (rule->way == NETWORK_TO_REGENT && to_upstream)
		return false;
	if (rule->what != NETWORK_ALL &&
	    (!facts->is_register || cancels != (rule->what == NETWORK_CANCEL)))
		return false;
	if (rule->status && (facts->is_request || facts->status != rule->status))
		return false;
	if (rule->user.n > 0 && !slice_equal(rule->user, facts->user))
		return false;
	return !rule->peer.family || netaddr_equal(&rule->peer, peer);
}

/* The first rule that catches it; those before it that only count, count. */
static const struct network_rule *catch (struct network *network, const struct facts *facts,
    const struct netaddr *from, const struct netaddr *to)
{
	/* Requests of regentd and answers to the upstream's go up, the others down. */
	bool cancels = facts->is_sip && is_cancel(network, facts);
	bool to_upstream = facts->is_request == facts->is_register;

	for (uint32_t i = 0; i < network->rule_count; i++) {
		struct network_rule *rule = &network->rules[i];

		if (!rule_fits(rule, facts, cancels, to_upstream, to_upstream ? to : from))
			continue;
		rule->seen++;
		if (rule->seen > rule->skip &&
		    (rule->count == 0 || rule->seen <= rule->skip + rule->count))
			return rule;
	}
	return NULL;
}

static void put(struct network *network, uint64_t at_us, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes, const struct facts *facts)
{
	struct flying *flying = malloc(sizeof(*flying) + bytes.n);
	uint64_t order = network->order++ & ((UINT64_C(1) << ORDER_BITS) - 1);

	assert(flying);
	flying->from = *from;
	flying->to = *to;
	flying->n = bytes.n;
	if (bytes.n > 0)
		memcpy(flying->bytes, bytes.p, bytes.n);
	flying->facts = *facts;
	facts_move(&flying->facts, bytes.p, flying->bytes);
	if (heap_push(&network->flying, at_us << ORDER_BITS | order, (uintptr_t)flying) < 0)
		abort();
}

static uint64_t travel_us(struct network *network)
{
	const struct network_config *config = &network->config;
	uint64_t us = config->delay_us + random_below(&network->random, config->jitter_us + 1);

	return us < PACKET_LIFE_US ? us : PACKET_LIFE_US - 1;
}

static bool rolls(struct network *network, uint32_t of_1000)
{
	return of_1000 > 0 && random_below(&network->random, 1000) < of_1000;
}

static bool is_its_turn(struct network *network)
{
	uint32_t each = network->config.lose_each;

	return each > 0 && ++network->sent % each == 0;
}

static void capture(struct network_capture *capture, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes)
{
	assert(bytes.n <= sizeof(capture->bytes));
	capture->from = *from;
	capture->to = *to;
	capture->n = bytes.n;
	memcpy(capture->bytes, bytes.p, bytes.n);
}

void network_inject(struct network *network, uint64_t now_us, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes)
{
	struct facts facts;

	facts_read(bytes, &facts);
	put(network, now_us + network->config.delay_us, from, to, bytes, &facts);
}

uint64_t network_send(struct network *network, uint64_t now_us, const struct netaddr *from,
    const struct netaddr *to, struct slice bytes, const struct facts *facts)
{
	const struct network_rule *rule = catch (network, facts, from, to);
	uint64_t at_us = now_us + travel_us(network);

	if (rule && rule->capture)
		capture(rule->capture, from, to, bytes);
	if (is_cut(network, from, to) || (rule && rule->act == NETWORK_DROP))
		return TIME_NEVER;
	if (!rule && (rolls(network, network->config.loss) || is_its_turn(network)))
		return TIME_NEVER;
	if (rule && rule->act == NETWORK_HOLD)
		at_us = now_us + rule->hold_us;
	put(network, at_us, from, to, bytes, facts);
	if (rule && rule->act == NETWORK_TWICE)
		put(network, at_us + rule->hold_us, from, to, bytes, facts);
	else if (rolls(network, network->config.duplicate))
		put(network, now_us + travel_us(network), from, to, bytes, facts);
	return at_us;
}

uint64_t network_next(const struct network *network)
{
	struct heap_pair pair;

	return heap_peek(&network->flying, &pair) ? pair.key >> ORDER_BITS : TIME_NEVER;
}

bool network_take(struct network *network, uint64_t now_us, struct datagram *datagram_r)
{
	struct heap_pair pair;

	free(network->taken);
	network->taken = NULL;
	if (!heap_peek(&network->flying, &pair) || pair.key >> ORDER_BITS > now_us)
		return false;
	heap_pop(&network->flying);
	network->taken = (struct flying *)(uintptr_t)pair.value;
	datagram_r->at_us = pair.key >> ORDER_BITS;
	datagram_r->from = network->taken->from;
	datagram_r->to = network->taken->to;
	datagram_r->bytes = slice_make(network->taken->bytes, network->taken->n);
	datagram_r->facts = network->taken->facts;
	return true;
}
