// SPDX-License-Identifier: Apache-2.0
/*
 * A registration as it was provisioned: what an operator writes, validated.
 * Immutable once made. What becomes of it on the wire is in registrant/.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/netaddr.h"
#include "sip/digest.h"
#include "sip/uri.h"

#define PERIOD_DEFAULT 0          /* by SS_SIP_USER_AGENT_EXPIRE */
#define PERIOD_AUTO    UINT32_MAX /* ask 3600, take what comes */

#define KEEPALIVE_OFF  0
#define KEEPALIVE_AUTO UINT16_MAX /* where upstream sees us behind NAT */

enum inherit_switch { SWITCH_INHERIT, SWITCH_ON, SWITCH_OFF };

enum outbound {
	OUTBOUND_AUTO, /* where upstream's challenge offers it */
	OUTBOUND_ON,
	OUTBOUND_OFF,
};

/* Its numbers and switches. */
struct registration_settings {
	struct netaddr local;    /* local_address and signaling_port; each may be unset */
	uint32_t period_s;       /* PERIOD_DEFAULT, PERIOD_AUTO or seconds */
	uint32_t line_limit;     /* concurrent calls, 0 none */
	uint32_t retry_delay_s;  /* 0: inherit */
	uint16_t keepalive_s;    /* KEEPALIVE_OFF, KEEPALIVE_AUTO or seconds */
	uint8_t digest_min;      /* strength, sip_digest_strength() */
	uint8_t send_unregister; /* enum inherit_switch */
	uint8_t outbound;        /* enum outbound, RFC 5626 */
	bool enabled;
	bool bulk;          /* RFC 6140: for all numbers behind it, a Contact without a user */
	bool multi_contact; /* a changed Contact and the end of the old one in one REGISTER */
};

/*
 * Texts are slices into one block that lies behind the struct, so that a copy
 * is one allocation. An absent text is empty.
 */
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

/*
 * Checks a config made by hand: lengths, characters, ranges, that `proxy` is a
 * SIP URI of a transport this version speaks. On errors (ERR_SYNTAX, ERR_RANGE,
 * ERR_LIMIT, ERR_UNSUPPORTED) `field_r` names the field and `message` says what
 * was found and what would be right.
 */
MUST_CHECK int registration_config_check(
    const struct registration_config *config, const char **field_r, struct buf *message);

/* The same beside one that was found right, or NULL: texts that are like its own are not judged
 * again. */
MUST_CHECK int registration_config_check_beside(const struct registration_config *config,
    const struct registration_config *known, const char **field_r, struct buf *message);

/* Fills in the defaults of the fields that have one other than zero. */
void registration_config_defaults(struct registration_config *config_r);

/* A copy with its texts in one block; NULL without memory. The caller frees it. */
struct registration_config *registration_config_copy(const struct registration_config *config);

/* Bytes of all its texts; and a copy whose texts lie in `room`, of that many bytes. */
size_t registration_config_text_size(const struct registration_config *config);
void registration_config_copy_into(
    const struct registration_config *config, struct registration_config *copy_r, char *room);

/* Overwrites the password and frees. */
void registration_config_free(struct registration_config **config);

bool registration_settings_equal(
    const struct registration_settings *a, const struct registration_settings *b);

/* True where every field is equal: an edit that changes nothing sends nothing. */
bool registration_config_equal(
    const struct registration_config *a, const struct registration_config *b);
