// SPDX-License-Identifier: Apache-2.0
/*
 * Tables as JSON; see tables.h.
 */
#include "daemon/tables.h"

#include "answer/view.h"
#include "base/error.h"
#include "config/node_keys.h"
#include "core/core.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "model/object.h"
#include "param/params.h"

#include <jansson.h>

static const char *type_name(enum param_type type)
{
	switch (type) {
	case PARAM_SWITCH:
		return "switch";
	case PARAM_SECONDS:
		return "seconds";
	case PARAM_NUMBER:
		return "number";
	case PARAM_WORD:
		return "word";
	}
	return "";
}

static json_t *parameter(const struct param_row *row, const struct params *defaults)
{
	char text[32], list[96];
	json_t *aliases = json_array();
	struct buf value = buf_over(text, sizeof(text));
	struct buf values = buf_over(list, sizeof(list));

	params_put(&value, row, defaults);
	params_put_values(&values, row);
	for (const char *const *alias = row->aliases; alias && *alias; alias++)
		json_array_append_new(aliases, json_string(*alias));
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s*, s:s, s:i, s:i, s:b, s:b}", "name",
	    row->name, "aliases", aliases, "type", type_name(row->type), "default",
	    buf_text(&value), "values", buf_text(&values), "unit", row->unit, "meaning",
	    row->meaning, "minimum", (int)row->minimum, "maximum", (int)row->maximum, "auto",
	    row->has_auto, "zero", row->has_zero);
}

static json_t *parameters(void)
{
	struct params defaults;
	size_t count;
	const struct param_row *rows = params_rows(&count);
	json_t *list = json_array();

	params_defaults(&defaults);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, parameter(&rows[i], &defaults));
	return list;
}

static json_t *described(
    const char *name, const char *values, const char *otherwise, const char *meaning)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "name", name, "values", values, "default",
	    otherwise, "meaning", meaning);
}

static json_t *fields(const struct object_table *table)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table->count; i++) {
		const struct field_row *row = &table->rows[i];
		char text[128];
		struct buf values = buf_over(text, sizeof(text));

		if (!field_is_read(row))
			continue;
		field_put_values(&values, row);
		json_array_append_new(
		    list, described(row->name, buf_text(&values), row->otherwise, row->meaning));
	}
	return list;
}

/* {"registration": its fields, …} */
static json_t *objects(void)
{
	json_t *kinds = json_object();

	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++)
		json_object_set_new(kinds, object_kind_name(kind), fields(object_table(kind)));
	return kinds;
}

static json_t *keys(void)
{
	size_t count;
	const struct node_key *rows = node_keys(&count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
		    described(rows[i].name, rows[i].values, rows[i].otherwise, rows[i].meaning));
	return list;
}

static json_t *word(const char *name, const char *meaning)
{
	return json_pack("{s:s, s:s}", "name", name, "meaning", meaning);
}

static json_t *states(void)
{
	json_t *list = json_array();

	for (enum registration_state s = 0; s < STATE_COUNT; s++)
		json_array_append_new(
		    list, word(registration_state_name(s), registration_state_meaning(s)));
	return list;
}

static json_t *outcomes(void)
{
	json_t *list = json_array();

	for (enum stop_outcome o = 0; o < OUTCOME_COUNT; o++)
		json_array_append_new(list, word(stop_outcome_name(o), stop_outcome_meaning(o)));
	return list;
}

static json_t *exit_codes(void)
{
	size_t count;
	const struct exit_row *rows = exit_rows(&count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
		    json_pack("{s:i, s:s}", "code", (int)rows[i].code, "meaning", rows[i].meaning));
	return list;
}

static json_t *options(void)
{
	size_t count;
	const struct options_row *rows = options_rows(&count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		char letter[2] = {rows[i].letter};

		json_array_append_new(
		    list, json_pack("{s:s, s:s*, s:s*, s:s}", "name", rows[i].name, "letter",
		              *letter ? letter : NULL, "argument", rows[i].argument, "meaning",
		              rows[i].meaning));
	}
	return list;
}

int tables_print(FILE *file)
{
	json_t *root =
	    json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", REGENT_VERSION,
	        "parameters", parameters(), "objects", objects(), "node_keys", keys(), "states",
	        states(), "outcomes", outcomes(), "exit_codes", exit_codes(), "options", options());
	int rc = root ? json_dumpf(root, file, JSON_INDENT(2)) : -1;

	json_decref(root);
	if (rc < 0)
		return ERR_MEMORY;
	fputc('\n', file);
	return 0;
}

void tables_print_sizes(FILE *file)
{
	for (const struct core_size *size = core_sizes(); size->name; size++)
		fprintf(file, "%-16s %8zu bytes\n", size->name, size->bytes);
}
