// SPDX-License-Identifier: Apache-2.0
/*
 * Names to addresses: A, AAAA and /etc/hosts by c-ares, under the loop. Every
 * lookup is answered once, after DNS_TOTAL_MS at the latest. Nothing is cached
 * here: the asker gets the time to live. SRV and NAPTR are not looked up.
 * `localhost` and the names below it are the loopback addresses without asking
 * anybody (RFC 6761 6.3), since not every machine has an /etc/hosts.
 */
#pragma once

#include "effect/event.h"

#include <uv.h>

#define DNS_TOTAL_MS  10000
#define DNS_TTL_MIN_S 5 /* also for /etc/hosts, which has none */
#define DNS_TTL_MAX_S 3600

/* May be called from inside dns_resolve(); the event dies with the call. */
typedef void (*dns_answer_fn)(void *owner, const struct event *event);

struct dns;

/*
 * `servers` are "IP:PORT,IP" or NULL for those of /etc/resolv.conf, which is
 * read again when it changes. NULL where memory or the library refuses.
 */
struct dns *dns_new(uv_loop_t *loop, const char *servers, dns_answer_fn answer, void *owner);

/* Lookups under way are not answered any more. Ends in the loop: run it once more. */
void dns_free(struct dns **dns);

/* Which kinds of address are of use; those are asked for, IPv4 and IPv6 both where neither is. */
void dns_families(struct dns *dns, bool v4, bool v6);

/* Asks for `host`; the addresses of the answer carry `port`. Names are used as they stand. */
void dns_resolve(struct dns *dns, uint64_t asker, struct slice host, uint16_t port);

/*
 * Reads resolv.conf anew and asks again what is under way; happens by itself
 * when a lookup begins and the file has changed.
 */
void dns_reload(struct dns *dns);
