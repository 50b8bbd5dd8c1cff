// SPDX-License-Identifier: Apache-2.0
/*
 * Authorization and Proxy-Authorization: the answers to the challenges that are
 * known (RFC 7616 3.4), written into a request.
 */
#pragma once

#include "base/random.h"
#include "upstream/auth.h"

/* Who asks, and for what. */
struct authorization {
	struct slice username, password, uri;
	enum sip_method method;
	struct random *random; /* for the cnonce */
};

/* Writes a line for each challenge; counts the nonces' use. */
void authorization_put(
    struct auths *auths, struct buf *b, const struct authorization *authorization);

/* What was put last is not sent: the nonces' use is not counted. */
void authorization_unput(struct auths *auths);
