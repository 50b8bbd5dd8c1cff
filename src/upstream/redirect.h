// SPDX-License-Identifier: Apache-2.0
/*
 * Redirects (301, 302; RFC 3261 8.1.3.4): where they lead an exchange, by q and
 * then in order, and why one is not followed. What else a redirect named is
 * kept beside the exchange, since few are ever redirected: the next Contact is
 * tried when one is dead, and home is asked only when none is left.
 */
#pragma once

#include "upstream/exchange.h"

#define REDIRECTS_MAX          5 /* followed one behind the other */
#define REDIRECT_CONTACTS_MAX  8 /* kept of one */
#define REDIRECTED_AT_ONCE_MAX UINT16_MAX

/* The Contacts that were not tried yet, as next hops. */
struct redirect {
	uint8_t count, next;
	char *hops[REDIRECT_CONTACTS_MAX];
};

/*
 * Goes where the response says, but not to our own Contact. False: nowhere that may be used, and
 * why.
 */
MUST_CHECK bool redirect_follow(struct upstreams *u, struct exchange *exchange,
    struct slice own_contact, const struct sip_message *response, const char **why_r);

/* The Contact that was tried is dead: goes to the next one. False: none is left. */
MUST_CHECK bool redirect_next(struct upstreams *u, struct exchange *exchange);

/* None of the others will be tried. */
void redirect_forget(struct upstreams *u, struct exchange *exchange);

/* Back to that upstream, which is counted for the exchange. */
void redirect_end(struct upstreams *u, struct exchange *exchange, struct upstream *home);

/* "redirected to HOP: WHY" where a redirect led it, else `why`. */
void redirect_put_reason(
    const struct upstreams *u, struct buf *b, const struct exchange *exchange, struct slice why);
