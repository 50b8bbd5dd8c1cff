// SPDX-License-Identifier: Apache-2.0
/*
 * The rows go from Regent's own words to bare status codes.
 */
#include "ctl/advice.h"

#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct advice_row rows[] = {
    {
        .reason = "answers come from",
        .shown = "answers come from …, not from …",
        .meaning = "answers come from another address than the one that was asked; they are not "
                   "taken, since anybody could have sent them",
        .advice = "if that address is the carrier's, name it in proxy, or have the carrier answer "
                  "from the address that is asked",
    },
    {
        .reason = "answers come too late",
        .shown = "answers come too late: …",
        .meaning =
            "an answer came after its request was given up, which is after 32 s or a third of "
            "the time that a binding has left",
        .advice = "ask the carrier why it is slow; a longer period leaves more time for a refresh",
    },
    {
        .reason = "answers cannot be read",
        .shown = "answers cannot be read: …",
        .meaning = "the answers are no valid SIP messages, for the reason given",
        .advice = "look at them with regentctl trace NAME, and show them to the carrier",
    },
    {
        .reason = "answers name another",
        .shown = "answers name another CSeq or method",
        .meaning = "the CSeq of the answers is not that of the request; something on the way "
                   "changes messages",
        .advice = "switch off SIP ALG in routers and firewalls on the way; look at the answers "
                  "with regentctl trace NAME",
    },
    {
        .reason = "redirected to a realm not seen before",
        .shown = "401 redirected to a realm not seen before: …",
        .meaning = "a 301 or 302 led to a server that asks for credentials in a realm that this "
                   "upstream never used; none were given",
        .advice = "ask the carrier whether that server is theirs; name it in proxy if it is",
    },
    {
        .reason = "redirected",
        .shown = "redirected …",
        .meaning = "the upstream answers 301 or 302, and the address that it names cannot be used, "
                   "for the reason given",
        .advice = "ask the carrier which address to use, and name it in proxy",
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
        .meaning = "the disk did not take the ledger's row within 30 s; until it does, nothing is "
                   "sent",
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
        .reason = "password never accepted yet",
        .shown = "403 password never accepted yet (…)",
        .meaning = "the first digest of this password was refused; most upstreams answer a wrong "
                   "password like this, some a closed account",
        .advice = "set the password again (regentctl registration set NAME password=-), and look "
                  "at username and auth_username; if they are right, ask the carrier whether the "
                  "account is open and your address is allowed",
    },
    {
        .reason = "every nonce is called stale",
        .shown = "401 every nonce is called stale, or the password is wrong",
        .meaning = "three digests in a row were refused with stale=true",
        .advice = "set the password again (regentctl registration set NAME password=-), and look "
                  "at username and auth_username; if they are right, the upstream does not know "
                  "its own nonces: ask the carrier",
    },
    {
        .reason = "weaker than digest_min",
        .shown = "401 weaker than digest_min: …",
        .meaning = "no digest algorithm is offered that is as strong as digest_min",
        .advice = "ask the carrier for a stronger one, or lower digest_min",
    },
    {
        .reason = "weaker than what worked before",
        .shown = "401 weaker than what worked before: …",
        .meaning = "only a weaker digest algorithm is offered than the one that worked last; it "
                   "could be an attack",
        .advice = "ask the carrier; where the change is meant, switch the registration off and on",
    },
    {
        .reason = "unknown digest algorithm",
        .shown = "401 unknown digest algorithm: …",
        .meaning = "no digest algorithm is offered that Regent knows",
        .advice = "ask the carrier for MD5, SHA-256 or SHA-512-256",
    },
    {
        .reason = "unknown qop",
        .shown = "401 unknown qop: …",
        .meaning = "no quality of protection is offered that Regent knows",
        .advice = "ask the carrier for qop auth, or none",
    },
    {
        .reason = "no digest challenge",
        .shown = "401 no digest challenge, only other schemes",
        .meaning = "the upstream asks for credentials of another kind, such as Basic",
        .advice = "ask the carrier for digest authentication",
    },
    {
        .reason = "challenged again",
        .shown = "401 challenged again after every answer",
        .meaning = "six challenges of one request were answered, and the upstream still asked",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "request over 12 KiB",
        .shown = "request over 12 KiB: names, routes or nonces are too long",
        .meaning = "nothing was sent, since the REGISTER would be too long",
        .advice = "shorten user names, host and display_name; where they are short, show the "
                  "carrier the trace, whose challenges are too long: regentctl trace NAME",
    },
    {
        .reason = "challenge",
        .shown = "401 challenge cannot be read, is too long, has an empty nonce",
        .meaning = "no answer can be made from what the upstream sent",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "no challenge",
        .shown = "401 no challenge",
        .meaning = "the upstream wants credentials and does not say which",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "too many realms",
        .shown = "401 too many realms",
        .meaning = "more than two realms asked for credentials one after the other",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "only foreign Contacts",
        .shown = "200 only foreign Contacts are listed",
        .meaning = "the upstream lists Contacts of somebody else for this account, and not ours",
        .advice = "find out who else uses these credentials: regentctl registration ghosts NAME",
    },
    {
        .reason = "not listed beside another",
        .shown = "200 not listed beside another registration of the account",
        .meaning =
            "the answer to another registration of the same account no longer lists this one",
        .advice = "give each account one registration only, or ask the carrier how many Contacts "
                  "the account may have",
    },
    {
        .reason = "granted 0 s",
        .shown = "200 granted 0 s",
        .meaning =
            "the upstream accepted the registration with an expiry of 0, so nothing is bound",
        .advice = "ask the carrier why",
    },
    {
        .reason = "account held by ",
        .shown = "503 account held by HOLDER",
        .meaning =
            "the account has as many Contacts as its registrar allows; the one that is named "
            "belongs to an old switch, or to somebody else who uses these credentials",
        .advice = "switch off what registers HOLDER, or remove that Contact: regentctl "
                  "registration ghosts NAME lists all of them, and --remove CONTACT removes one",
    },
    {
        .reason = "account refused: ",
        .shown = "503 account refused: …",
        .meaning = "the registrar refuses this account alone, for the reason given",
        .advice = "ask the carrier how many Contacts the account may have, and who holds them",
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
        .meaning = "the upstream asks for a longer expiry, again and again",
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

/* Told while a request is still out: an operator need not wait for its end to look for the fault.
 */
static bool is_untaken(const char *reason)
{
	return reason && !strncmp(reason, "answers ", strlen("answers "));
}

const struct advice_row *advice_for(const json_t *item)
{
	const char *reason = row_text(item, "last_reason");
	json_int_t status = json_integer_value(json_object_get(item, "last_status"));

	if (!row_is_trouble(item) && !is_untaken(reason))
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		const struct advice_row *row = &rows[i];

		if (row->reason ? reason && !strncmp(reason, row->reason, strlen(row->reason))
		                : row->status == status)
			return row;
	}
	return NULL;
}

/* In place, where the word stands and there is room. */
static void replace(char text[ADVICE_MAX], const char *word, const char *by)
{
	char *place = strstr(text, word);
	char rest[ADVICE_MAX];

	if (!place)
		return;
	snprintf(rest, sizeof(rest), "%s", place + strlen(word));
	snprintf(place, ADVICE_MAX - (size_t)(place - text), "%s%s", by, rest);
}

const char *advice_text(
    const struct advice_row *row, const json_t *item, const char *name, char text[ADVICE_MAX])
{
	const char *reason = row_text(item, "last_reason");
	char *clean = text_clean(reason ? reason : "");

	snprintf(text, ADVICE_MAX, "%s", row->advice);
	replace(text, "NAME", name);
	if (row->reason && strlen(clean) > strlen(row->reason))
		replace(text, "HOLDER", clean + strlen(row->reason));
	free(clean);
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
