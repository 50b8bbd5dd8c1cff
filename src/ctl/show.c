// SPDX-License-Identifier: Apache-2.0
/*
 * Values are shown by their type in JSON; a time also by its distance from now.
 */
#include "ctl/show.h"

#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/when.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void print_text(const json_t *value)
{
	char *clean = text_clean(json_string_value(value));
	char duration[WHEN_MAX];
	int64_t ms, now_ms = when_now_ms();

	fputs(clean, stdout);
	free(clean);
	if (!when_parse(value, &ms))
		return;
	if (ms > now_ms)
		printf("  (in %s)", when_duration(ms - now_ms, duration));
	else
		printf("  (%s ago)", when_duration(now_ms - ms, duration));
}

static void print_field(const char *label, const json_t *value, const char *unit)
{
	printf("%-*s ", SHOW_LABEL - 1, label);
	if (json_is_string(value))
		print_text(value);
	else if (json_is_integer(value))
		printf("%lld%s", (long long)json_integer_value(value), unit);
	else if (json_is_real(value))
		printf("%.1f%s", json_real_value(value), unit);
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "on" : "off", stdout);
	else
		putchar('-');
	putchar('\n');
}

static bool is_known(const char *key, const struct show_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].key, key))
			return true;
	return !strcmp(key, "config");
}

void show_fields(const json_t *item, const struct show_field *fields, size_t count)
{
	const char *key;
	json_t *value;

	for (size_t i = 0; i < count; i++)
		if (fields[i].label)
			print_field(
			    fields[i].label, json_object_get(item, fields[i].key), fields[i].unit);
	json_object_foreach((json_t *)(uintptr_t)item, key, value)
	{
		if (!is_known(key, fields, count))
			print_field(key, value, "");
	}
}

void show_config(const json_t *item, const char *name_key)
{
	json_t *config = json_object_get(item, "config"), *value;
	const char *key;

	if (!json_is_object(config))
		return;
	puts("\nConfiguration:");
	json_object_foreach(config, key, value)
	{
		if (!json_is_null(value) && strcmp(key, name_key))
			print_field(key, value, "");
	}
}

void show_words(const char *label, const char *words)
{
	printf("%-*s", SHOW_LABEL, label);
	text_put_wrapped(stdout, SHOW_LABEL, SHOW_LABEL, table_width_of(stdout), words);
}
