// SPDX-License-Identifier: Apache-2.0
/*
 * The words for each key of regent.yaml. A row stands here when this version reads the key.
 */
#include "config/node_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct node_key keys[] = {
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
        .name = "domains",
        .values = "list of up to 8 names and addresses",
        .otherwise = "every domain that a phone names",
        .meaning = "The domains whose endpoints register here. A REGISTER for another domain is "
                   "refused with 404.",
    },
    {
        .name = "realm",
        .values = "text",
        .otherwise = "the first of domains; without it, regent",
        .meaning = "The realm for which phones are asked for their password. Most phones show it; "
                   "some must be told it.",
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
        .meaning = "Where registrations, endpoints and parameters are stored.",
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

const struct node_key *node_keys(size_t *count_r)
{
	*count_r = COUNT(keys);
	return keys;
}
