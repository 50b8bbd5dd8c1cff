// SPDX-License-Identifier: Apache-2.0
/*
 * Tables as JSON; see tables.h.
 */
#include "daemon/tables.h"

#include "base/error.h"
#include "core/core.h"
#include "effect/view.h"
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
	}
	return "";
}

static json_t *parameter(const struct param_row *row, const struct params *defaults)
{
	char text[32];
	struct buf value = buf_over(text, sizeof(text));
	json_t *object;

	params_put(&value, row, defaults);
	object =
	    json_pack("{s:s, s:s, s:s, s:s*, s:s}", "name", row->name, "type", type_name(row->type),
	        "default", buf_text(&value), "unit", row->unit, "meaning", row->meaning);
	if (row->type == PARAM_SWITCH)
		return object;
	json_object_set_new(object, "minimum", json_integer(row->minimum));
	json_object_set_new(object, "maximum", json_integer(row->maximum));
	json_object_set_new(object, "auto", json_boolean(row->has_auto));
	json_object_set_new(object, "zero", json_boolean(row->has_zero));
	return object;
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

static json_t *states(void)
{
	json_t *list = json_array();

	for (int i = 0; i < STATE_COUNT; i++)
		json_array_append_new(
		    list, json_string(registration_state_name((enum registration_state)i)));
	return list;
}

static json_t *outcomes(void)
{
	json_t *list = json_array();

	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_array_append_new(list, json_string(stop_outcome_name((enum stop_outcome)i)));
	return list;
}

int tables_print(FILE *file)
{
	json_t *root = json_pack("{s:s, s:o, s:o, s:o}", "version", REGENT_VERSION, "parameters",
	    parameters(), "states", states(), "outcomes", outcomes());
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
