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
        .meaning = "The name of the registration in commands, tables and the log.",
    },
    {
        .name = "enabled",
        .values = "on, off",
        .otherwise = "on",
        .meaning = "off: the registration is kept, but not registered. If it was registered, it is "
                   "unregistered.",
    },
    {
        .name = "username",
        .values = "text",
        .otherwise = "required",
        .meaning = "The user part of the address of record (AOR), often the telephone number.",
    },
    {
        .name = "auth_username",
        .values = "text",
        .otherwise = "username",
        .meaning = "The user name for digest authentication, if it differs from username.",
    },
    {
        .name = "password",
        .values = "text, in quotes",
        .otherwise = "none",
        .meaning = "The password of the account. It is stored sealed (encrypted), and never shown "
                   "or logged.",
    },
    {
        .name = "password_file",
        .values = "path",
        .otherwise = "none",
        .meaning = "A file whose first line is the password; use it instead of password.",
    },
    {
        .name = "host",
        .values = "name or address",
        .otherwise = "required",
        .meaning = "The SIP domain of the carrier: the host in Request-URI, From and To.",
    },
    {
        .name = "proxy",
        .values = "SIP URI",
        .otherwise = "sip:HOST",
        .meaning =
            "Where REGISTERs are sent to (outbound proxy). With ;lr, a Route header names it, too.",
    },
    {
        .name = "contact_host",
        .values = "name or address",
        .otherwise = "advertise; without it, the local address of the route",
        .meaning = "The host in Contact and Via.",
    },
    {
        .name = "contact_user",
        .values = "derived, username, or a text",
        .otherwise = "derived",
        .meaning = "The user part of the Contact. derived: a unique one, so that Regent recognizes "
                   "its own old bindings.",
    },
    {
        .name = "signaling_port",
        .values = "1–65535",
        .otherwise = "that of the first listener",
        .meaning = "The local port for requests, and the port in the Contact.",
    },
    {
        .name = "local_address",
        .values = "IP address of this machine",
        .otherwise = "that of the first listener",
        .meaning = "The local address for requests, and the address in the Contact.",
    },
    {
        .name = "period",
        .values = "default, auto, 20–7200 s",
        .otherwise = "default",
        .meaning = "The expiry that is asked for. default: the value of SS_SIP_USER_AGENT_EXPIRE.",
    },
    {
        .name = "line_limit",
        .values = "number",
        .otherwise = "0: no limit",
        .meaning =
            "The most calls at the same time. Has no effect yet: this version routes no calls.",
    },
    {
        .name = "display_name",
        .values = "text",
        .otherwise = "none",
        .meaning = "The display name in From.",
    },
    {
        .name = "user_agent",
        .values = "text",
        .otherwise = "Regent/VERSION",
        .meaning = "The User-Agent header.",
    },
    {
        .name = "digest_min",
        .values = "MD5, SHA-256, SHA-512-256",
        .otherwise = "MD5",
        .meaning = "The weakest digest algorithm that is answered.",
    },
    {
        .name = "send_unregister",
        .values = "inherit, on, off",
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_SEND_UNREGISTER for this registration.",
    },
    {
        .name = "retry_delay",
        .values = "inherit, 30–600 s",
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_RETRY_DELAY for this registration.",
    },
    {
        .name = "outbound",
        .values = "auto, on, off",
        .otherwise = "auto",
        .meaning = "RFC 5626 (+sip.instance, reg-id). auto: used if a challenge before the first "
                   "binding offers it, or if a 420 or 421 demands it.",
    },
    {
        .name = "bulk",
        .values = "on, off",
        .otherwise = "off",
        .meaning = "RFC 6140: one registration for many numbers; its Contact has no user.",
    },
    {
        .name = "multi_contact",
        .values = "on, off",
        .otherwise = "off",
        .meaning = "on: when the Contact changes, one REGISTER adds the new Contact and removes "
                   "the old one. off: the old one is removed by a REGISTER of its own.",
    },
    {
        .name = "keepalive",
        .values = "auto, off, 10–300 s",
        .otherwise = "auto",
        .meaning =
            "How often to send CRLFs from the socket that sends the REGISTERs, to keep a NAT open. "
            "auto: every 25 s, if the upstream sees another address or port than ours.",
    },
};

static const struct field_row node[] = {
    {
        .name = "node",
        .values = "text",
        .otherwise = "the host's name",
        .meaning = "A label for people. The identity of the node is in the state directory.",
    },
    {
        .name = "listen",
        .values = "list of udp:ADDRESS:PORT",
        .otherwise = "udp:0.0.0.0:5060",
        .meaning = "The addresses and ports for SIP. IPv6 addresses stand in brackets. With "
                   "0.0.0.0 the route to the upstream decides which local address is used.",
    },
    {
        .name = "advertise",
        .values = "name or address",
        .otherwise = "the local address",
        .meaning =
            "The host in Contact and Via, if others see another address than the local one (NAT).",
    },
    {
        .name = "state",
        .values = "path",
        .otherwise = "/var/lib/regent",
        .meaning = "The state directory, for the database, the ledger, the keys and the report of "
                   "the last stop.",
    },
    {
        .name = "identity",
        .values = "machine, portable",
        .otherwise = "machine",
        .meaning =
            "machine: the state directory belongs to the machine on which it was made. On another "
            "machine nothing is sent until you run regentctl node adopt or regentctl node renew. "
            "portable: the directory may move, as the volume of a container does.",
    },
    {
        .name = "database",
        .values = "sqlite",
        .otherwise = "sqlite",
        .meaning = "Where registrations and parameters are stored.",
    },
    {
        .name = "fabric",
        .values = "none",
        .otherwise = "none",
        .meaning = "What several nodes use to share live data; none in this version.",
    },
    {
        .name = "admin.socket",
        .values = "path",
        .otherwise = "/run/regent/admin.sock",
        .meaning =
            "The Unix socket of the API. The mode of the file (0660) decides who may use the API.",
    },
    {
        .name = "admin.listen",
        .values = "ADDRESS:PORT, or a port alone for 127.0.0.1",
        .otherwise = "none: no API over TCP",
        .meaning = "Where the API listens on TCP, without encryption. Every request must carry the "
                   "token in STATE/admin-token.",
    },
    {
        .name = "log.level",
        .values = "error, warning, info, debug",
        .otherwise = "info",
        .meaning = "The least important level that is logged.",
    },
    {
        .name = "log.format",
        .values = "text, json",
        .otherwise = "text",
        .meaning = "The format of a log line.",
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
