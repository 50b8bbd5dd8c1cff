// SPDX-License-Identifier: Apache-2.0
/*
 * The words for each key. A row stands here when this version reads the key.
 */
#include "config/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct field_row registration[] = {
    {
        .name = "name",
        .values = "1 to 64 of A-Z a-z 0-9 . _ -",
        .otherwise = "required",
        .meaning = "What the registration is called everywhere.",
    },
    {
        .name = "enabled",
        .values = "on, off",
        .otherwise = "on",
        .meaning = "Off: not registered; switching off a live one takes it back.",
    },
    {
        .name = "username",
        .values = "text",
        .otherwise = "required",
        .meaning = "User part of the address of record, often the telephone number.",
    },
    {
        .name = "auth_username",
        .values = "text",
        .otherwise = "username",
        .meaning = "User of the digest, where the carrier names another.",
    },
    {
        .name = "password",
        .values = "text, in quotes",
        .otherwise = "none",
        .meaning = "Never shown, never logged; kept sealed.",
    },
    {
        .name = "password_file",
        .values = "path",
        .otherwise = "none",
        .meaning = "The password is the first line of that file.",
    },
    {
        .name = "host",
        .values = "name or address",
        .otherwise = "required",
        .meaning = "The domain: host of Request-URI, From and To.",
    },
    {
        .name = "proxy",
        .values = "SIP URI",
        .otherwise = "sip:HOST",
        .meaning = "The next hop of REGISTER; with ;lr it is sent as a Route header too.",
    },
    {
        .name = "contact_host",
        .values = "name or address",
        .otherwise = "advertise, else the local address of the route",
        .meaning = "Host of Contact and Via.",
    },
    {
        .name = "contact_user",
        .values = "derived, username, or a text",
        .otherwise = "derived",
        .meaning = "User part of the Contact; derived is unique, so that left-overs are told "
                   "apart.",
    },
    {
        .name = "signaling_port",
        .values = "1–65535",
        .otherwise = "that of the first listener",
        .meaning = "Port from which requests leave and to which the Contact points.",
    },
    {
        .name = "local_address",
        .values = "IP address of this machine",
        .otherwise = "that of the first listener",
        .meaning = "Address from which requests leave and to which the Contact points.",
    },
    {
        .name = "period",
        .values = "default, auto, 20–7200 s",
        .otherwise = "default",
        .meaning = "The expiry asked for; default: SS_SIP_USER_AGENT_EXPIRE.",
    },
    {
        .name = "line_limit",
        .values = "number",
        .otherwise = "0: no limit",
        .meaning = "Calls at once; kept for when calls are routed.",
    },
    {
        .name = "display_name",
        .values = "text",
        .otherwise = "none",
        .meaning = "Display name in From.",
    },
    {
        .name = "user_agent",
        .values = "text",
        .otherwise = "Regent/VERSION",
        .meaning = "Header User-Agent.",
    },
    {
        .name = "digest_min",
        .values = "MD5, SHA-256, SHA-512-256",
        .otherwise = "MD5",
        .meaning = "Weakest digest that is answered.",
    },
    {
        .name = "send_unregister",
        .values = "inherit, on, off",
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_SEND_UNREGISTER.",
    },
    {
        .name = "retry_delay",
        .values = "inherit, 30–600 s",
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_RETRY_DELAY.",
    },
    {
        .name = "outbound",
        .values = "auto, on, off",
        .otherwise = "auto",
        .meaning = "RFC 5626 (+sip.instance, reg-id); auto: where the upstream's challenge "
                   "offers it.",
    },
    {
        .name = "bulk",
        .values = "on, off",
        .otherwise = "off",
        .meaning = "RFC 6140: one registration for all numbers behind it, its Contact "
                   "without a user.",
    },
    {
        .name = "multi_contact",
        .values = "on, off",
        .otherwise = "off",
        .meaning = "A changed Contact is registered and the old one taken back in one "
                   "REGISTER.",
    },
    {
        .name = "keepalive",
        .values = "auto, off, 10–300 s",
        .otherwise = "auto",
        .meaning = "CRLFs on the way that REGISTERs take; auto: every 25 s where the "
                   "upstream sees another address than ours.",
    },
};

static const struct field_row node[] = {
    {
        .name = "node",
        .values = "text",
        .otherwise = "the host's name",
        .meaning = "A label for people; the identity is in the state directory.",
    },
    {
        .name = "listen",
        .values = "list of udp:ADDRESS:PORT",
        .otherwise = "udp:0.0.0.0:5060",
        .meaning = "Where SIP is spoken; IPv6 in brackets, 0.0.0.0 leaves the choice to the "
                   "route.",
    },
    {
        .name = "advertise",
        .values = "name or address",
        .otherwise = "the local address",
        .meaning = "Host of Contact and Via, where others see another than the local address.",
    },
    {
        .name = "state",
        .values = "path",
        .otherwise = "/var/lib/regent",
        .meaning = "Directory of database, ledger, keys and the report of the last stop.",
    },
    {
        .name = "identity",
        .values = "machine, portable",
        .otherwise = "machine",
        .meaning = "machine: on another machine than the one that the state directory was made "
                   "on, nothing is sent until regentctl node adopt or renew; portable: it moves, "
                   "as a container with a volume does.",
    },
    {
        .name = "database",
        .values = "sqlite",
        .otherwise = "sqlite",
        .meaning = "Where objects are kept.",
    },
    {
        .name = "fabric",
        .values = "none",
        .otherwise = "none",
        .meaning = "What is shared between nodes.",
    },
    {
        .name = "admin.socket",
        .values = "path",
        .otherwise = "/run/regent/admin.sock",
        .meaning = "The Unix socket of the API; its mode says who may ask.",
    },
    {
        .name = "admin.listen",
        .values = "ADDRESS:PORT, or a port of the loopback",
        .otherwise = "none: not over TCP",
        .meaning = "The API over TCP, in the clear; every request bears the token of "
                   "STATE/admin-token.",
    },
    {
        .name = "log.level",
        .values = "error, warning, info, debug",
        .otherwise = "info",
        .meaning = "What is logged: that and everything more important.",
    },
    {
        .name = "log.format",
        .values = "text, json",
        .otherwise = "text",
        .meaning = "How a line of the log is written.",
    },
};

const struct field_row *fields_of_registration(size_t *count_r)
{
	*count_r = COUNT(registration);
	return registration;
}

const struct field_row *fields_of_node(size_t *count_r)
{
	*count_r = COUNT(node);
	return node;
}
