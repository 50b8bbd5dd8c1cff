// SPDX-License-Identifier: Apache-2.0
/*
 * The table of an endpoint's fields.
 */
#include "model/endpoint_config.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static_assert(sizeof(struct endpoint_config) <= OBJECT_SIZE_MAX, "it fits its room");

static const struct field_word transport_words[] = {
    {.name = "any", .value = 0},
    {.name = "udp", .value = 1 << SIP_UDP},
    {.name = "tcp", .value = 1 << SIP_TCP, .is_later = true},
    {.name = "tls", .value = 1 << SIP_TLS, .is_later = true},
    {0},
};

#define AT(member)                                                                                 \
	.offset = offsetof(struct endpoint_config, member),                                        \
	.size = sizeof(((struct endpoint_config *)NULL)->member)

static const struct field_row rows[] = {
    {
        .name = "username",
        .type = FIELD_TEXT,
        AT(username),
        .check = field_check_user,
        .missing = "the user name of the phone would be right",
        .column = "name",
        .values = "1 to 64 of A-Z a-z 0-9 . _ - +",
        .otherwise = "required",
        .meaning = "The user part of the address of record (AOR), and the user name for digest "
                   "authentication. It is also the name of the endpoint in commands and tables.",
    },
    {
        .name = "enabled",
        .type = FIELD_SWITCH,
        AT(settings.enabled),
        .otherwise = "on",
        .meaning = "off: the endpoint is kept, but it cannot register.",
    },
    {
        .name = "password",
        .type = FIELD_SECRET,
        AT(password),
        .maximum = FIELD_PASSWORD_MAX,
        .missing = "an endpoint needs a password",
        .values = "text, in quotes",
        .otherwise = "required",
        .meaning = "The password of the endpoint. It is stored sealed (encrypted), and never "
                   "shown or logged.",
    },
    {
        .name = "password_file",
        .type = FIELD_SECRET_FILE,
        AT(password),
        .values = "path",
        .otherwise = "none",
        .meaning = "A file whose first line is the password; use it instead of password.",
    },
    {
        .name = "max_contacts",
        .type = FIELD_NUMBER,
        AT(settings.max_contacts),
        .minimum = 1,
        .maximum = ENDPOINT_CONTACTS_MAX,
        .unit = "devices",
        .otherwise = "1",
        .meaning = "How many devices may be registered at the same time.",
    },
    {
        .name = "transports",
        .type = FIELD_WORD,
        AT(settings.transports),
        .words = transport_words,
        .otherwise = "any",
        .meaning = "The transport that the endpoint may register over.",
    },
    {
        .name = "networks",
        .type = FIELD_TEXT,
        AT(networks),
        .is_list = true,
        .check = networks_check,
        .values = "up to 16 addresses and networks, as a list or separated by commas",
        .otherwise = "anywhere",
        .meaning = "The networks that the endpoint may register from, as in 192.0.2.0/24, "
                   "2001:db8::/32.",
    },
    {
        .name = "caller_id",
        .type = FIELD_TEXT,
        AT(caller_id),
        .maximum = FIELD_TEXT_MAX,
        .values = "text",
        .otherwise = "username",
        .meaning = "The number that is shown to the called party. Has no effect yet: this version "
                   "routes no calls.",
    },
    {
        .name = "line_limit",
        .type = FIELD_NUMBER,
        AT(settings.line_limit),
        .maximum = 100000,
        .unit = "calls",
        .besides = "(0: no limit)",
        .right = "a number of calls (0: no limit)",
        .otherwise = "0: no limit",
        .meaning =
            "The most calls at the same time. Has no effect yet: this version routes no calls.",
    },
};

static_assert(COUNT(rows) <= FIELDS_MAX, "a bit each");

static const struct endpoint_config defaults = {
    .settings = {.max_contacts = 1, .enabled = true},
};

const struct object_table *endpoint_config_table(void)
{
	static const struct object_table table = {
	    .name = "endpoint",
	    .plural = "endpoints",
	    .example = "{\"password\": \"secret\"}",
	    .rows = rows,
	    .count = COUNT(rows),
	    .size = sizeof(struct endpoint_config),
	    .texts = offsetof(struct endpoint_config, settings) / sizeof(struct slice),
	    .defaults = &defaults,
	};

	return &table;
}
