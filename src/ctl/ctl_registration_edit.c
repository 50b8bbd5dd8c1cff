// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration add, set, remove, enable, disable, refresh, cancel`:
 * one request for each name, and what follows from it in words.
 */
#include "ctl/assign.h"
#include "ctl/follow.h"
#include "ctl/name.h"
#include "ctl/row.h"

#include <string.h>
#include <unistd.h>

/* What the daemon gave back, for programs. */
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

/* "changed (host, password)", "unchanged: nothing is sent". */
static void judge(const json_t *reply, const char *done, struct outcome *outcome_r)
{
	const char *action = row_text(reply, "action");
	const json_t *field;
	size_t i, used;

	outcome_r->is_changed = !action || strcmp(action, "unchanged") != 0;
	if (!outcome_r->is_changed)
		done = "unchanged; nothing is sent";
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
	if (outcome->is_changed && follow_is_wanted(ctl))
		return follow_registration(ctl, name);
	if (outcome->is_changed && !ctl->json)
		ctl_say("to see its state: regentctl registration show %s", name);
	return CTL_DONE;
}

/* A field of the daemon's complaint stands before it, as it was typed. */
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
		ctl_say("to change it: regentctl registration set %s FIELD=VALUE...", ctl->argv[0]);
	if (!code)
		print_json(ctl, &reply);
	judge(reply.json, strcmp(method, "POST") ? "changed" : "added", outcome_r);
	http_release(&reply);
	return code;
}

static bool has(const json_t *object, const char *field)
{
	return json_is_string(json_object_get(object, field));
}

/* What is required is told before a password is asked for. */
static bool complete(json_t *object, const char *name)
{
	if (!has(object, "username") || !has(object, "host")) {
		ctl_error("%s is required, as in: regentctl registration add %s "
		          "username=4930123456 host=sip.carrier.example",
		    has(object, "username") ? "host" : "username", name);
		return false;
	}
	if (!json_object_get(object, "password") && isatty(STDIN_FILENO))
		return assign_password(object, name);
	return true;
}

/* A default needs no mention in a new object. */
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

enum ctl_exit ctl_registration_add(const struct ctl *ctl)
{
	const char *name = ctl->argv[0];
	json_t *object = json_pack("{s:s}", "name", name);
	enum ctl_exit code = CTL_USAGE;
	struct outcome outcome;

	if (!object) {
		ctl_error("a registration's name has 1 to 64 of A-Z a-z 0-9 . _ -");
		return CTL_USAGE;
	}
	if (assign_words(object, ctl->argv[0], ctl->argv + 1, ctl->argc - 1) &&
	    complete(object, name)) {
		drop_nulls(object);
		code = send_edit(ctl, "POST", NAME_PATH, object, &outcome);
	}
	assign_release(&object);
	return code ? code : after(ctl, name, &outcome);
}

enum ctl_exit ctl_registration_set(const struct ctl *ctl)
{
	json_t *object = json_object();
	enum ctl_exit code = CTL_USAGE;
	struct outcome outcome;
	char path[NAME_PATH_MAX];

	if (assign_words(object, ctl->argv[0], ctl->argv + 1, ctl->argc - 1))
		code = send_edit(ctl, "PATCH", name_path(ctl->argv[0], "", path), object, &outcome);
	assign_release(&object);
	return code ? code : after(ctl, ctl->argv[0], &outcome);
}

/* Goes on to the next name where one was refused; the worst code is what is left. */
static enum ctl_exit each(const struct ctl *ctl, const char *method, const char *what,
    const json_t *object, const char *done)
{
	enum ctl_exit worst = CTL_DONE;

	for (int i = 0; i < ctl->argc && worst != CTL_NO_DAEMON; i++) {
		char path[NAME_PATH_MAX];
		struct http_request request = {
		    .method = method,
		    .path = name_path(ctl->argv[i], what, path),
		    .json = object,
		};
		struct http_reply reply;
		enum ctl_exit code;

		http_send(ctl, &request, &reply);
		code = name_complain(ctl, &reply, ctl->argv[i]);
		if (!code && ctl->json)
			print_json(ctl, &reply);
		else if (!code)
			ctl_say("%s: %s", ctl->argv[i], done);
		http_release(&reply);
		if (code > worst)
			worst = code;
	}
	return worst;
}

static enum ctl_exit set_enabled(const struct ctl *ctl, const char *enabled, const char *done)
{
	json_t *object = ctl_must(json_pack("{s:s}", "enabled", enabled));
	enum ctl_exit code = each(ctl, "PATCH", "", object, done);

	json_decref(object);
	return code;
}

enum ctl_exit ctl_registration_remove(const struct ctl *ctl)
{
	return each(ctl, "DELETE", "", NULL,
	    "removed; a binding that the upstream holds is cancelled (progress: regentctl "
	    "registration list --debts)");
}

enum ctl_exit ctl_registration_enable(const struct ctl *ctl)
{
	return set_enabled(ctl, "on", "enabled; Regent registers it now");
}

enum ctl_exit ctl_registration_disable(const struct ctl *ctl)
{
	return set_enabled(ctl, "off", "disabled; a binding that the upstream holds is cancelled");
}

enum ctl_exit ctl_registration_refresh(const struct ctl *ctl)
{
	return each(ctl, "POST", "/refresh", NULL, "is refreshed now");
}

enum ctl_exit ctl_registration_cancel(const struct ctl *ctl)
{
	return each(ctl, "POST", "/cancel", NULL, "its binding is cancelled now");
}
