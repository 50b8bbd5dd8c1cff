// SPDX-License-Identifier: Apache-2.0
/*
 * name-addr and addr-spec with header parameters: From, To, Contact, Route,
 * Path (RFC 3261 20.10, 25.1). Without angle brackets the parameters belong to
 * the header, not to the URI.
 */
#pragma once

#include "sip/error.h"

struct sip_address {
	struct slice display; /* the text before '<', its quotes and escapes kept */
	struct slice uri;
	struct slice params; /* the header's, from the first ';'; empty if there are none */
	bool is_star;        /* Contact: * */
};

/* Parses one address: a member of a list. ERR_SYNTAX. `error_r` may be NULL. */
MUST_CHECK int sip_address_parse(
    struct slice text, struct sip_address *address_r, struct sip_error *error_r);

/* The tag parameter; empty if there is none. */
struct slice sip_address_tag(const struct sip_address *address);
