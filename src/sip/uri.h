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

/* Ledgers hold the numbers of the transports that we speak, so these never change. */
enum sip_transport { SIP_TRANSPORT_NONE, SIP_UDP, SIP_TCP, SIP_TLS, SIP_TRANSPORT_OTHER };

struct sip_uri {
	enum sip_scheme scheme;
	struct slice scheme_name;
	struct slice user;     /* escapes kept */
	struct slice password; /* after the user's colon */
	struct slice host;     /* IPv6 with its brackets; in tel and others all after the colon */
	uint16_t port;         /* 0: not given */
	struct slice params;   /* from the first ';', empty without */
	struct slice headers;  /* behind the '?', empty without */
};

/*
 * Parses the whole slice. ERR_SYNTAX, ERR_RANGE (port), ERR_LIMIT (more than 32
 * parameters or headers). `error_r` may be NULL.
 */
MUST_CHECK int sip_uri_parse(struct slice text, struct sip_uri *uri_r, struct sip_error *error_r);

/*
 * Equality by RFC 3261 19.1.4. User and password are case-sensitive, host and
 * parameters are not; an escape equals its character. A parameter that only one
 * side has makes a difference if it is user, ttl, method, maddr or transport.
 * Headers must be the same, in any order.
 */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* sip_uri_equal() of two texts; false if either does not parse. */
bool sip_uri_equal_text(struct slice a, struct slice b);

/* Compares two user parts with their escapes resolved, case-sensitive. */
bool sip_user_equal(struct slice a, struct slice b);

/* The transport parameter; SIP_TRANSPORT_NONE if there is none. */
enum sip_transport sip_uri_transport(const struct sip_uri *uri);

/* By name in any letter case ("udp", "TLS"); SIP_TRANSPORT_OTHER for an unknown one. */
enum sip_transport sip_transport_find(struct slice name);
const char *sip_transport_name(enum sip_transport transport); /* "UDP", "TCP", "TLS", "" */

/* Writes a user part with its escapes resolved: the name that it means. */
void sip_put_resolved(struct buf *b, struct slice user);

/* Writes a user part; escapes each character that may not stand there (RFC 3261 25.1 user). */
void sip_put_user(struct buf *b, struct slice user);
