// SPDX-License-Identifier: Apache-2.0
/*
 * The nonces that we give out (RFC 7616 3.3): the number of the life, the time, a serial number,
 * and a MAC over these and the source, in base32. Nothing is kept of them. The MAC is SipHash: 64
 * bits are enough for what can only be tried by asking us.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "guard/source.h"

#define NONCE_TEXT_SIZE 32

struct nonce {
	uint32_t boot;
	uint64_t made_ms; /* since the guard was made; 40 bits, which is 34 years */
	uint32_t serial;  /* 24 bits: keeps those of one source and one millisecond apart */
	uint64_t id;      /* its MAC; nonce_put() ignores it */
};

void nonce_put(
    struct buf *b, struct hash_key key, const struct source *source, const struct nonce *nonce);

/* ERR_SYNTAX: not one of ours. ERR_ACCESS: not given to this source. */
MUST_CHECK int nonce_parse(
    struct slice text, struct hash_key key, const struct source *source, struct nonce *nonce_r);
