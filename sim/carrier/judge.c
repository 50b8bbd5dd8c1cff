// SPDX-License-Identifier: Apache-2.0
/*
 * Counts what no client may do.
 */
#include "sim/carrier/judge.h"

#include "sim/carrier/copies.h"
#include "sip/address.h"

struct call {
	uint64_t call_id; /* hashes */
	uint64_t from_tag;
	uint32_t cseq; /* the highest */
	uint64_t seen; /* bit n: cseq - n was there */
	struct copies copies;
};

int judge_init(struct judge *judge, struct hash_key key)
{
	*judge = (struct judge){.key = key};
	judge->pool = pool_new(sizeof(struct call), JUDGE_CALLS_MAX);
	judge->map = map_new(JUDGE_CALLS_MAX);
	return judge->pool && judge->map ? 0 : ERR_MEMORY;
}

void judge_free(struct judge *judge)
{
	for (unsigned i = 0; i < CARRIER_OFFENCES; i++)
		owned_clear(&judge->messages[i]);
	map_free(&judge->map);
	pool_free(&judge->pool);
}

void judge_offence(struct judge *judge, enum carrier_offence offence, struct slice message)
{
	judge->counts[offence]++;
	/* Without memory the message before it stays; the count is what matters. */
	if (owned_set(&judge->messages[offence], message))
		return;
}

static void judge_max_forwards(struct judge *judge, const struct sip_message *msg)
{
	uint64_t hops;

	if (slice_number(sip_message_value(msg, SIP_MAX_FORWARDS), 255, &hops))
		judge_offence(judge, CARRIER_NO_MAX_FORWARDS, msg->bytes);
}

void judge_form(struct judge *judge, const struct sip_message *msg, struct slice branch)
{
	static const enum sip_header_id single[] = {
	    SIP_FROM, SIP_TO, SIP_CALL_ID, SIP_CSEQ, SIP_MAX_FORWARDS};
	struct sip_address from;

	for (unsigned i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (sip_message_header(msg, single[i], 1))
			judge_offence(judge, CARRIER_DUPLICATE_HEADER, msg->bytes);
	judge_max_forwards(judge, msg);
	if (!slice_starts(branch, SLICE("z9hG4bK")) || branch.n == 7)
		judge_offence(judge, CARRIER_BAD_BRANCH, msg->bytes);
	if (sip_address_parse(sip_message_value(msg, SIP_FROM), &from, NULL))
		judge_offence(judge, CARRIER_BAD_SYNTAX, msg->bytes);
	else if (slice_is_empty(sip_address_tag(&from)))
		judge_offence(judge, CARRIER_NO_FROM_TAG, msg->bytes);
}

static struct call *find_call(const struct judge *judge, uint64_t call_id)
{
	uint32_t cursor = 0;
	uint64_t handle;

	return map_next(judge->map, call_id, &cursor, &handle) ? pool_get(judge->pool, handle)
	                                                       : NULL;
}

static void forget_calls(struct judge *judge)
{
	pool_handle handle;
	struct call *call;

	for (uint32_t slot = 0; (call = pool_walk(judge->pool, slot, &handle));
	     slot = pool_handle_slot(handle) + 1) {
		map_remove(judge->map, call->call_id, handle);
		pool_give(judge->pool, handle);
	}
}

static void add_call(struct judge *judge, const struct call *first)
{
	pool_handle handle;
	struct call *call;

	if (pool_count(judge->pool) == JUDGE_CALLS_MAX)
		forget_calls(judge);
	call = pool_take(judge->pool, &handle);
	if (!call)
		return;
	*call = *first;
	if (map_put(judge->map, call->call_id, handle))
		pool_give(judge->pool, handle);
}

static uint64_t from_tag_hash(const struct judge *judge, const struct sip_message *msg)
{
	struct sip_address from;

	if (sip_address_parse(sip_message_value(msg, SIP_FROM), &from, NULL))
		return 0;
	return hash_bytes(judge->key, sip_address_tag(&from));
}

bool judge_order(
    struct judge *judge, const struct sip_message *msg, struct slice branch, bool ordered)
{
	struct call now = {.call_id = hash_bytes(judge->key, msg->call_id),
	    .from_tag = from_tag_hash(judge, msg),
	    .cseq = msg->cseq,
	    .seen = 1};
	struct call *call = find_call(judge, now.call_id);
	uint64_t transaction = hash_bytes(judge->key, branch) + msg->cseq;
	uint32_t below;

	if (!call) {
		(void)copies_seen(&now.copies, transaction);
		add_call(judge, &now);
		return false;
	}
	if (copies_seen(&call->copies, transaction))
		return msg->cseq < call->cseq;
	if (call->from_tag != now.from_tag)
		judge_offence(judge, CARRIER_FROM_TAG_CHANGED, msg->bytes);
	if (msg->cseq > call->cseq) {
		uint32_t up = msg->cseq - call->cseq;

		call->seen = up < 64 ? call->seen << up | 1 : 1;
		call->cseq = msg->cseq;
		return false;
	}
	below = call->cseq - msg->cseq;
	if (ordered || (below < 64 && call->seen & UINT64_C(1) << below))
		judge_offence(judge, CARRIER_CSEQ_NOT_RISING, msg->bytes);
	if (below < 64)
		call->seen |= UINT64_C(1) << below;
	return true;
}

/* The end of the parameter at `p`: the comma behind it that stands in no quotes. */
static size_t param_end(struct slice s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.n && (quoted || s.p[i] != ','); i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
	}
	return i < s.n ? i : s.n;
}

struct slice judge_nc_text(struct slice credentials)
{
	while (credentials.n) {
		size_t end = param_end(credentials);
		struct slice param = slice_trim(slice_make(credentials.p, end));

		/* The first parameter stands behind the scheme. */
		if (slice_starts(param, SLICE("Digest ")))
			param = slice_trim(slice_skip(param, 7));
		if (param.n > 3 && slice_equal_nocase(slice_make(param.p, 3), SLICE("nc=")))
			return slice_skip(param, 3);
		credentials = slice_skip(credentials, end + 1);
	}
	return SLICE("");
}

bool judge_nc_is_hex(struct slice nc)
{
	if (nc.n != 8)
		return false;
	for (size_t i = 0; i < nc.n; i++)
		if (!strchr("0123456789abcdef", nc.p[i]) || !nc.p[i])
			return false;
	return true;
}
