// SPDX-License-Identifier: Apache-2.0
/*
 * Two endpoints, one binding, two suspensions; see fake_phones.h.
 */
#include "admin/fake_phones.h"

#include <assert.h>

#define SEEN_MS INT64_C(1767225600250) /* 2026-01-01T00:00:00.250Z */

static const struct endpoint_view endpoints[] = {
    {.username = {"+4930", 5}, .max_contacts = 3},
    {.username = {"2001", 4},
        .enabled = true,
        .contacts = 1,
        .max_contacts = 1,
        .last_seen_ms = SEEN_MS},
};

#define ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

static bool is_asked_for(const struct command *command, const struct endpoint_view *view)
{
	if (command->kind == COMMAND_ENDPOINT)
		return slice_equal(command->name, view->username);
	return slice_compare(command->list.after, view->username) < 0;
}

static bool put_endpoints(struct admin *admin, const struct command *command)
{
	struct endpoint_config config;
	bool found = false;

	for (size_t i = 0; i < ENDPOINTS; i++) {
		struct answer said = {.kind = ANSWER_ENDPOINT, .request = command->request};

		if (!is_asked_for(command, &endpoints[i]))
			continue;
		said.endpoint.view = endpoints[i];
		object_defaults(OBJECT_ENDPOINT, &config);
		config.username = endpoints[i].username;
		if (command->kind == COMMAND_ENDPOINT)
			said.endpoint.config = &config;
		admin_answer(admin, &said);
		found = true;
	}
	return found;
}

static bool put_bindings(struct admin *admin, const struct command *command)
{
	struct answer said = {
	    .kind = ANSWER_BINDING,
	    .request = command->request,
	    .binding =
	        {
	            .aor = SLICE("2001"),
	            .contact = SLICE("sip:2001@192.0.2.7"),
	            .call_id = SLICE("a\"b"),
	            .cseq = 7,
	            .expires_at_ms = SEEN_MS,
	            .granted_s = 600,
	            .q_milli = 250,
	            .received = SLICE("192.0.2.7:5060"),
	            .flow = SLICE("192.0.2.1:5060"),
	            .transport = "UDP",
	            .user_agent = SLICE("Phone \x1b[31m\xff"),
	            .reg_id = 2,
	        },
	};

	if (slice_equal(command->bindings.name, SLICE("nobody")))
		return false;
	if (command->bindings.name.n == 0 || slice_equal(command->bindings.name, SLICE("2001")))
		admin_answer(admin, &said);
	return true;
}

static bool put_suspensions(struct admin *admin, const struct command *command)
{
	struct answer said = {
	    .kind = ANSWER_SUSPENSION,
	    .request = command->request,
	    .suspension = {.name = SLICE("2001"), .until_ms = SEEN_MS, .failures = 6},
	};

	if (netaddr_parse_ip(SLICE("2001:db8::"), &said.suspension.source) != 0)
		assert(!"an address");
	admin_answer(admin, &said);
	said.suspension.name = (struct slice){0};
	admin_answer(admin, &said);
	return true;
}

static void put_end(struct admin *admin, const struct command *command, bool found)
{
	struct answer said = {
	    .kind = ANSWER_VIEW_END, .request = command->request, .view_end = {.found = found}};

	admin_answer(admin, &said);
}

/* A removal and a lift say in their count and error what they were asked. */
static void put_reply(struct admin *admin, const struct command *command)
{
	struct answer said = {.kind = ANSWER_REPLY, .request = command->request};

	if (command->kind == COMMAND_BINDINGS_REMOVE)
		said.reply.count = command->bindings.contact.n > 0 ? 1 : 2;
	else if (command->suspension.source.family != 6 ||
	         !slice_equal(command->suspension.name, SLICE("2001")))
		said.reply.error = ERR_NOT_FOUND;
	said.reply.text = SLICE("no such thing");
	admin_answer(admin, &said);
}

bool fake_phones_answer(struct admin *admin, const struct command *command)
{
	if (command->kind == COMMAND_ENDPOINTS || command->kind == COMMAND_ENDPOINT)
		put_end(admin, command, put_endpoints(admin, command));
	else if (command->kind == COMMAND_BINDINGS)
		put_end(admin, command, put_bindings(admin, command));
	else if (command->kind == COMMAND_SUSPENSIONS)
		put_end(admin, command, put_suspensions(admin, command));
	else if (command->kind == COMMAND_BINDINGS_REMOVE ||
	         command->kind == COMMAND_SUSPENSION_LIFT)
		put_reply(admin, command);
	else
		return false;
	return true;
}
