// SPDX-License-Identifier: Apache-2.0
/*
 * A registration as an operator provisioned it. An edit makes a new one and never
 * changes this one. The state of the registration is in registrant/.
 */
#pragma once

#include "base/netaddr.h"
#include "model/object.h"
#include "sip/digest.h"
#include "sip/uri.h"

#define PERIOD_DEFAULT 0          /* by SS_SIP_USER_AGENT_EXPIRE */
#define PERIOD_AUTO    UINT32_MAX /* ask for 3600 s, accept any grant */

#define KEEPALIVE_OFF  0
#define KEEPALIVE_AUTO UINT16_MAX /* only if upstream sees us behind a NAT */

enum inherit_switch { SWITCH_INHERIT, SWITCH_ON, SWITCH_OFF };

enum outbound {
	OUTBOUND_AUTO, /* if upstream's challenge offers it */
	OUTBOUND_ON,
	OUTBOUND_OFF,
};

/* The fields that are no texts. */
struct registration_settings {
	struct netaddr local;    /* local_address and signaling_port; each may be unset */
	uint32_t period_s;       /* PERIOD_DEFAULT, PERIOD_AUTO or seconds */
	uint32_t line_limit;     /* concurrent calls; 0: no limit */
	uint32_t retry_delay_s;  /* 0: inherit */
	uint16_t keepalive_s;    /* KEEPALIVE_OFF, KEEPALIVE_AUTO or seconds */
	uint8_t digest_min;      /* strength, sip_digest_strength() */
	uint8_t send_unregister; /* enum inherit_switch */
	uint8_t outbound;        /* enum outbound, RFC 5626 */
	bool enabled;
	bool bulk;          /* RFC 6140: one for all numbers, with a Contact without a user */
	bool multi_contact; /* one REGISTER binds a new Contact and cancels the old one */
};

struct registration_config {
	struct slice name;
	struct slice username;
	struct slice auth_username; /* empty: username */
	struct slice password;
	struct slice host;
	struct slice proxy;        /* empty: sip:HOST */
	struct slice contact_host; /* empty: advertise, else the local address */
	struct slice contact_user; /* "derived", "username" or the text itself */
	struct slice display_name;
	struct slice user_agent; /* empty: Regent/VERSION */
	struct registration_settings settings;
};

const struct object_table *registration_config_table(void);

/* The functions of model/object.h for this kind. */

static inline void registration_config_defaults(struct registration_config *config_r)
{
	object_defaults(OBJECT_REGISTRATION, config_r);
}

static inline struct registration_config *registration_config_copy(
    const struct registration_config *config)
{
	return object_copy(OBJECT_REGISTRATION, config);
}

static inline void registration_config_free(struct registration_config **config)
{
	object_free(OBJECT_REGISTRATION, *config);
	*config = NULL;
}

static inline bool registration_config_equal(
    const struct registration_config *a, const struct registration_config *b)
{
	return object_equal(OBJECT_REGISTRATION, a, b);
}

bool registration_settings_equal(
    const struct registration_settings *a, const struct registration_settings *b);
