// SPDX-License-Identifier: Apache-2.0
/*
 * The table of a registration's fields, and the rules that only they have.
 */
#include "model/registration_config.h"

#include "model/host.h"
#include "param/phrase.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PROXY_MAX 512

static_assert(sizeof(struct registration_config) <= OBJECT_SIZE_MAX, "it fits its room");

static int check_contact_user(struct slice user, struct buf *message)
{
	if (user.n > 0)
		return field_check_text(user, FIELD_TEXT_MAX, message);
	phrase_put_found(message, user);
	buf_puts(message, "; \"derived\", \"username\" or a user part would be right");
	return ERR_SYNTAX;
}

/* A port in `host` is meant for the next hop: the message says where it belongs. */
static int check_domain(struct slice host, struct buf *message)
{
	struct netaddr address;
	int rc = field_check_host(host, message);

	if (rc == ERR_SYNTAX && slice_find(host, ':') >= 0 && netaddr_parse_ip(host, &address) != 0)
		buf_puts(message, "; a port stands in proxy, as in sip:HOST:PORT");
	return rc;
}

static int check_proxy(struct slice proxy, struct buf *message)
{
	enum sip_transport transport;
	struct sip_error error = {0};
	struct sip_uri uri;
	int rc;

	if (proxy.n == 0)
		return 0;
	rc = field_check_text(proxy, PROXY_MAX, message);
	if (rc != 0)
		return rc;
	rc = sip_uri_parse(proxy, &uri, &error);
	if (rc == 0 && uri.scheme == SIP_SCHEME_SIPS) {
		phrase_put_found(message, proxy);
		buf_puts(message, ": TLS is " PHRASE_NOT_BUILT);
		return ERR_UNSUPPORTED;
	}
	if (rc != 0 || uri.scheme != SIP_SCHEME_SIP || !host_is_valid(uri.host)) {
		phrase_put_found(message, proxy);
		if (rc != 0 && error.what) {
			buf_puts(message, ": ");
			buf_puts(message, error.what);
		}
		buf_puts(message, "; a SIP URI as \"sip:192.0.2.1:5060\" would be right");
		return rc != 0 ? rc : ERR_SYNTAX;
	}
	transport = sip_uri_transport(&uri);
	if (transport == SIP_TRANSPORT_NONE || transport == SIP_UDP)
		return 0;
	phrase_put_found(message, proxy);
	if (transport == SIP_TRANSPORT_OTHER) {
		buf_puts(message, "; a transport of udp would be right");
	} else {
		buf_puts(message, ": transport ");
		buf_puts(message, sip_transport_name(transport));
		buf_puts(message, " is " PHRASE_NOT_BUILT);
	}
	return ERR_UNSUPPORTED;
}

/* A bulk registration stands for every user, so its Contact names none (RFC 6140 5.1). */
static int check_bulk(const void *object, const char **field_r, struct buf *message)
{
	const struct registration_config *config = object;

	if (!config->settings.bulk || slice_equal(config->contact_user, SLICE("derived")))
		return 0;
	*field_r = "contact_user";
	phrase_put_found(message, config->contact_user);
	buf_puts(message, "; with bulk on the Contact has no user: \"derived\" would be right");
	return ERR_SYNTAX;
}

static const struct field_word period_words[] = {
    {.name = "default", .value = PERIOD_DEFAULT},
    {.name = "auto", .value = PERIOD_AUTO},
    {0},
};

static const struct field_word retry_delay_words[] = {{.name = "inherit", .value = 0}, {0}};

static const struct field_word keepalive_words[] = {
    {.name = "auto", .value = KEEPALIVE_AUTO},
    {.name = "off", .value = KEEPALIVE_OFF},
    {0},
};

/* The values are those of sip_digest_strength(). */
static const struct field_word digest_words[] = {
    {.name = "MD5", .value = 1},
    {.name = "SHA-256", .value = 2},
    {.name = "SHA-512-256", .value = 3},
    {.name = "MD5-sess", .value = 1, .is_alias = true},
    {.name = "SHA-256-sess", .value = 2, .is_alias = true},
    {.name = "SHA-512-256-sess", .value = 3, .is_alias = true},
    {0},
};

