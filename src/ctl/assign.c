// SPDX-License-Identifier: Apache-2.0
/*
 * Names of fields are checked here, so that a mistyped one is told with the
 * nearest that exists before anything is sent.
 */
#include "ctl/assign.h"

#include "ctl/secret.h"
#include "ctl/suggest.h"
#include "model/object.h"

#include <stdio.h>
#include <string.h>

#define FIELD_MAX 40

static bool is_field(const struct ctl *ctl, const char *name)
{
	const struct object_table *table = object_table(ctl->command->kind);
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (size_t i = 0; i < table->count; i++) {
		if (!field_is_read(&table->rows[i]))
			continue;
		if (!strcmp(table->rows[i].name, name))
			return true;
		suggest_offer(&suggest, table->rows[i].name);
	}
	if (suggest_best(&suggest))
		ctl_error(
		    "there is no field '%s'; did you mean '%s'?", name, suggest_best(&suggest));
	else
		ctl_error("there is no field '%s'; see regentctl %s add --help", name,
		    ctl->command->noun);
	return false;
}

static bool set(json_t *object, const char *field, const char *value)
{
	json_t *json = *value ? json_string(value) : json_null();

	if (!json) {
		ctl_error("%s: the value is not UTF-8", field);
		return false;
	}
	json_object_set_new(object, field, json);
	return true;
}

static bool set_secret(json_t *object, char secret[SECRET_MAX], bool read)
{
	bool done = read && set(object, "password", secret);

	explicit_bzero(secret, SECRET_MAX);
	return done;
}

bool assign_password(json_t *object, const char *name)
{
	char prompt[128], secret[SECRET_MAX];

	snprintf(prompt, sizeof(prompt), "password of %.64s: ", name);
	return set_secret(object, secret, secret_ask(prompt, secret));
}

/* Whoever lists processes reads the command line; from here on it has the secret no more. */
static bool set_typed_password(json_t *object, char *value)
{
	bool done = set(object, "password", value);

	ctl_say("(Other users can see a password on the command line; password=- asks for it "
	        "instead.)");
	memset(value, 'x', strlen(value));
	return done;
}

static bool assign(const struct ctl *ctl, json_t *object, const char *field, char *value)
{
	char secret[SECRET_MAX];

	if (!is_field(ctl, field))
		return false;
	if (json_object_get(object, strcmp(field, "password_file") ? field : "password")) {
		ctl_error("%s: given twice", field);
		return false;
	}
	if (!strcmp(field, "password_file") && *value)
		return set_secret(object, secret, secret_read_file(value, secret));
	if (!strcmp(field, "password") && !strcmp(value, "-"))
		return assign_password(object, ctl->argv[0]);
	if (!strcmp(field, "password") && *value)
		return set_typed_password(object, value);
	return set(object, strcmp(field, "password_file") ? field : "password", value);
}

bool assign_words(const struct ctl *ctl, json_t *object, char **words, int count)
{
	for (int i = 0; i < count; i++) {
		char *equals = strchr(words[i], '=');
		char field[FIELD_MAX];

		if (!equals || equals == words[i] || equals - words[i] >= FIELD_MAX) {
			ctl_error("'%s': FIELD=VALUE would be right, as in: regentctl %s", words[i],
			    ctl->command->examples[0]);
			return false;
		}
		snprintf(field, sizeof(field), "%.*s", (int)(equals - words[i]), words[i]);
		if (!assign(ctl, object, field, equals + 1))
			return false;
	}
	return true;
}

void assign_release(json_t **object)
{
	json_t *password = json_object_get(*object, "password");

	/* jansson's copy of the text is ours to wipe. */
	if (json_is_string(password))
		explicit_bzero(
		    (char *)(uintptr_t)json_string_value(password), json_string_length(password));
	json_decref(*object);
	*object = NULL;
}
