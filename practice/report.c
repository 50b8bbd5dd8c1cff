// SPDX-License-Identifier: Apache-2.0
/*
 * Text that came from the network may be no UTF-8; such bytes are shown as '?'.
 */
#include "practice/report.h"

#include "base/error.h"

#include <stdlib.h>

static json_t *text(struct slice s)
{
	json_t *string = json_stringn(s.n ? s.p : "", s.n);
	char *ascii;

	if (string)
		return string;
	ascii = malloc(s.n + 1);
	if (!ascii)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		ascii[i] = (unsigned char)s.p[i] < 0x80 ? s.p[i] : '?';
	string = json_stringn(ascii, s.n);
	free(ascii);
	return string;
}

static json_t *address(const struct netaddr *addr)
{
	char storage[NETADDR_TEXT_MAX];
	struct buf b = buf_over(storage, sizeof(storage));

	if (addr->family)
		netaddr_put(&b, addr);
	return text(buf_slice(&b));
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *binding(const struct carrier_binding *b, uint64_t now_us)
{
	uint64_t left_us = b->expires_us > now_us ? b->expires_us - now_us : 0;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "aor", text(b->aor), "contact",
	    text(b->contact), "call_id", text(b->call_id), "cseq", number(b->cseq), "expires_in_s",
	    number((left_us + US_PER_S - 1) / US_PER_S), "source", address(&b->source), "refreshes",
	    number(b->refreshes), "planted", b->planted);
}

json_t *report_table(const struct carrier *carrier, uint64_t now_us)
{
	json_t *table = json_array();
	struct carrier_binding b;
	uint32_t cursor = 0;

	while (table && carrier_binding_next(carrier, &cursor, &b))
		if (json_array_append_new(table, binding(&b, now_us))) {
			json_decref(table);
			return NULL;
		}
	return table;
}

json_t *report_counters(const struct carrier *carrier)
{
	json_t *o = json_object();
	char name[64];
	int bad = 0;

	for (unsigned i = 0; i < CARRIER_COUNTERS; i++)
		bad |= json_object_set_new(o, carrier_counter_name((enum carrier_counter)i),
		    number(carrier_counter(carrier, (enum carrier_counter)i)));
	bad |= json_object_set_new(o, "bindings", number(carrier_bindings(carrier)));
	bad |= json_object_set_new(o, "offences", number(carrier_offences(carrier)));
	for (unsigned i = 0; i < CARRIER_OFFENCES; i++) {
		enum carrier_offence offence = (enum carrier_offence)i;

		snprintf(name, sizeof(name), "offence_%s", carrier_offence_name(offence));
		bad |= json_object_set_new(o, name, number(carrier_offence(carrier, offence)));
	}
	if (bad) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *report_accounts(const struct carrier *carrier)
{
	json_t *array = json_array();
	struct carrier_account a;
	uint32_t cursor = 0;

	while (array && carrier_account_next(carrier, &cursor, &a))
		json_array_append_new(
		    array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "user", text(a.user),
		               "requests", number(a.requests), "registered", number(a.registered),
		               "cancelled", number(a.cancelled), "challenged", number(a.challenged),
		               "wrong", number(a.wrong), "last_status", (int)a.last_status));
	return array;
}

json_t *report_offences(const struct carrier *carrier)
{
	json_t *array = json_array();

	for (unsigned i = 0; array && i < CARRIER_OFFENCES; i++) {
		enum carrier_offence offence = (enum carrier_offence)i;

		if (!carrier_offence(carrier, offence))
			continue;
		json_array_append_new(
		    array, json_pack("{s:s, s:o, s:o}", "offence", carrier_offence_name(offence),
		               "count", number(carrier_offence(carrier, offence)), "message",
		               text(carrier_offence_message(carrier, offence))));
	}
	return array;
}

int report_write(const struct carrier *carrier, uint64_t now_us, const char *path)
{
	json_t *all = json_pack("{s:o, s:o, s:o}", "table", report_table(carrier, now_us),
	    "counters", report_counters(carrier), "offences", report_offences(carrier));
	int rc = all && json_dump_file(all, path, JSON_INDENT(1)) == 0 ? 0 : ERR_IO;

	json_decref(all);
	return rc;
}
