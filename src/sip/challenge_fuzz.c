// SPDX-License-Identifier: Apache-2.0
/*
 * A value with challenges: each step takes something off, an error ends the
 * value, and a scheme other than Digest sets no field.
 */
#include "sip/auth.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size);
	struct sip_challenge challenge;
	struct sip_error error = {0};
	struct slice nonce;
	size_t before = rest.n + 1;
	int got;

	while ((got = sip_challenge_next(&rest, &challenge, &error)) == 1) {
		assert(rest.n < before);
		before = rest.n;
		assert(challenge.is_digest == (challenge.realm.p != NULL));
		assert(challenge.is_digest == (challenge.nonce.p != NULL));
		assert(challenge.qop.n > 0 || !challenge.has_qop);
		assert(challenge.has_qop || !(challenge.qop_auth || challenge.qop_auth_int));
	}
	assert(rest.n == 0);
	assert(got == 0 || (error.what && error.offset <= size));
	(void)sip_next_nonce(slice_make(data, size), &nonce);
	return 0;
}
