// SPDX-License-Identifier: Apache-2.0
/*
 * Writes Authorization and Proxy-Authorization into a request: the answers to the
 * challenges that are known (RFC 7616 3.4).
 */
#pragma once

#include "base/random.h"
#include "upstream/auth.h"

/* The account, and the request that is authorized. */
struct authorization {
	struct slice username, password, uri;
	enum sip_method method;
	struct random *random; /* for the cnonce */
};

/* Writes a header line for each auth that does not rest, and counts the use of its nonce. */
void authorization_put(
    struct auths *auths, struct buf *b, const struct authorization *authorization);

/* The lines that were written last are not sent: takes the counts back. */
void authorization_unput(struct auths *auths);
