// SPDX-License-Identifier: Apache-2.0
/*
 * The nonces a registrar has given out, with what it must remember of each:
 * when, to whom, and which nc values came back (RFC 7616 3.4). Bounded: the
 * oldest goes first.
 */
#pragma once

#include "base/buf.h"
#include "base/netaddr.h"
#include "base/pool.h"
#include "base/random.h"
#include "sim/carrier/copies.h"

#define NONCES_MAX     (1u << 19)
#define NONCE_TEXT_LEN 32

struct nonce {
	pool_handle next; /* issued after this one */
	uint64_t issued_us;
	uint64_t secret;
	struct netaddr source; /* whom it was given to */
	bool used;             /* with a right digest */
	uint32_t nc;           /* the highest so far */
	uint64_t seen;         /* bit n: nc - n was used */
	struct copies copies;
};

struct nonces {
	struct pool *pool;
	pool_handle oldest, newest;
};

MUST_CHECK int nonces_init(struct nonces *nonces);
void nonces_free(struct nonces *nonces);

/* Makes a nonce and appends its text, NONCE_TEXT_LEN characters. Nonces older than `life_us` go. */
void nonces_issue(struct nonces *nonces, struct random *random, uint64_t now_us, uint64_t life_us,
    const struct netaddr *source, struct buf *b);

/* The nonce with this text, or NULL. */
struct nonce *nonces_find(const struct nonces *nonces, struct slice text);

enum nonce_order {
	NONCE_RISES,
	NONCE_LATE,     /* below the highest and never seen: overtaken on its way */
	NONCE_REPEATED, /* seen before, or too far below to tell */
	NONCE_COPY,     /* seen before, in a copy of the same request */
};

/* Notes that `nc` was used by that transaction, and tells how it stands to what came before. */
enum nonce_order nonce_count(struct nonce *nonce, uint32_t nc, uint64_t transaction);
