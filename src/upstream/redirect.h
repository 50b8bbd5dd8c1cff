// SPDX-License-Identifier: Apache-2.0
/*
 * Redirects (301, 302; RFC 3261 8.1.3.4): which Contact an exchange follows, by q
 * and then by position, and why a redirect is not followed. The other Contacts are
 * kept in a struct of their own, since few exchanges are ever redirected. When one
 * Contact fails the next is tried; home is asked again only when none is left.
 */
#pragma once

#include "upstream/exchange.h"

#define REDIRECTS_MAX          5          /* redirects that are followed in a row */
#define REDIRECT_CONTACTS_MAX  8          /* Contacts that are kept of one redirect */
#define REDIRECTED_AT_ONCE_MAX UINT16_MAX /* exchanges that may keep Contacts */

/* The Contacts of a redirect that are left to try, as URIs of next hops. */
struct redirect {
	uint8_t count, next;
	char *hops[REDIRECT_CONTACTS_MAX];
};

/*
 * Follows the redirect: sets the route of the exchange. Never leads to our own Contact. False: it
 * leads to no place that may be used; `why_r` is a static text.
 */
MUST_CHECK bool redirect_follow(struct upstreams *u, struct exchange *exchange,
    struct slice own_contact, const struct sip_message *response, const char **why_r);

/* The Contact that was tried has failed: sets the route to the next one. False: none is left. */
MUST_CHECK bool redirect_next(struct upstreams *u, struct exchange *exchange);

/* Drops the Contacts that are left. */
void redirect_forget(struct upstreams *u, struct exchange *exchange);

/* Sets the route back to `home`. Takes over the caller's reference to it. */
void redirect_end(struct upstreams *u, struct exchange *exchange, struct upstream *home);

/* Writes "redirected to HOP: WHY" if the exchange is redirected, else `why`. */
void redirect_put_reason(
    const struct upstreams *u, struct buf *b, const struct exchange *exchange, struct slice why);
