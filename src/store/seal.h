// SPDX-License-Identifier: Apache-2.0
/*
 * Passwords at rest: AES-256-GCM under the key of STATE/key (mode 0600), a
 * random nonce each. Whoever has the key file has the passwords; a database
 * alone gives nothing away but their lengths.
 */
#pragma once

#include "base/buf.h"
#include "store/state_dir.h"

#define SEAL_KEY_SIZE 32
#define SEAL_OVERHEAD 29 /* bytes a sealed text is longer: version, nonce, tag */

struct seal_key {
	uint8_t bytes[SEAL_KEY_SIZE];
};

/*
 * Reads STATE/key. Where it is missing a new one is made, unless
 * `has_sealed`: then what was sealed could not be opened (STORE_IDENTITY).
 */
MUST_CHECK int seal_key_load(const struct state_dir *dir, bool has_sealed, struct seal_key *key_r,
    struct store_error *error);

/* Writes plain.n + SEAL_OVERHEAD bytes. ERR_IO where the system has no randomness. */
MUST_CHECK int seal_close(const struct seal_key *key, struct slice plain, uint8_t *sealed_r);

/*
 * Writes sealed.n - SEAL_OVERHEAD bytes. ERR_DAMAGED where it was not sealed
 * under this key or has been changed since.
 */
MUST_CHECK int seal_open(const struct seal_key *key, struct slice sealed, char *plain_r);

/* The text form behind `!sealed` of an export: base64. */
void seal_put_text(struct buf *b, struct slice sealed);

/* Reads it back into at most `cap` bytes. ERR_SYNTAX, ERR_LIMIT. */
MUST_CHECK int seal_read_text(struct slice text, uint8_t *sealed_r, size_t cap, size_t *n_r);
