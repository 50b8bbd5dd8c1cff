// SPDX-License-Identifier: Apache-2.0
/*
 * One row per field, beside the row that reads it (registration_fields.c).
 */
#include "config/registration_text.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *name;
	void (*put)(struct buf *b, const void *field);
	size_t offset;
};

/* U+2028 and U+2029 end a line for some readers; as UTF-8 they are E2 80 A8 and A9. */
static bool put_separator(struct buf *b, struct slice text)
{
	if (text.n < 3 || memcmp(text.p, "\xe2\x80", 2) != 0 ||
	    (text.p[2] != '\xa8' && text.p[2] != '\xa9'))
		return false;
	buf_puts(b, text.p[2] == '\xa8' ? "\\u2028" : "\\u2029");
	return true;
}

void registration_text_quote(struct buf *b, struct slice text)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (put_separator(b, slice_skip(text, i))) {
			i += 2;
			continue;
		}
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, text.p[i]);
	}
	buf_putc(b, '"');
}

static void put_text(struct buf *b, const void *field)
{
	const struct slice *text = field;

	if (text->n > 0)
		registration_text_quote(b, *text);
	else
		buf_puts(b, "null");
}

static void put_switch(struct buf *b, const void *field)
{
	buf_puts(b, *(const bool *)field ? "true" : "false");
}

static void put_port(struct buf *b, const void *field)
{
	const struct netaddr *local = field;

	if (local->port)
		buf_put_u64(b, local->port);
	else
		buf_puts(b, "null");
}

static void put_address(struct buf *b, const void *field)
{
	const struct netaddr *local = field;
	char text[NETADDR_TEXT_MAX + 1];
	struct buf address = buf_over(text, sizeof(text));

	if (!local->family) {
		buf_puts(b, "null");
		return;
	}
	netaddr_put_host(&address, local);
	/* Brackets are for where a port may follow. */
	if (address.n > 0 && address.p[0] == '[')
		registration_text_quote(b, slice_make(address.p + 1, address.n - 2));
	else
		registration_text_quote(b, buf_slice(&address));
}

static void put_period(struct buf *b, const void *field)
{
	uint32_t period_s = *(const uint32_t *)field;

	if (period_s == PERIOD_DEFAULT)
		buf_puts(b, "\"default\"");
	else if (period_s == PERIOD_AUTO)
		buf_puts(b, "\"auto\"");
	else
		buf_put_u64(b, period_s);
}

static void put_number(struct buf *b, const void *field)
{
	buf_put_u64(b, *(const uint32_t *)field);
}

static void put_delay(struct buf *b, const void *field)
{
	if (*(const uint32_t *)field)
		put_number(b, field);
	else
		buf_puts(b, "\"inherit\"");
}

static void put_digest(struct buf *b, const void *field)
{
	static const char *const names[] = {"MD5", "SHA-256", "SHA-512-256"};
	uint8_t strength = *(const uint8_t *)field;

	assert(strength >= 1 && strength <= COUNT(names));
	registration_text_quote(b, slice_of(names[strength - 1]));
}

static void put_inherit(struct buf *b, const void *field)
{
	static const char *const words[] = {
	    [SWITCH_INHERIT] = "\"inherit\"", [SWITCH_ON] = "\"on\"", [SWITCH_OFF] = "\"off\""};

	buf_puts(b, words[*(const uint8_t *)field]);
}

static void put_outbound(struct buf *b, const void *field)
{
	static const char *const words[] = {
	    [OUTBOUND_AUTO] = "\"auto\"", [OUTBOUND_ON] = "\"on\"", [OUTBOUND_OFF] = "\"off\""};

	buf_puts(b, words[*(const uint8_t *)field]);
}

static void put_keepalive(struct buf *b, const void *field)
{
	uint16_t keepalive_s = *(const uint16_t *)field;

	if (keepalive_s == KEEPALIVE_AUTO)
		buf_puts(b, "\"auto\"");
	else if (keepalive_s == KEEPALIVE_OFF)
		buf_puts(b, "\"off\"");
	else
		buf_put_u64(b, keepalive_s);
}

#define AT(member) offsetof(struct registration_config, member)

static const struct row rows[] = {
    {"name", put_text, AT(name)},
    {"enabled", put_switch, AT(settings.enabled)},
    {"username", put_text, AT(username)},
    {"auth_username", put_text, AT(auth_username)},
    {"host", put_text, AT(host)},
    {"proxy", put_text, AT(proxy)},
    {"contact_host", put_text, AT(contact_host)},
    {"contact_user", put_text, AT(contact_user)},
    {"signaling_port", put_port, AT(settings.local)},
    {"local_address", put_address, AT(settings.local)},
    {"period", put_period, AT(settings.period_s)},
    {"line_limit", put_number, AT(settings.line_limit)},
    {"display_name", put_text, AT(display_name)},
    {"user_agent", put_text, AT(user_agent)},
    {"digest_min", put_digest, AT(settings.digest_min)},
    {"send_unregister", put_inherit, AT(settings.send_unregister)},
    {"retry_delay", put_delay, AT(settings.retry_delay_s)},
    {"outbound", put_outbound, AT(settings.outbound)},
    {"bulk", put_switch, AT(settings.bulk)},
    {"multi_contact", put_switch, AT(settings.multi_contact)},
    {"keepalive", put_keepalive, AT(settings.keepalive_s)},
};

static_assert(COUNT(rows) < 63, "a bit each, and one for the password");

unsigned registration_text_count(void)
{
	return COUNT(rows);
}

const char *registration_text_name(unsigned field)
{
	return rows[field].name;
}

void registration_text_put(struct buf *b, unsigned field, const struct registration_config *config)
{
	rows[field].put(b, (const char *)config + rows[field].offset);
}

uint64_t registration_text_differences(
    const struct registration_config *a, const struct registration_config *b)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < COUNT(rows); i++) {
		char one[REGISTRATION_TEXT_MAX], other[REGISTRATION_TEXT_MAX];
		struct buf left = buf_over(one, sizeof(one));
		struct buf right = buf_over(other, sizeof(other));

		registration_text_put(&left, i, a);
		registration_text_put(&right, i, b);
		if (!slice_equal(buf_slice(&left), buf_slice(&right)))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}
