// SPDX-License-Identifier: Apache-2.0
/*
 * The rows go from Regent's own words to bare status codes.
 */
#include "ctl/advice.h"

#include "ctl/ctl.h"
#include "ctl/row.h"

#include <stdio.h>
#include <string.h>

static const struct advice_row rows[] = {
    {
        .reason = "redirected to a realm not seen before",
        .shown = "redirected to a realm not seen before",
        .meaning = "a 301 or 302 led to an address that asks for credentials in a realm that this "
                   "upstream never used; none were given",
        .advice = "ask the carrier whether that is so; name the address in proxy if it is",
    },
    {
        .reason = "redirected",
        .shown = "redirected …",
        .meaning = "the upstream answers 301 or 302, and where that leads cannot be used, for "
                   "the reason given",
        .advice = "ask the carrier, or name an address that works in proxy",
    },
    {
        .reason = "no answer about name or route",
        .shown = "no answer about name or route",
        .meaning =
            "the name servers were silent or in trouble, or the system did not answer in time",
        .advice = "look at the name servers in /etc/resolv.conf",
    },
    {
        .reason = "no answer",
        .shown = "no answer",
        .meaning = "nothing came back for 32 s",
        .advice = "look at proxy and host, the port, the firewall, and whether the carrier knows "
                  "your address",
    },
    {
        .reason = "name not found",
        .shown = "name not found",
        .meaning = "the proxy's name, or the host's, has no address",
        .advice = "look at its spelling in proxy, else host, and at the name servers",
    },
    {
        .reason = "no way to",
        .shown = "no way to …",
        .meaning = "no route leads there from that address",
        .advice = "look at listen in regent.yaml, and at local_address",
    },
    {
        .reason = "cannot open",
        .shown = "cannot open …",
        .meaning = "there is no such address here, or its port is in use",
        .advice = "look at listen in regent.yaml, local_address and signaling_port",
    },
    {
        .reason = "ledger not written",
        .shown = "ledger not written",
        .meaning = "the disk did not take the ledger's row for 30 s; nothing leaves before it does",
        .advice = "look at the disk under state in regent.yaml, and at the log",
    },
    {
        .reason = "address rests",
        .shown = "address rests",
        .meaning = "the upstream asked for a pause, or all its addresses were silent",
        .advice = "wait; it is tried again by itself",
    },
    {
        .reason = "wrong credentials",
        .shown = "401 wrong credentials",
        .meaning = "the digest was refused",
        .advice = "set the password again (regentctl registration set NAME password=-), and look "
                  "at username and auth_username",
    },
    {
        .reason = "no challenge that may be answered",
        .shown = "401 no challenge that may be answered",
        .meaning = "only unknown digest algorithms are offered, or weaker ones than digest_min",
        .advice = "look at digest_min",
    },
    {
        .reason = "only foreign Contacts",
        .shown = "200 only foreign Contacts are listed",
        .meaning = "somebody else's registration took the place",
        .advice = "find out who else uses these credentials: regentctl registration ghosts NAME",
    },
    {
        .reason = "granted 0 s",
        .shown = "200 granted 0 s",
        .meaning = "the upstream said yes, for no time at all",
        .advice = "ask the carrier",
    },
    {
        .status = 401,
        .shown = "401, 407",
        .meaning = "the upstream wants credentials that it was not given",
        .advice = "look at password, username and auth_username",
    },
    {
        .status = 407,
        .meaning = "the upstream wants credentials that it was not given",
        .advice = "look at password, username and auth_username",
    },
    {
        .status = 403,
        .shown = "403, 404",
        .meaning = "account, domain or address refused",
        .advice = "look at username and host; ask the carrier whether the account is open and "
                  "your address is allowed",
    },
    {
        .status = 404,
        .meaning = "account or domain unknown there",
        .advice = "look at username and host; ask the carrier",
    },
    {
        .status = 420,
        .shown = "420, 421",
        .meaning = "the upstream demands the extension that is named",
        .advice = "outbound: set outbound=auto; gin: set bulk=on; any other: ask the carrier",
    },
    {
        .status = 421,
        .meaning = "the upstream demands the extension that is named",
        .advice = "outbound: set outbound=auto; gin: set bulk=on; any other: ask the carrier",
    },
    {
        .status = 423,
        .shown = "423",
        .meaning = "a longer expiry is asked for, again and again",
        .advice = "ask the carrier which expiry it accepts, and set period",
    },
    {
        .status = 503,
        .shown = "503",
        .meaning = "the upstream is overloaded, or down for maintenance",
        .advice = "wait; it is tried again by itself",
    },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct advice_row *advice_for(const json_t *item)
{
	const char *reason = row_text(item, "last_reason");
	json_int_t status = json_integer_value(json_object_get(item, "last_status"));

	if (!row_is_trouble(item))
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		const struct advice_row *row = &rows[i];

		if (row->reason ? reason && !strncmp(reason, row->reason, strlen(row->reason))
		                : row->status == status)
			return row;
	}
	return NULL;
}

const char *advice_text(const struct advice_row *row, const char *name, char text[ADVICE_MAX])
{
	const char *place = strstr(row->advice, "NAME");

	if (place)
		snprintf(text, ADVICE_MAX, "%.*s%s%s", (int)(place - row->advice), row->advice,
		    name, place + strlen("NAME"));
	else
		snprintf(text, ADVICE_MAX, "%s", row->advice);
	return text;
}

json_t *advice_tables(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].shown)
			json_array_append_new(
			    list, json_pack("{s:s, s:s, s:s}", "last", rows[i].shown, "meaning",
			              rows[i].meaning, "advice", rows[i].advice));
	return list;
}
