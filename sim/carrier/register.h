// SPDX-License-Identifier: Apache-2.0
/*
 * What one REGISTER asks for, read and judged: its AOR, its Contacts, and the
 * expiry of each (RFC 3261 10.3 steps 5 to 7).
 */
#pragma once

#include "sim/carrier/incoming.h"

#define REGISTER_CONTACTS_MAX 32
#define REGISTER_AOR_MAX      512

struct register_request {
	char aor_text[REGISTER_AOR_MAX];
	struct slice aor; /* "sip:user@host", host in lower case */
	struct slice user, host;
	bool star;
	bool has_expires;
	uint32_t expires_s; /* the header's */
	unsigned count;
	struct register_contact {
		struct slice uri;
		struct slice params; /* of the header, as they stand there */
		bool has_expires;
		uint32_t asked_s;
		uint32_t granted_s; /* filled by whoever grants */
	} contacts[REGISTER_CONTACTS_MAX];
};

/*
 * Reads it and counts what its client must not do. ERR_SYNTAX, ERR_LIMIT: to be
 * answered 400; the slices of `r` lie in the message and in `r`.
 */
MUST_CHECK int register_read(
    struct carrier *carrier, const struct incoming *in, struct register_request *r);

/* The AOR as tables name it. */
void register_put_aor(struct buf *b, struct slice user, struct slice host);

/* True where every Contact is to go, with at least one. */
bool register_is_cancel(const struct register_request *r);
