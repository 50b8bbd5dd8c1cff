// SPDX-License-Identifier: Apache-2.0
/*
 * STATE/identity: who this node is (docs/architecture.md, decision 1). Made
 * once, at random, before anything else is written; never changed after.
 */
#pragma once

#include "model/identity.h"
#include "store/state_dir.h"

#define NODE_ID_SIZE     16
#define MACHINE_TEXT_MAX 64

struct node_identity {
	uint8_t id[NODE_ID_SIZE];
	uint8_t secret[NODE_SECRET_SIZE];
	char
	    machine[MACHINE_TEXT_MAX + 1]; /* fingerprint of the machine; empty: not bound to one */
};

/*
 * Reads it, or makes a new one where there is none. `has_data`: a database or
 * ledger is there already, and one without its secret stops the start
 * (STORE_IDENTITY): whatever upstreams hold was registered under that secret.
 */
MUST_CHECK int node_identity_load(const struct state_dir *dir, bool has_data,
    struct node_identity *identity_r, struct store_error *error);
