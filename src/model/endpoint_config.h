// SPDX-License-Identifier: Apache-2.0
/*
 * An endpoint as it was provisioned: a phone or gateway that registers with us.
 * Immutable once made. What becomes of it on the wire is in registrar/.
 */
#pragma once

#include "model/networks.h"
#include "model/object.h"
#include "sip/uri.h"

#define ENDPOINT_CONTACTS_MAX 32

/* Its numbers and switches. */
struct endpoint_settings {
	uint32_t line_limit;   /* concurrent calls, 0 none */
	uint16_t max_contacts; /* 1 to ENDPOINT_CONTACTS_MAX */
	uint8_t transports;    /* allowed ones, bits 1 << enum sip_transport; 0: all */
	bool enabled;
};

struct endpoint_config {
	struct slice username; /* its name; the user part of its AOR and the digest user */
	struct slice password;
	struct slice caller_id;
	struct slice networks; /* as networks_parse() reads them; empty: from anywhere */
	struct endpoint_settings settings;
};

/* Its fields. */
const struct object_table *endpoint_config_table(void);
