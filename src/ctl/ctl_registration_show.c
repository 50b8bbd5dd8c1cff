// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration show`: how it fares, what to do about it, and how it
 * is provisioned.
 */
#include "ctl/advice.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/show.h"

#include <string.h>

static const struct show_field fields[] = {
    {"name", "Name", ""},
    {"state", "State", ""},
    {"since", "Since", ""},
    {"last_status", "Last status", ""},
    {"last_reason", "Last reason", ""},
    {"attempts", "Failed attempts", ""},
    {"next_action", "Next", ""},
    {"next_at", "Next at", ""},
    {"bound_until", "Bound until", ""},
    {"granted_s", "Granted", " s"},
    {"asked_s", "Asked for", " s"},
    {"stale_window_s", "Stale window", " s"},
    {"upstream", "Upstream", ""},
    {"target", "Target", ""},
    {"contact", "Contact", ""},
    {"call_id", "Call-ID", ""},
    {"cseq", "CSeq", ""},
    {"rtt_ms", "Round trip", " ms"},
    {"ghost_bindings", "Ghosts", ""},
    {"lookalike_bindings", "Lookalikes", ""},
    {"ghosts_removed", "Ghosts removed", ""},
    {"foreign_bindings", "Foreign bindings", ""},
    {"bound_at_most", NULL, NULL},
};

/* After a start, a binding is known from the ledger alone: it may end sooner. */
static void print_fields(const json_t *item)
{
	struct show_field own[sizeof(fields) / sizeof(*fields)];
	size_t count = sizeof(fields) / sizeof(*fields);

	memcpy(own, fields, sizeof(own));
	for (size_t i = 0; i < count; i++)
		if (json_is_true(json_object_get(item, "bound_at_most")) &&
		    !strcmp(own[i].key, "bound_until"))
			own[i].label = "At most until";
	show_fields(item, own, count);
}

static void print_item(const json_t *item)
{
	const struct advice_row *advice = advice_for(item);
	char text[ADVICE_MAX];

	print_fields(item);
	if (advice) {
		putchar('\n');
		show_words("That means", advice->meaning);
		show_words("What to do", advice_text(advice, item, row_text(item, "name"), text));
	}
	show_config(item, "name");
}

enum ctl_exit ctl_registration_show(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;
	char path[NAME_PATH_MAX];

	http_ask(ctl, "GET", name_path(ctl, ctl->argv[0], "", path), &reply);
	code = name_complain(ctl, &reply, ctl->argv[0]);
	if (!code && ctl->json)
		http_print_body(&reply);
	else if (!code)
		print_item(reply.json);
	http_release(&reply);
	return code;
}