static const struct field_word inherit_words[] = {
    {.name = "on", .value = SWITCH_ON},
    {.name = "off", .value = SWITCH_OFF},
    {.name = "inherit", .value = SWITCH_INHERIT},
    {0},
};

static const struct field_word outbound_words[] = {
    {.name = "auto", .value = OUTBOUND_AUTO},
    {.name = "on", .value = OUTBOUND_ON},
    {.name = "off", .value = OUTBOUND_OFF},
    {0},
};

#define AT(member)                                                                                 \
	.offset = offsetof(struct registration_config, member),                                    \
	.size = sizeof(((struct registration_config *)NULL)->member)

static const struct field_row rows[] = {
    {
        .name = "name",
        .type = FIELD_TEXT,
        AT(name),
        .check = field_check_name,
        .missing = "a registration needs a name",
        .values = "1 to 64 of A-Z a-z 0-9 . _ -",
        .otherwise = "required",
        .meaning = "The name of the registration in commands, tables and the log.",
    },
    {
        .name = "enabled",
        .type = FIELD_SWITCH,
        AT(settings.enabled),
        .otherwise = "on",
        .meaning = "off: the registration is kept, but not registered. If it was registered, it is "
                   "unregistered.",
    },
    {
        .name = "username",
        .type = FIELD_TEXT,
        AT(username),
        .maximum = FIELD_TEXT_MAX,
        .missing = "the user part of the AOR would be right",
        .values = "text",
        .otherwise = "required",
        .meaning = "The user part of the address of record (AOR), often the telephone number.",
    },
    {
        .name = "auth_username",
        .type = FIELD_TEXT,
        AT(auth_username),
        .maximum = FIELD_TEXT_MAX,
        .values = "text",
        .otherwise = "username",
        .meaning = "The user name for digest authentication, if it differs from username.",
    },
    {
        .name = "password",
        .type = FIELD_SECRET,
        AT(password),
        .maximum = FIELD_PASSWORD_MAX,
        .values = "text, in quotes",
        .otherwise = "none",
        .meaning = "The password of the account. It is stored sealed (encrypted), and never shown "
                   "or logged.",
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
        .name = "host",
        .type = FIELD_TEXT,
        AT(host),
        .is_shared = true,
        .check = check_domain,
        .missing = "the domain of the AOR would be right",
        .values = "name or address",
        .otherwise = "required",
        .meaning = "The SIP domain of the carrier: the host in Request-URI, From and To.",
    },
    {
        .name = "proxy",
        .type = FIELD_TEXT,
        AT(proxy),
        .is_shared = true,
        .check = check_proxy,
        .values = "SIP URI",
        .otherwise = "sip:HOST",
        .meaning =
            "Where REGISTERs are sent to (outbound proxy). With ;lr, a Route header names it, too.",
    },
    {
        .name = "contact_host",
        .type = FIELD_TEXT,
        AT(contact_host),
        .check = field_check_host,
        .values = "name or address",
        .otherwise = "advertise; without it, the local address of the route",
        .meaning = "The host in Contact and Via.",
    },
    {
        .name = "contact_user",
        .type = FIELD_TEXT,
        AT(contact_user),
        .check = check_contact_user,
        .values = "derived, username, or a text",
        .otherwise = "derived",
        .meaning = "The user part of the Contact. derived: a unique one, so that Regent recognizes "
                   "its own old bindings.",
    },
    {
        .name = "signaling_port",
        .type = FIELD_PORT,
        AT(settings.local),
        .right = "a port, 1–65535,",
        .column = "local",
        .values = "1–65535",
        .otherwise = "that of the first listener",
        .meaning = "The local port for requests, and the port in the Contact.",
    },
    {
        .name = "local_address",
        .type = FIELD_ADDRESS,
        AT(settings.local),
        .right = "an IP address of this machine",
        .column = "",
        .values = "IP address of this machine",
        .otherwise = "that of the first listener",
        .meaning = "The local address for requests, and the address in the Contact.",
    },
    {
        .name = "period",
        .type = FIELD_NUMBER,
        AT(settings.period_s),
        .minimum = 20,
        .maximum = 7200,
        .words = period_words,
        .unit = "s",
        .besides = "(or \"auto\")",
        .right = "20–7200 s (or \"auto\" or \"default\")",
        .otherwise = "default",
        .meaning = "The expiry that is asked for. default: the value of SS_SIP_USER_AGENT_EXPIRE.",
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
    {
        .name = "display_name",
        .type = FIELD_TEXT,
        AT(display_name),
        .maximum = FIELD_TEXT_MAX,
        .values = "text",
        .otherwise = "none",
        .meaning = "The display name in From.",
    },
    {
        .name = "user_agent",
        .type = FIELD_TEXT,
        AT(user_agent),
        .maximum = FIELD_TEXT_MAX,
        .values = "text",
        .otherwise = "Regent/VERSION",
        .meaning = "The User-Agent header.",
    },
    {
        .name = "digest_min",
        .type = FIELD_WORD,
        AT(settings.digest_min),
        .words = digest_words,
        .otherwise = "MD5",
        .meaning = "The weakest digest algorithm that is answered.",
    },
    {
        .name = "send_unregister",
        .type = FIELD_WORD,
        AT(settings.send_unregister),
        .words = inherit_words,
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_SEND_UNREGISTER for this registration.",
    },
    {
        .name = "retry_delay",
        .type = FIELD_NUMBER,
        AT(settings.retry_delay_s),
        .minimum = 30,
        .maximum = 600,
        .words = retry_delay_words,
        .unit = "s",
        .besides = "(or \"inherit\")",
        .otherwise = "inherit",
        .meaning = "Overrides SS_SIP_USER_AGENT_RETRY_DELAY for this registration.",
    },
    {
        .name = "outbound",
        .type = FIELD_WORD,
        AT(settings.outbound),
        .words = outbound_words,
        .otherwise = "auto",
        .meaning = "RFC 5626 (+sip.instance, reg-id). auto: used if a challenge before the first "
                   "binding offers it, or if a 420 or 421 demands it.",
    },
    {
        .name = "bulk",
        .type = FIELD_SWITCH,
        AT(settings.bulk),
        .otherwise = "off",
        .meaning = "RFC 6140: one registration for many numbers; its Contact has no user.",
    },
    {
        .name = "multi_contact",
        .type = FIELD_SWITCH,
        AT(settings.multi_contact),
        .otherwise = "off",
        .meaning = "on: when the Contact changes, one REGISTER adds the new Contact and removes "
                   "the old one. off: the old one is removed by a REGISTER of its own.",
    },
    {
        .name = "keepalive",
        .type = FIELD_NUMBER,
        AT(settings.keepalive_s),
        .minimum = 10,
        .maximum = 300,
        .words = keepalive_words,
        .unit = "s",
        .besides = "(or \"auto\" or \"off\")",
        .otherwise = "auto",
        .meaning =
            "How often to send CRLFs from the socket that sends the REGISTERs, to keep a NAT open. "
            "auto: every 25 s, if the upstream sees another address or port than ours.",
    },
    {.name = "route_to", .type = FIELD_LATER},
    {.name = "called_from", .type = FIELD_LATER},
    {.name = "caller_as", .type = FIELD_LATER},
    {.name = "identity", .type = FIELD_LATER},
    {.name = "privacy", .type = FIELD_LATER},
};

static_assert(COUNT(rows) <= FIELDS_MAX, "a bit each");

static const struct registration_config defaults = {
    .contact_user = {"derived", sizeof("derived") - 1},
    .settings = {.digest_min = 1, .keepalive_s = KEEPALIVE_AUTO, .enabled = true},
};

const struct object_table *registration_config_table(void)
{
	static const struct object_table table = {
	    .name = "registration",
	    .plural = "registrations",
	    .example = "{\"host\": \"sip.example\"}",
	    .rows = rows,
	    .count = COUNT(rows),
	    .size = sizeof(struct registration_config),
	    .texts = offsetof(struct registration_config, settings) / sizeof(struct slice),
	    .defaults = &defaults,
	    .check = check_bulk,
	};

	return &table;
}

bool registration_settings_equal(
    const struct registration_settings *a, const struct registration_settings *b)
{
	struct registration_config one = {.settings = *a}, other = {.settings = *b};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!field_equal(&rows[i], &one, &other))
			return false;
	return true;
}
