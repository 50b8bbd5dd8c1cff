// SPDX-License-Identifier: Apache-2.0
/*
 * Validation, copying and comparing of provisioned registrations. The texts
 * are listed once, in `texts`, so that copy and comparison forget none.
 */
#include "model/registration_config.h"

#include "model/host.h"
#include "param/phrase.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NAME_MAX         64
#define PASSWORD_MAX     256
#define PROXY_MAX        512
#define TEXT_MAX         128
#define PERIOD_MIN       20
#define PERIOD_MAX       7200
#define RETRY_DELAY_MIN  30
#define RETRY_DELAY_MAX  600
#define LINE_LIMIT_MAX   100000
#define KEEPALIVE_MIN    10
#define KEEPALIVE_MAX    300
#define DIGEST_STRENGTHS 3

static bool is_name(struct slice name)
{
	if (name.n == 0 || name.n > NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		        c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static int check_name(struct slice name, struct buf *message)
{
	if (is_name(name))
		return 0;
	if (name.n == 0) {
		buf_puts(message, "is missing; a registration needs a name");
		return ERR_SYNTAX;
	}
	phrase_put_found(message, name);
	buf_puts(message, "; 1–64 letters, digits, \".\", \"_\" and \"-\" would be right");
	return name.n > NAME_MAX ? ERR_LIMIT : ERR_SYNTAX;
}

/* `shown` is what the message says was found: a password is not repeated. */
static int check_clean(struct slice text, size_t max, struct slice shown, struct buf *message)
{
	if (text.n <= max && phrase_is_clean(text))
		return 0;
	phrase_put_found(message, shown);
	if (text.n > max) {
		buf_puts(message, " is longer than ");
		buf_put_u64(message, max);
		buf_puts(message, " bytes");
		return ERR_LIMIT;
	}
	buf_puts(message, "; UTF-8 text without control characters would be right");
	return ERR_SYNTAX;
}

static int check_text(struct slice text, struct buf *message)
{
	return check_clean(text, TEXT_MAX, text, message);
}

static int check_password(struct slice password, struct buf *message)
{
	return check_clean(password, PASSWORD_MAX, SLICE("(not shown)"), message);
}

static int check_username(struct slice username, struct buf *message)
{
	if (username.n > 0)
		return check_text(username, message);
	buf_puts(message, "is missing; the user part of the AOR would be right");
	return ERR_SYNTAX;
}

static int check_contact_user(struct slice user, struct buf *message)
{
	if (user.n > 0)
		return check_text(user, message);
	phrase_put_found(message, user);
	buf_puts(message, "; \"derived\", \"username\" or a user part would be right");
	return ERR_SYNTAX;
}

static int check_host(struct slice host, struct buf *message)
{
	if (host_is_valid(host))
		return 0;
	if (host.n == 0)
		buf_puts(message, "is missing; the domain of the AOR would be right");
	else
		host_explain(message, host);
	return host.n > HOST_MAX ? ERR_LIMIT : ERR_SYNTAX;
}

/* Who writes a port here means the next hop's. */
static int check_domain(struct slice host, struct buf *message)
{
	struct netaddr address;
	int rc = check_host(host, message);

	if (rc == ERR_SYNTAX && slice_find(host, ':') >= 0 && netaddr_parse_ip(host, &address) != 0)
		buf_puts(message, "; a port stands in proxy, as in sip:HOST:PORT");
	return rc;
}

static int check_contact_host(struct slice host, struct buf *message)
{
	return host.n == 0 ? 0 : check_host(host, message);
}

static int check_proxy(struct slice proxy, struct buf *message)
{
	enum sip_transport transport;
	struct sip_error error = {0};
	struct sip_uri uri;
	int rc;

	if (proxy.n == 0)
		return 0;
	rc = check_clean(proxy, PROXY_MAX, proxy, message);
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

static const struct text_row {
	const char *field;
	size_t offset;
	int (*check)(struct slice text, struct buf *message);
} texts[] = {
    {"name", offsetof(struct registration_config, name), check_name},
    {"username", offsetof(struct registration_config, username), check_username},
    {"auth_username", offsetof(struct registration_config, auth_username), check_text},
    {"password", offsetof(struct registration_config, password), check_password},
    {"host", offsetof(struct registration_config, host), check_domain},
    {"proxy", offsetof(struct registration_config, proxy), check_proxy},
    {"contact_host", offsetof(struct registration_config, contact_host), check_contact_host},
    {"contact_user", offsetof(struct registration_config, contact_user), check_contact_user},
    {"display_name", offsetof(struct registration_config, display_name), check_text},
    {"user_agent", offsetof(struct registration_config, user_agent), check_text},
};

static struct slice text_of(const struct registration_config *config, size_t i)
{
	return *(const struct slice *)((const char *)config + texts[i].offset);
}

static int refuse_number(uint64_t found, uint32_t minimum, uint32_t maximum, const char *unit,
    const char * or, struct buf *message)
{
	buf_put_u64(message, found);
	buf_puts(message, " is outside ");
	phrase_put_range(message, minimum, maximum, unit);
	buf_puts(message, or);
	return ERR_RANGE;
}

static int check_numbers(
    const struct registration_config *config, const char **field_r, struct buf *message)
{
	*field_r = "period";
	if (config->settings.period_s != PERIOD_DEFAULT &&
	    config->settings.period_s != PERIOD_AUTO &&
	    (config->settings.period_s < PERIOD_MIN || config->settings.period_s > PERIOD_MAX))
		return refuse_number(config->settings.period_s, PERIOD_MIN, PERIOD_MAX, "s",
		    " (or \"auto\")", message);
	*field_r = "line_limit";
	if (config->settings.line_limit > LINE_LIMIT_MAX)
		return refuse_number(config->settings.line_limit, 0, LINE_LIMIT_MAX,
		    "calls (0: no limit)", "", message);
	*field_r = "retry_delay";
	if (config->settings.retry_delay_s != 0 &&
	    (config->settings.retry_delay_s < RETRY_DELAY_MIN ||
	        config->settings.retry_delay_s > RETRY_DELAY_MAX))
		return refuse_number(config->settings.retry_delay_s, RETRY_DELAY_MIN,
		    RETRY_DELAY_MAX, "s", " (or \"inherit\")", message);
	*field_r = "digest_min";
	if (config->settings.digest_min < 1 || config->settings.digest_min > DIGEST_STRENGTHS)
		return refuse_number(config->settings.digest_min, 1, DIGEST_STRENGTHS,
		    "(MD5, SHA-256, SHA-512-256)", "", message);
	*field_r = "send_unregister";
	if (config->settings.send_unregister > SWITCH_OFF)
		return refuse_number(
		    config->settings.send_unregister, 0, SWITCH_OFF, "", "", message);
	*field_r = "outbound";
	if (config->settings.outbound > OUTBOUND_OFF)
		return refuse_number(config->settings.outbound, 0, OUTBOUND_OFF, "", "", message);
	*field_r = "keepalive";
	if (config->settings.keepalive_s != KEEPALIVE_OFF &&
	    config->settings.keepalive_s != KEEPALIVE_AUTO &&
	    (config->settings.keepalive_s < KEEPALIVE_MIN ||
	        config->settings.keepalive_s > KEEPALIVE_MAX))
		return refuse_number(config->settings.keepalive_s, KEEPALIVE_MIN, KEEPALIVE_MAX,
		    "s", " (or \"auto\" or \"off\")", message);
	*field_r = NULL;
	return 0;
}

/* RFC 6140 5.1: it stands for every user of the domain, so it names none. */
static int check_bulk(
    const struct registration_config *config, const char **field_r, struct buf *message)
{
	if (!config->settings.bulk || slice_equal(config->contact_user, SLICE("derived")))
		return 0;
	*field_r = "contact_user";
	phrase_put_found(message, config->contact_user);
	buf_puts(message, "; with bulk on the Contact has no user: \"derived\" would be right");
	return ERR_SYNTAX;
}

int registration_config_check(
    const struct registration_config *config, const char **field_r, struct buf *message)
{
	return registration_config_check_beside(config, NULL, field_r, message);
}

int registration_config_check_beside(const struct registration_config *config,
    const struct registration_config *known, const char **field_r, struct buf *message)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		int rc = 0;

		if (!known || !slice_equal(text_of(known, i), text_of(config, i)))
			rc = texts[i].check(text_of(config, i), message);
		*field_r = texts[i].field;
		if (rc != 0)
			return rc;
	}
	if (check_bulk(config, field_r, message) != 0)
		return ERR_SYNTAX;
	return check_numbers(config, field_r, message);
}

void registration_config_defaults(struct registration_config *config_r)
{
	*config_r = (struct registration_config){
	    .contact_user = SLICE("derived"),
	    .settings = {.digest_min = 1, .keepalive_s = KEEPALIVE_AUTO, .enabled = true},
	};
}

size_t registration_config_text_size(const struct registration_config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(texts); i++)
		n += text_of(config, i).n;
	return n;
}

