// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration add, set, remove, enable, disable`, and the same for an
 * endpoint: one request for each name, and what follows from it in words.
 */
#include "ctl/assign.h"
#include "ctl/each.h"
#include "ctl/follow.h"
#include "ctl/name.h"
#include "ctl/row.h"

#include <string.h>
#include <unistd.h>

/* What is said of an object after each edit, by its kind. */
static const struct words {
	const char *unchanged, *removed, *enabled, *disabled;
	const char *see; /* the command that shows what came of an edit */
} words[OBJECT_KINDS] = {
    [OBJECT_REGISTRATION] =
        {
            .unchanged = "unchanged; nothing is sent",
            .removed = "removed; a binding that the upstream holds is cancelled (progress: "
                       "regentctl registration list --debts)",
            .enabled = "enabled; Regent registers it now",
            .disabled = "disabled; a binding that the upstream holds is cancelled",
            .see = "to see its state: regentctl registration show",
        },
    [OBJECT_ENDPOINT] =
        {
            .unchanged = "unchanged",
            .removed = "removed; its devices are no longer registered",
            .enabled = "enabled; its devices can register",
            .disabled = "disabled; its devices are no longer registered, and cannot register",
            .see = "to see its devices: regentctl binding list",
        },
};

static const struct words *words_of(const struct ctl *ctl)
{
	return &words[ctl->command->kind];
}

/* What the daemon returned, for programs. */
static void print_json(const struct ctl *ctl, const struct http_reply *reply)
{
	if (ctl->json && reply->size)
		http_print_body(reply);
}

/* What an edit came to, and whether there is anything to follow. */
struct outcome {
	bool is_changed;
	char words[160];
};

/* "changed (host, password)", "unchanged; nothing is sent". */
static void judge(
    const struct ctl *ctl, const json_t *reply, const char *done, struct outcome *outcome_r)
{
	const char *action = row_text(reply, "action");
	const json_t *field;
	size_t i, used;

	outcome_r->is_changed = !action || strcmp(action, "unchanged") != 0;
	if (!outcome_r->is_changed)
		done = words_of(ctl)->unchanged;
	used = (size_t)snprintf(outcome_r->words, sizeof(outcome_r->words), "%s", done);
	if (!action || strcmp(action, "changed"))
		return;
	json_array_foreach(json_object_get(reply, "fields"), i, field)
	{
		if (used < sizeof(outcome_r->words))
			used += (size_t)snprintf(outcome_r->words + used,
			    sizeof(outcome_r->words) - used, "%s%s", i ? ", " : ": ",
			    json_string_value(field));
	}
}

static enum ctl_exit after(const struct ctl *ctl, const char *name, const struct outcome *outcome)
{
	if (!ctl->json)
		ctl_say("%s: %s", name, outcome->words);
	if (outcome->is_changed && ctl->command->kind == OBJECT_REGISTRATION &&
	    follow_is_wanted(ctl))
		return follow_registration(ctl, name);
	if (outcome->is_changed && !ctl->json)
		ctl_say("%s %s", words_of(ctl)->see, name);
	return CTL_DONE;
}

/* The complaint about a field begins with the name of the field. */
static enum ctl_exit complain(const struct ctl *ctl, struct http_reply *reply, const char *name)
{
	const char *field = json_string_value(json_object_get(reply->json, "field"));

	if (reply->outcome != HTTP_REFUSED || !field ||
	    !strncmp(reply->error, field, strlen(field)))
		return name_complain(ctl, reply, name);
	ctl_error("%s: %s", field, reply->error);
	return CTL_REFUSED;
}

static enum ctl_exit send_edit(const struct ctl *ctl, const char *method, const char *path,
    const json_t *object, struct outcome *outcome_r)
{
	struct http_request request = {.method = method, .path = path, .json = object};
	struct http_reply reply;
	enum ctl_exit code;

	http_send(ctl, &request, &reply);
	code = complain(ctl, &reply, ctl->argv[0]);
	if (reply.status == 409 && code && !strcmp(method, "POST"))
		ctl_say("to change it: regentctl %s set %s FIELD=VALUE...", ctl->command->noun,
		    ctl->argv[0]);
	if (!code)
		print_json(ctl, &reply);
	judge(ctl, reply.json, strcmp(method, "POST") ? "changed" : "added", outcome_r);
	http_release(&reply);
	return code;
}

/* The first field, but for the name, that must be given and is not; NULL: none. A secret
 * can still be asked for. */
static const struct field_row *missing_field(const struct object_table *table, const json_t *object)
{
	for (size_t i = 1; i < table->count; i++)
		if (table->rows[i].missing && table->rows[i].type != FIELD_SECRET &&
		    !json_is_string(json_object_get(object, table->rows[i].name)))
			return &table->rows[i];
	return NULL;
}

/* A required field that is missing is told before a password is asked for. */
static bool complete(const struct ctl *ctl, json_t *object)
{
	const struct field_row *missing = missing_field(object_table(ctl->command->kind), object);

	if (missing) {
		ctl_error("%s is required, as in: regentctl %s", missing->name,
		    ctl->command->examples[0]);
		return false;
	}
	if (!json_object_get(object, "password") && isatty(STDIN_FILENO))
		return assign_password(object, ctl->argv[0]);
	return true;
}

/* A new object has its defaults without being told. */
static void drop_nulls(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		if (json_is_null(value))
			json_object_del(object, key);
	}
}

enum ctl_exit ctl_object_add(const struct ctl *ctl)
{
	const struct field_row *row = object_table(ctl->command->kind)->rows;
	json_t *object = json_pack("{s:s}", row->name, ctl->argv[0]);
	enum ctl_exit code = CTL_USAGE;
	struct outcome outcome;
	char path[NAME_PATH_MAX];

	if (!object) {
		ctl_error("%s: the %s has %s", ctl->command->noun, row->name, row->values);
		return CTL_USAGE;
	}
	if (assign_words(ctl, object, ctl->argv + 1, ctl->argc - 1) && complete(ctl, object)) {
		drop_nulls(object);
		code = send_edit(ctl, "POST", name_all(ctl, "", path), object, &outcome);
	}
	assign_release(&object);
	return code ? code : after(ctl, ctl->argv[0], &outcome);
}

enum ctl_exit ctl_object_set(const struct ctl *ctl)
{
	json_t *object = json_object();
	enum ctl_exit code = CTL_USAGE;
	struct outcome outcome;
	char path[NAME_PATH_MAX];

	if (assign_words(ctl, object, ctl->argv + 1, ctl->argc - 1))
		code = send_edit(
		    ctl, "PATCH", name_path(ctl, ctl->argv[0], "", path), object, &outcome);
	assign_release(&object);
	return code ? code : after(ctl, ctl->argv[0], &outcome);
}

enum ctl_exit ctl_object_remove(const struct ctl *ctl)
{
	const struct each each = {"DELETE", "", NULL, words_of(ctl)->removed};

	return each_do(ctl, &each);
}

static enum ctl_exit set_enabled(const struct ctl *ctl, const char *enabled, const char *done)
{
	json_t *object = ctl_must(json_pack("{s:s}", "enabled", enabled));
	const struct each each = {"PATCH", "", object, done};
	enum ctl_exit code = each_do(ctl, &each);

	json_decref(object);
	return code;
}

enum ctl_exit ctl_object_enable(const struct ctl *ctl)
{
	return set_enabled(ctl, "on", words_of(ctl)->enabled);
}

enum ctl_exit ctl_object_disable(const struct ctl *ctl)
{
	return set_enabled(ctl, "off", words_of(ctl)->disabled);
}
