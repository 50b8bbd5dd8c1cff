// SPDX-License-Identifier: Apache-2.0
/*
 * The text of a nonce is its handle and 64 random bits in hexadecimal, so that
 * it is found without a search and cannot be guessed.
 */
#include "sim/carrier/nonces.h"

#include "base/error.h"
#include "sim/carrier/hex64.h"

int nonces_init(struct nonces *nonces)
{
	*nonces = (struct nonces){.pool = pool_new(sizeof(struct nonce), NONCES_MAX)};
	return nonces->pool ? 0 : ERR_MEMORY;
}

void nonces_free(struct nonces *nonces)
{
	pool_free(&nonces->pool);
}

static void drop_oldest(struct nonces *nonces)
{
	struct nonce *n = pool_get(nonces->pool, nonces->oldest);
	pool_handle next = n->next;

	pool_give(nonces->pool, nonces->oldest);
	nonces->oldest = next;
	if (!next)
		nonces->newest = 0;
}

static void drop_outlived(struct nonces *nonces, uint64_t now_us, uint64_t life_us)
{
	struct nonce *n;

	if (pool_count(nonces->pool) == pool_cap(nonces->pool))
		drop_oldest(nonces);
	while (life_us && (n = pool_get(nonces->pool, nonces->oldest)) &&
	       now_us - n->issued_us > life_us)
		drop_oldest(nonces);
}

void nonces_issue(struct nonces *nonces, struct random *random, uint64_t now_us, uint64_t life_us,
    const struct netaddr *source, struct buf *b)
{
	pool_handle handle;
	struct nonce *n, *last;

	drop_outlived(nonces, now_us, life_us);
	n = pool_take(nonces->pool, &handle);
	if (!n) {
		/* Without memory: a nonce that no one will find again is still a challenge. */
		hex64_put(b, 0);
		hex64_put(b, random_next(random));
		return;
	}
	n->issued_us = now_us;
	n->secret = random_next(random);
	n->source = *source;
	last = pool_get(nonces->pool, nonces->newest);
	if (last)
		last->next = handle;
	else
		nonces->oldest = handle;
	nonces->newest = handle;
	hex64_put(b, handle);
	hex64_put(b, n->secret);
}

struct nonce *nonces_find(const struct nonces *nonces, struct slice text)
{
	uint64_t handle, secret;
	struct nonce *n;

	if (text.n != NONCE_TEXT_LEN || !hex64_read(text, &handle) ||
	    !hex64_read(slice_skip(text, HEX64_LEN), &secret))
		return NULL;
	n = pool_get(nonces->pool, handle);
	return n && n->secret == secret ? n : NULL;
}

enum nonce_order nonce_count(struct nonce *n, uint32_t nc, uint64_t transaction)
{
	bool is_copy = copies_seen(&n->copies, transaction);
	uint32_t below;

	if (nc > n->nc) {
		uint32_t up = nc - n->nc;

		n->seen = up < 64 ? n->seen << up | 1 : 1;
		n->nc = nc;
		return NONCE_RISES;
	}
	below = n->nc - nc;
	if (below >= 64 || n->seen & UINT64_C(1) << below || nc == 0)
		return is_copy ? NONCE_COPY : NONCE_REPEATED;
	n->seen |= UINT64_C(1) << below;
	return NONCE_LATE;
}