void registration_config_copy_into(
    const struct registration_config *config, struct registration_config *copy_r, char *room)
{
	*copy_r = *config;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct slice *text = (struct slice *)((char *)copy_r + texts[i].offset);

		if (text->n > 0)
			memcpy(room, text->p, text->n);
		text->p = room;
		room += text->n;
	}
}

struct registration_config *registration_config_copy(const struct registration_config *config)
{
	struct registration_config *copy =
	    malloc(sizeof(*copy) + registration_config_text_size(config));

	if (copy)
		registration_config_copy_into(config, copy, (char *)(copy + 1));
	return copy;
}

void registration_config_free(struct registration_config **config)
{
	struct registration_config *gone = *config;
	/* Volatile, or the compiler drops stores into memory that is freed next. */
	volatile char *secret;

	*config = NULL;
	if (!gone)
		return;
	secret = (volatile char *)(uintptr_t)gone->password.p;
	for (size_t i = 0; i < gone->password.n; i++)
		secret[i] = 0;
	free(gone);
}

bool registration_settings_equal(
    const struct registration_settings *a, const struct registration_settings *b)
{
	return netaddr_equal(&a->local, &b->local) && a->period_s == b->period_s &&
	       a->line_limit == b->line_limit && a->retry_delay_s == b->retry_delay_s &&
	       a->digest_min == b->digest_min && a->send_unregister == b->send_unregister &&
	       a->enabled == b->enabled && a->outbound == b->outbound &&
	       a->keepalive_s == b->keepalive_s && a->bulk == b->bulk &&
	       a->multi_contact == b->multi_contact;
}

bool registration_config_equal(
    const struct registration_config *a, const struct registration_config *b)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!slice_equal(text_of(a, i), text_of(b, i)))
			return false;
	}
	return registration_settings_equal(&a->settings, &b->settings);
}
