// SPDX-License-Identifier: Apache-2.0
/*
 * STATE/identity: who this node is (docs/architecture.md, decision 1). Made
 * once, at random, before anything else is written. A copy of the node is made
 * another one by node_identity_renew().
 */
#pragma once

#include "model/identity.h"
#include "store/machine.h"
#include "store/state_dir.h"

#define NODE_ID_SIZE 16

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

/* Writes down on which machine it is from here on; empty: bound to none. */
MUST_CHECK int node_identity_bind(const struct state_dir *dir, struct node_identity *identity,
    const char *machine, struct store_error *error);

/* Another node from here on, with another secret, on that machine. */
MUST_CHECK int node_identity_renew(const struct state_dir *dir, struct node_identity *identity,
    const char *machine, struct store_error *error);
