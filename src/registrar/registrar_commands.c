// SPDX-License-Identifier: Apache-2.0
/*
 * What operators want of endpoints, bindings and suspensions, and what they are told.
 */
#include "registrar/binding.h"
#include "registrar/registrar.h"

#define NO_ENDPOINT SLICE("no such endpoint")

static struct answer_reply *reply(
    struct registrar *registrar, const struct command *command, int error, struct slice text)
{
	return answer_reply(registrar->core->outbox, command->request, error, text);
}

static struct answer_view_end *end(struct registrar *registrar, const struct command *command)
{
	struct outbox *outbox = registrar->core->outbox;
	struct answer_view_end *end =
	    &answer_add(outbox, ANSWER_VIEW_END, command->request)->view_end;

	end->found = true;
	return end;
}

/* ---- edits ---- */

static void put(struct registrar *registrar, const struct command *command)
{
	int rc = endpoint_put(registrar, command->put);

	reply(registrar, command, rc, slice_of(rc < 0 ? error_text(rc) : ""));
}

static void remove_endpoint(struct registrar *registrar, const struct command *command)
{
	int rc = endpoint_remove(registrar, command->name);

	reply(registrar, command, rc, rc < 0 ? NO_ENDPOINT : SLICE(""));
}

/* ---- endpoints ---- */

/* The flows of one instance are one device. */
static uint32_t count_devices(const struct endpoint *endpoint)
{
	uint32_t count = 0;

	for (const struct binding *b = endpoint->bindings; b; b = b->next) {
		bool is_first = true;

		for (const struct binding *k = endpoint->bindings; k != b && is_first; k = k->next)
			is_first = !binding_is_same_instance(k, b);
		count += is_first;
	}
	return count;
}

static struct answer_endpoint *show_endpoint(
    struct registrar *registrar, const struct command *command, const struct endpoint *endpoint)
{
	struct outbox *outbox = registrar->core->outbox;
	struct answer_endpoint *shown =
	    &answer_add(outbox, ANSWER_ENDPOINT, command->request)->endpoint;

	shown->view = (struct endpoint_view){
	    .username = outbox_keep(outbox, endpoint_name(endpoint)),
	    .enabled = endpoint->config->settings.enabled,
	    .contacts = count_devices(endpoint),
	    .max_contacts = endpoint->config->settings.max_contacts,
	    .last_seen_ms = endpoint->seen_ms,
	};
	return shown;
}

static void show_one(struct registrar *registrar, const struct command *command)
{
	const struct endpoint *endpoint = endpoint_find(registrar, command->name);

	if (endpoint)
		show_endpoint(registrar, command, endpoint)->config = endpoint->config;
	end(registrar, command)->found = endpoint;
}

static uint32_t page_limit(uint32_t limit)
{
	return limit > COMMAND_PAGE_MAX ? COMMAND_PAGE_MAX : limit;
}

static void show_endpoints(struct registrar *registrar, const struct command *command)
{
	struct outbox *outbox = registrar->core->outbox;
	uint32_t left = page_limit(command->list.limit);
	struct slice after = command->list.after;
	const struct endpoint *endpoint;

	while (
	    (endpoint = endpoint_after(registrar, after)) && left > 0 && outbox_has_room(outbox)) {
		after = endpoint_name(endpoint);
		show_endpoint(registrar, command, endpoint);
		left--;
	}
	if (endpoint)
		end(registrar, command)->next_name = outbox_keep(outbox, after);
	else
		end(registrar, command);
}

/* ---- bindings ---- */

static struct slice keep_address(struct outbox *outbox, const struct netaddr *address)
{
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	netaddr_put(&b, address);
	return outbox_keep(outbox, buf_slice(&b));
}

static void show_binding(
    struct registrar *registrar, const struct command *command, const struct binding *binding)
{
	struct outbox *outbox = registrar->core->outbox;
	struct binding_view *shown = &answer_add(outbox, ANSWER_BINDING, command->request)->binding;

	*shown = (struct binding_view){
	    .aor = outbox_keep(outbox, endpoint_name(binding->endpoint)),
	    .contact = outbox_keep(outbox, binding_text(binding, BINDING_CONTACT)),
	    .call_id = outbox_keep(outbox, binding_text(binding, BINDING_CALL_ID)),
	    .cseq = binding->cseq,
	    .expires_at_ms = now_to_wall_ms(registrar->core->now, binding->expires_us),
	    .granted_s = binding->granted_s,
	    .q_milli = binding->q_milli,
	    .path = outbox_keep(outbox, binding_text(binding, BINDING_PATH)),
	    .received = keep_address(outbox, &binding->flow.peer),
	    .flow = keep_address(outbox, &binding->flow.local),
	    .transport = sip_transport_name((enum sip_transport)binding->flow.transport),
	    .user_agent = outbox_keep(outbox, binding_agent(binding)),
	    .instance = outbox_keep(outbox, binding_text(binding, BINDING_INSTANCE)),
	    .reg_id = binding->reg_id,
	};
}

