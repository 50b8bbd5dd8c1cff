// SPDX-License-Identifier: Apache-2.0
/*
 * Credentials for a guard whose keys and clock stand still, so that a corpus can hold right
 * answers. Only a right answer proves, and only once; and what is malformed says why.
 */
#include "guard/guard.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct flow flow = {
    .transport = SIP_UDP, .listener = 1, .peer = {.family = 4, .ip = {192, 0, 2, 1}, .port = 5060}};

static struct guard *make_guard(struct core_context *core)
{
	const struct guard_config config = {
	    .core = core,
	    .nonce_key = {1, 2},
	    .index_key = {3, 4},
	    .boot = 1,
	    .realm = SLICE("r"),
	    .nonces_max = 4,
	    .pairs_max = 4,
	};
	struct guard *guard = guard_new(&config);

	assert(guard);
	return guard;
}

/* Made with the password, and not with what the guard makes of it. */
static void assert_right(const struct guard_claim *claim)
{
	const struct sip_credentials *credentials = &claim->credentials;
	const struct sip_digest_input input = {
	    .algorithm = credentials->algorithm,
	    .qop = credentials->qop,
	    .username = credentials->username,
	    .realm = SLICE("r"),
	    .password = SLICE("p"),
	    .nonce = credentials->nonce,
	    .cnonce = credentials->cnonce,
	    .nc = credentials->nc,
	    .method = SLICE("REGISTER"),
	    .uri = credentials->uri,
	};
	char hex[SIP_DIGEST_HEX_MAX];
	size_t n = sip_digest_response(&input, hex);

	assert(slice_equal_nocase(credentials->response, slice_make(hex, n)));
}

static enum guard_verdict judge(struct guard *guard, const struct sip_message *message)
{
	struct guard_secret secret;
	struct guard_claim claim;
	enum guard_verdict verdict = guard_read(guard, message, &flow, SIP_AUTHORIZATION, &claim);

	assert((verdict == GUARD_MALFORMED) == (claim.error.what != NULL));
	if (verdict != GUARD_PROVEN)
		return verdict;
	guard_secret_make(guard, claim.username, SLICE("p"), &secret);
	verdict = guard_judge(guard, &claim, &secret, false);
	if (verdict == GUARD_PROVEN)
		assert_right(&claim);
	else
		assert(verdict == GUARD_STALE || verdict == GUARD_WRONG);
	return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct params params;
	struct core_context core = {.now = {US_PER_S, 0}, .params = &params};
	struct guard *guard = make_guard(&core);
	struct sip_message message = {.is_request = true,
	    .method_name = SLICE("REGISTER"),
	    .header_count = 1,
	    .headers = {{SIP_AUTHORIZATION, SLICE("Authorization"), slice_make(data, size)}}};
	enum guard_verdict first = judge(guard, &message);

	assert(judge(guard, &message) == (first == GUARD_PROVEN ? GUARD_STALE : first));
	guard_free(&guard);
	return 0;
}
