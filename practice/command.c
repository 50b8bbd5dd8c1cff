// SPDX-License-Identifier: Apache-2.0
/*
 * A table of commands.
 */
#include "practice/command.h"

#include "base/error.h"
#include "practice/report.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 4

struct call {
	struct carrier *carrier;
	uint64_t now_us;
	char *words[WORDS_MAX]; /* behind the command; NULL where there is none */
};

static json_t *done(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *failed(const char *what)
{
	return json_pack("{s:s}", "error", what);
}

static json_t *run_table(struct call *c)
{
	return report_table(c->carrier, c->now_us);
}

static json_t *run_counters(struct call *c)
{
	return report_counters(c->carrier);
}

static json_t *run_accounts(struct call *c)
{
	return report_accounts(c->carrier);
}

static json_t *run_offences(struct call *c)
{
	return report_offences(c->carrier);
}

static json_t *run_set(struct call *c)
{
	const char *what = NULL;
	int rc;

	if (!c->words[0])
		return failed("set NAME [VALUE]");
	rc = carrier_config_set(carrier_config(c->carrier), c->words[0], c->words[1], &what);
	if (rc)
		return json_pack("{s:s++, s:s}", "error", error_text(rc), "; right would be ",
		    what ? what : "", "setting", c->words[0]);
	return done();
}

static json_t *run_restart(struct call *c)
{
	carrier_restart(c->carrier, c->now_us, c->words[0] && strcmp(c->words[0], "keep") == 0);
	return done();
}

static json_t *request(struct call *c, enum sip_method method)
{
	if (!c->words[0])
		return failed("needs a USER");
	return json_pack(
	    "{s:i}", "sent", (int)carrier_request(c->carrier, c->now_us, c->words[0], method));
}

static json_t *run_options(struct call *c)
{
	return request(c, SIP_OPTIONS);
}

static json_t *run_notify(struct call *c)
{
	return request(c, SIP_NOTIFY);
}

static json_t *run_account(struct call *c)
{
	if (!c->words[0] || !c->words[1])
		return failed("account USER PASSWORD [AUTHUSER]");
	if (carrier_account_set(c->carrier, c->words[0], c->words[2], c->words[1]))
		return failed("no room for it");
	return done();
}

static json_t *run_remove(struct call *c)
{
	if (!c->words[0])
		return failed("needs a USER");
	carrier_account_remove(c->carrier, c->words[0]);
	return done();
}

static json_t *run_plant(struct call *c)
{
	uint64_t expires_s;
	int rc;

	if (!c->words[0] || !c->words[1] || !c->words[2] ||
	    slice_number(slice_of(c->words[2]), 1000000, &expires_s))
		return failed("plant AOR CONTACT SECONDS");
	rc = carrier_plant(c->carrier, c->now_us, c->words[0], c->words[1], (uint32_t)expires_s);
	return rc ? failed(error_text(rc)) : done();
}

static json_t *run_help(struct call *c);

static const struct command {
	const char *name, *words, *help;
	json_t *(*run)(struct call *call);
} commands[] = {
    {"table", "", "the bindings", run_table},
    {"counters", "", "what was counted", run_counters},
    {"accounts", "", "what happened to each account", run_accounts},
    {"offences", "", "what the client did wrong, with the last message", run_offences},
    {"set", "NAME VALUE", "changes a setting", run_set},
    {"restart", "[keep]", "forgets nonces and bans, and the table unless `keep`", run_restart},
    {"options", "USER", "sends OPTIONS to the bindings of a user", run_options},
    {"notify", "USER", "sends an unsolicited NOTIFY to them", run_notify},
    {"account", "USER PASSWORD [AUTHUSER]", "makes or changes an account", run_account},
    {"remove", "USER", "removes an account", run_remove},
    {"plant", "AOR CONTACT SECONDS", "a binding as some other device makes it", run_plant},
    {"help", "", "this list", run_help},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static json_t *run_help(struct call *c)
{
	json_t *list = json_array();

	(void)c;
	for (unsigned i = 0; list && i < COMMANDS; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "command", commands[i].name, "words",
		              commands[i].words, "help", commands[i].help));
	return list;
}

json_t *command_run(struct carrier *carrier, uint64_t now_us, char *line)
{
	struct call call = {carrier, now_us, {0}};
	char *rest = NULL;
	char *name = strtok_r(line, " \t\r\n", &rest);

	for (unsigned i = 0; name && i < WORDS_MAX; i++)
		call.words[i] = strtok_r(NULL, " \t\r\n", &rest);
	for (unsigned i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0) {
			carrier_advance(carrier, now_us);
			return commands[i].run(&call);
		}
	return failed("no such command; `help` lists them");
}