static void show_all_bindings(struct registrar *registrar, const struct command *command)
{
	uint32_t slot = command->bindings.from, left = page_limit(command->bindings.limit);
	const struct binding *binding;
	pool_handle handle;

	while ((binding = pool_walk(registrar->bindings, slot, &handle)) && left > 0 &&
	       outbox_has_room(registrar->core->outbox)) {
		show_binding(registrar, command, binding);
		slot = pool_handle_slot(handle) + 1;
		left--;
	}
	end(registrar, command)->next = binding ? pool_handle_slot(handle) : 0;
}

/* They are few: BINDINGS_MAX fit one page. */
static void show_bindings_of(struct registrar *registrar, const struct command *command)
{
	const struct endpoint *endpoint = endpoint_find(registrar, command->bindings.name);

	for (const struct binding *b = endpoint ? endpoint->bindings : NULL; b; b = b->next)
		show_binding(registrar, command, b);
	end(registrar, command)->found = endpoint;
}

static void show_bindings(struct registrar *registrar, const struct command *command)
{
	if (command->bindings.name.n > 0)
		show_bindings_of(registrar, command);
	else
		show_all_bindings(registrar, command);
}

static void remove_bindings(struct registrar *registrar, const struct command *command)
{
	struct endpoint *endpoint = endpoint_find(registrar, command->bindings.name);
	struct slice contact = command->bindings.contact;
	struct binding *next;
	uint32_t count = 0;

	if (!endpoint) {
		reply(registrar, command, ERR_NOT_FOUND, NO_ENDPOINT);
		return;
	}
	if (registrar->keeping == KEEPING_LOADS) {
		reply(registrar, command, ERR_STATE, SLICE("bindings are being loaded"));
		return;
	}
	for (struct binding *b = endpoint->bindings; b; b = next) {
		next = b->next;
		if (contact.n > 0 && !sip_uri_equal_text(contact, binding_text(b, BINDING_CONTACT)))
			continue;
		binding_remove(registrar, b);
		count++;
	}
	if (count == 0) {
		reply(registrar, command, ERR_NOT_FOUND, SLICE("no such binding"));
		return;
	}
	endpoint->must_prove = true;
	endpoint->mark = 0;
	reply(registrar, command, 0, SLICE(""))->count = count;
}

/* ---- suspensions ---- */

static void show_suspensions(struct registrar *registrar, const struct command *command)
{
	struct outbox *outbox = registrar->core->outbox;
	uint32_t cursor = command->bindings.from, left = page_limit(command->bindings.limit);
	struct guard_suspension suspension;
	bool has_more = false;

	while (left > 0 && outbox_has_room(outbox) &&
	       (has_more = guard_next_suspension(registrar->guard, &cursor, &suspension))) {
		answer_add(outbox, ANSWER_SUSPENSION, command->request)->suspension =
		    (struct suspension_view){
		        .name = outbox_keep(outbox, suspension.name),
		        .source = suspension.source,
		        .until_ms = now_to_wall_ms(registrar->core->now, suspension.until_us),
		        .failures = suspension.failures,
		    };
		left--;
	}
	end(registrar, command)->next = has_more ? cursor : 0;
}

static void lift(struct registrar *registrar, const struct command *command)
{
	int rc =
	    guard_lift(registrar->guard, command->suspension.name, &command->suspension.source);

	reply(registrar, command, rc,
	    rc < 0 ? SLICE("no failures of this name from this source") : SLICE(""));
}

void registrar_command(struct registrar *registrar, const struct command *command)
{
	switch (command->kind) {
	case COMMAND_PUT:
		put(registrar, command);
		break;
	case COMMAND_REMOVE:
		remove_endpoint(registrar, command);
		break;
	case COMMAND_ENDPOINTS:
		show_endpoints(registrar, command);
		break;
	case COMMAND_ENDPOINT:
		show_one(registrar, command);
		break;
	case COMMAND_BINDINGS:
		show_bindings(registrar, command);
		break;
	case COMMAND_BINDINGS_REMOVE:
		remove_bindings(registrar, command);
		break;
	case COMMAND_SUSPENSIONS:
		show_suspensions(registrar, command);
		break;
	case COMMAND_SUSPENSION_LIFT:
		lift(registrar, command);
		break;
	case COMMAND_PARAMS:
	case COMMAND_REFRESH:
	case COMMAND_CANCEL:
	case COMMAND_LIST:
	case COMMAND_SHOW:
	case COMMAND_DEBTS:
	case COMMAND_GHOSTS:
	case COMMAND_GHOSTS_REMOVE:
	case COMMAND_STATUS:
	case COMMAND_STOP:
	case COMMAND_TRACE:
	case COMMAND_UNTRACE:
		break;
	}
}
