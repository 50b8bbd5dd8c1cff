// SPDX-License-Identifier: Apache-2.0
/*
 * Parses one Via (RFC 3261 20.42, RFC 3581).
 */
#pragma once

#include "sip/error.h"
#include "sip/uri.h"

struct sip_via {
	enum sip_transport transport;
	struct slice transport_name;
	struct slice host; /* IPv6 with its brackets */
	uint16_t port;     /* 0: not given */
	struct slice branch;
	struct slice received; /* empty: not given */
	bool has_rport;
	uint16_t rport; /* 0: without a value */
	struct slice params;
};

/* Parses one member of a Via list. ERR_SYNTAX, ERR_RANGE. `error_r` may be NULL. */
MUST_CHECK int sip_via_parse(struct slice text, struct sip_via *via_r, struct sip_error *error_r);
