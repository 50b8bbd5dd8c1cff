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
        .meaning = "answers come from another address than the one that was asked; Regent ignores "
                   "them, because anybody could have sent them",
        .advice = "if that address is the carrier's, set proxy to it, or ask the carrier to answer "
                  "from the address that is asked",
    },
    {
        .reason = "answers come too late",
        .shown = "answers come too late: …",
        .meaning = "an answer came after Regent had given up waiting for it; Regent waits 32 s, "
                   "or, if that is less, a third of the time that the binding has left",
        .advice =
            "ask the carrier why its answers are slow; a longer period gives a refresh more time",
    },
    {
        .reason = "answers cannot be read",
        .shown = "answers cannot be read: …",
        .meaning = "the answers are not valid SIP messages; the last reason says why",
        .advice = "look at the answers with regentctl trace NAME, and show them to the carrier",
    },
    {
        .reason = "answers name another",
        .shown = "answers name another CSeq or method",
        .meaning = "the answers have another CSeq than the request; a device on the way may change "
                   "messages",
        .advice = "switch off SIP ALG in the routers and firewalls on the way; look at the answers "
                  "with regentctl trace NAME",
    },
    {
        .reason = "redirected to a realm not seen before",
        .shown = "401 redirected to a realm not seen before: …",
        .meaning = "a 301 or 302 led to a server that asks for credentials for a realm that this "
                   "upstream has never used; Regent sent none",
        .advice = "ask the carrier whether that server is theirs; if it is, set proxy to it",
    },
    {
        .reason = "redirected",
        .shown = "redirected …",
        .meaning = "the upstream answers 301 or 302, but Regent cannot use the address that it "
                   "names; the last reason says why",
        .advice = "ask the carrier which address to use, and set proxy to it",
    },
    {
        .reason = "no answer about name or route",
        .shown = "no answer about name or route",
        .meaning = "the name servers did not answer or reported a failure, or the system gave no "
                   "route in time",
        .advice = "check the name servers in /etc/resolv.conf",
    },
    {
        .reason = "no answer",
        .shown = "no answer",
        .meaning = "no answer came within 32 s",
        .advice = "check proxy and host, the port, the firewall, and whether the carrier knows "
                  "your address",
    },
    {
        .reason = "name not found",
        .shown = "name not found",
        .meaning = "the name servers know no address for the name in proxy, or in host if there is "
                   "no proxy",
        .advice = "check the spelling of proxy and host, and the name servers in /etc/resolv.conf",
    },
    {
        .reason = "no way to",
        .shown = "no way to …",
        .meaning = "this machine has no route from that local address to the upstream",
        .advice = "check listen in regent.yaml, local_address, and the routes of this machine",
    },
    {
        .reason = "cannot open",
        .shown = "cannot open …",
        .meaning = "this machine does not have that address, or its port is in use",
        .advice = "check listen in regent.yaml, local_address and signaling_port",
    },
    {
        .reason = "ledger not written",
        .shown = "ledger not written",
        .meaning = "the registration could not be written to the ledger within 30 s; nothing is "
                   "sent before it is written",
        .advice = "check the disk of the state directory (state in regent.yaml), and the log",
    },
    {
        .reason = "address rests",
        .shown = "address rests",
        .meaning = "Regent sends nothing to the upstream for a while, because it answered 503 or "
                   "was silent",
        .advice = "wait; Regent tries again by itself",
    },
    {
        .reason = "wrong credentials",
        .shown = "401 wrong credentials",
        .meaning = "the upstream refused the password or the user name",
        .advice = "set the password again (regentctl registration set NAME password=-), and check "
                  "username and auth_username",
    },
    {
        .reason = "password never accepted yet",
        .shown = "403 password never accepted yet (…)",
        .meaning = "the upstream refused the first login with this password; this mostly means a "
                   "wrong password, and sometimes a closed account",
        .advice = "set the password again (regentctl registration set NAME password=-), and check "
                  "username and auth_username; if they are right, ask the carrier whether the "
                  "account is open and your address is allowed",
    },
    {
        .reason = "every nonce is called stale",
        .shown = "401 every nonce is called stale, or the password is wrong",
        .meaning = "three logins in a row were refused with stale=true",
        .advice = "set the password again (regentctl registration set NAME password=-), and check "
                  "username and auth_username; if they are right, tell the carrier that the "
                  "registrar calls every nonce stale",
    },
    {
        .reason = "weaker than digest_min",
        .shown = "401 weaker than digest_min: …",
        .meaning = "the upstream offers no digest algorithm that is as strong as digest_min",
        .advice = "ask the carrier for a stronger algorithm, or lower digest_min",
    },
    {
        .reason = "weaker than what worked before",
        .shown = "401 weaker than what worked before: …",
        .meaning = "the upstream offers only a weaker digest algorithm than the one that worked "
                   "last; this could be an attack",
        .advice =
            "ask the carrier; if they did this on purpose, disable and enable the registration",
    },
    {
        .reason = "unknown digest algorithm",
        .shown = "401 unknown digest algorithm: …",
        .meaning = "the upstream offers no digest algorithm that Regent knows",
        .advice = "ask the carrier for MD5, SHA-256 or SHA-512-256",
    },
    {
        .reason = "unknown qop",
        .shown = "401 unknown qop: …",
        .meaning = "the upstream offers no quality of protection (qop) that Regent knows",
        .advice = "ask the carrier for qop=auth, or for challenges without qop",
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
        .meaning =
            "Regent answered six challenges to one request, and the upstream sent another one",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "request over 12 KiB",
        .shown = "request over 12 KiB: names, routes or nonces are too long",
        .meaning = "the REGISTER would be too long, so it was not sent",
        .advice =
            "shorten username, auth_username, host and display_name; if they are short already, "
            "the challenges are too long: show the carrier the trace (regentctl trace NAME)",
    },
    {
        .reason = "challenge",
        .shown = "401 challenge cannot be read, is too long, has an empty nonce",
        .meaning = "Regent cannot answer the challenge that the upstream sent",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "no challenge",
        .shown = "401 no challenge",
        .meaning = "the upstream wants credentials, but sent no challenge",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "too many realms",
        .shown = "401 too many realms",
        .meaning =
            "the upstream asked for credentials for more than two realms, one after the other",
        .advice = "show the carrier the trace: regentctl trace NAME",
    },
    {
        .reason = "only foreign Contacts",
        .shown = "200 only foreign Contacts are listed",
        .meaning = "the upstream lists only Contacts of others for this account, and not ours",
        .advice = "find out who else uses these credentials: regentctl registration ghosts NAME",
    },
    {
        .reason = "not listed beside another",
        .shown = "200 not listed beside another registration of the account",
        .meaning = "the upstream's answer to another registration of the same account no longer "
                   "lists the Contact of this one",
        .advice = "keep only one registration for each account, or ask the carrier how many "
                  "Contacts an account may have",
    },
    {
        .reason = "granted 0 s",
        .shown = "200 granted 0 s",
        .meaning =
            "the upstream accepted the REGISTER, but granted an expiry of 0, so nothing is bound",
        .advice = "ask the carrier why",
    },
    {
        .reason = "account held by ",
        .shown = "503 account held by HOLDER",
        .meaning =
            "the account has as many Contacts as the registrar allows; the Contact that is named "
            "may belong to an old switch, or to somebody else who uses these credentials",
        .advice = "switch off the device that registers HOLDER, or remove that Contact: regentctl "
                  "registration ghosts NAME lists all Contacts, and --remove CONTACT removes one",
    },
    {
        .reason = "account refused: ",
        .shown = "503 account refused: …",
        .meaning =
            "the registrar refuses this account, but serves others; the last reason says why",
        .advice = "ask the carrier how many Contacts the account may have, and which ones it has",
    },
    {
        .status = 401,
        .shown = "401, 407",
        .meaning = "the upstream wants credentials, but Regent has none that it may send",
        .advice = "check password, username and auth_username",
    },
    {
        .status = 407,
        .meaning = "the upstream wants credentials, but Regent has none that it may send",
        .advice = "check password, username and auth_username",
    },
    {
        .status = 403,
        .shown = "403, 404",
        .meaning = "the upstream refuses the account, the domain, or your address",
        .advice = "check username and host; ask the carrier whether the account is open and your "
                  "address is allowed",
    },
    {
        .status = 404,
        .meaning = "the upstream does not know the account or the domain",
        .advice = "check username and host; ask the carrier",
    },
    {
        .status = 420,
        .shown = "420, 421",
        .meaning = "the upstream demands a SIP extension; the last reason names it",
        .advice =
            "for outbound set outbound=auto; for gin set bulk=on; for any other ask the carrier",
    },
    {
        .status = 421,
        .meaning = "the upstream demands a SIP extension; the last reason names it",
        .advice =
            "for outbound set outbound=auto; for gin set bulk=on; for any other ask the carrier",
    },
    {
        .status = 423,
        .shown = "423",
        .meaning = "the upstream asks for a longer expiry, again and again; Regent has given up "
                   "raising it",
        .advice = "ask the carrier which expiry it accepts, and set period to it",
    },
    {
        .status = 503,
        .shown = "503",
        .meaning = "the upstream is overloaded, or down for maintenance",
        .advice = "wait; Regent tries again by itself",
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
