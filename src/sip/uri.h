// SPDX-License-Identifier: Apache-2.0
/*
 * SIP and SIPS URIs (RFC 3261 19.1). Other schemes keep their text and
 * compare byte for byte.
 */
#pragma once

#include "base/buf.h"
#include "base/netaddr.h"
#include "sip/error.h"

enum sip_scheme { SIP_SCHEME_OTHER, SIP_SCHEME_SIP, SIP_SCHEME_SIPS, SIP_SCHEME_TEL };

/* The numbers of those we speak stand in ledgers: they never change. */
enum sip_transport { SIP_TRANSPORT_NONE, SIP_UDP, SIP_TCP, SIP_TLS, SIP_TRANSPORT_OTHER };

struct sip_uri {
	enum sip_scheme scheme;
	struct slice scheme_name;
	struct slice user;     /* escapes kept */
	struct slice password; /* after the user's colon */
	struct slice host;     /* IPv6 with its brackets; of other schemes all after the colon */
	uint16_t port;         /* 0 not given */
	struct slice params;   /* from the first ';', empty without */
	struct slice headers;  /* behind the '?', empty without */
};

/*
 * Parses the whole slice. ERR_SYNTAX, ERR_RANGE (port), ERR_LIMIT (more than 32
 * parameters or headers). `error_r` may be NULL.
 */
MUST_CHECK int sip_uri_parse(struct slice text, struct sip_uri *uri_r, struct sip_error *error_r);

/*
 * Equality by RFC 3261 19.1.4: user case-sensitive, host and parameters not,
 * escapes as what they stand for; a parameter on one side only matters for
 * user, ttl, method, maddr and transport; headers must agree.
 */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* The same for texts; false where either does not parse. */
bool sip_uri_equal_text(struct slice a, struct slice b);

/* User parts compared with their escapes resolved. */
bool sip_user_equal(struct slice a, struct slice b);

/* What the transport parameter says; SIP_TRANSPORT_NONE without one. */
enum sip_transport sip_uri_transport(const struct sip_uri *uri);

/* By name ("udp", "TLS"); SIP_TRANSPORT_OTHER for one we do not know. */
enum sip_transport sip_transport_find(struct slice name);
const char *sip_transport_name(enum sip_transport transport); /* "UDP", "TCP", "TLS", "" */

/* Writes a user part, with what may not stand there escaped (RFC 3261 25.1 user). */
void sip_put_user(struct buf *b, struct slice user);
