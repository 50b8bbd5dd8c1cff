// SPDX-License-Identifier: Apache-2.0
/*
 * The sections of the objects file. A section reads its objects one by one and
 * gives each to the sink; names are remembered by their hash alone, so that a
 * name that is there twice is found without keeping all of them.
 */
#include "config/objects.h"

#include "config/objects_reading.h"
#include "config/path.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NAMES_MAX (UINT32_C(1) << 24)

bool objects_wanted(const struct objects_reading *reading)
{
	return reading->error == 0 && yaml_problems(reading->yaml)->count == 0;
}

bool objects_stopped(const struct objects_reading *reading)
{
	return reading->error != 0 || problems_full(yaml_problems(reading->yaml));
}

/*
 * Remembers where a name was first seen. Two names with one 64-bit hash would
 * be taken for the same: under a random key that is one file in 10^9 with
 * 100,000 names, and not the same file the next time.
 */
unsigned objects_first_line(
    struct objects_reading *reading, enum object_kind kind, struct slice name, unsigned line)
{
	uint64_t hash = hash_bytes(reading->key, name) + kind, first;
	uint32_t cursor = 0;
	int rc;

	if (map_next(reading->names, hash, &cursor, &first))
		return (unsigned)first;
	rc = map_put(reading->names, hash, line);
	if (rc != 0)
		reading->error = rc;
	return line;
}

/* True where the parameter was there before. */
static bool is_repeated(struct objects_reading *reading, const struct param_row *row)
{
	size_t count;
	uint64_t bit = UINT64_C(1) << (row - params_rows(&count));
	bool repeated = reading->parameters_seen & bit;

	assert(count <= 64);
	reading->parameters_seen |= bit;
	return repeated;
}

static void read_parameter(struct objects_reading *reading, struct yaml_item key)
{
	struct problems *problems = yaml_problems(reading->yaml);
	const struct param_row *row = params_find(key.text);
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));
	struct yaml_field value = {.path = row ? row->name : "parameters"};

	/* Names that are refused are refused before the key's text dies. */
	if (!row && params_refuse_name(key.text, &b) != 0)
		problems_add(problems, key.mark, "parameters.%s", buf_text(&b));
	else if (row && is_repeated(reading, row))
		problems_add(problems, key.mark, "parameters.%s: there twice", row->name);
	value.item = yaml_next(reading->yaml);
	if (value.item.kind != YAML_TEXT) {
		yaml_refuse(reading->yaml, &value, "a single value");
		yaml_skip(reading->yaml, value.item);
		return;
	}
	if (!row)
		return;
	if (params_set(&reading->params, slice_of(row->name), value.item.text, &b) != 0)
		problems_add(problems, value.item.mark, "parameters.%s", buf_text(&b));
	else if (objects_wanted(reading))
		reading->error =
		    reading->sink->parameter(reading->sink->context, row, value.item.text);
}

/* Of a section. One that is left in the middle would be taken for what is around it. */
static bool is_end(struct objects_reading *reading, struct yaml_item item, enum yaml_kind end)
{
	bool has_stopped = objects_stopped(reading);

	if (has_stopped)
		yaml_stop(reading->yaml);
	return has_stopped || item.kind == end || item.kind == YAML_BROKEN || item.kind == YAML_END;
}

static void read_parameters(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct objects_reading *reading = context;

	if (field->item.kind != YAML_MAP) {
		yaml_refuse(yaml, field, "a map of names to values");
		yaml_skip(yaml, field->item);
		return;
	}
	for (;;) {
		struct yaml_item key = yaml_next(yaml);

		if (is_end(reading, key, YAML_MAP_END))
			return;
		if (key.kind == YAML_TEXT) {
			read_parameter(reading, key);
			continue;
		}
		problems_add(yaml_problems(yaml), key.mark,
		    "parameters: a map or a list as key; a name would be right");
		yaml_skip(yaml, key);
		yaml_skip(yaml, yaml_next(yaml));
	}
}

static enum object_kind kind_of_section(const char *plural)
{
	enum object_kind kind = 0;

	while (strcmp(object_table(kind)->plural, plural) != 0)
		kind++;
	return kind;
}

static void read_objects(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct objects_reading *reading = context;
	enum object_kind kind = kind_of_section(field->row->name);
	char right[64];

	if (field->item.kind != YAML_LIST) {
		snprintf(right, sizeof(right), "a list of %s", field->row->name);
		yaml_refuse(yaml, field, right);
		yaml_skip(yaml, field->item);
		return;
	}
	for (unsigned index = 0;; index++) {
		struct yaml_item item = yaml_next(yaml);

		if (is_end(reading, item, YAML_LIST_END))
			return;
		objects_read_object(reading, kind, item, index);
	}
}

/* The sections of the product that this version does not have. */
static const char *const later[] = {"gateways", "rewrites"};

#define SECTIONS (1 + OBJECT_KINDS + COUNT(later))

static void read_sections(struct objects_reading *reading)
{
	struct yaml_row rows[SECTIONS] = {
	    {.name = "parameters", .read = read_parameters, .any = true}};
	size_t count = 1;

	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++)
		rows[count++] = (struct yaml_row){
		    .name = object_table(kind)->plural, .read = read_objects, .any = true};
	for (size_t i = 0; i < COUNT(later); i++)
		rows[count++] = (struct yaml_row){.name = later[i]};
	yaml_read_document(reading->yaml, rows, count, reading);
}

static int read_all(struct yaml *yaml, const char *directory, const struct objects_sink *sink)
{
	struct objects_reading reading = {.yaml = yaml, .directory = directory, .sink = sink};

	reading.names = map_new(NAMES_MAX);
	if (!reading.names || getrandom(&reading.key, sizeof(reading.key), 0) < 0) {
		map_free(&reading.names);
		return ERR_MEMORY;
	}
	params_defaults(&reading.params);
	read_sections(&reading);
	map_free(&reading.names);
	if (reading.error != 0)
		return reading.error;
	return yaml_problems(yaml)->count > 0 ? ERR_SYNTAX : 0;
}

int objects_read(const char *path, const struct objects_sink *sink, struct problems *problems)
{
	struct yaml *yaml;
	char *directory;
	int rc;

	problems_init(problems, path);
	rc = yaml_open(path, problems, &yaml);
	if (rc != 0)
		return rc;
	directory = path_directory(path);
	rc = directory ? read_all(yaml, directory, sink) : ERR_MEMORY;
	free(directory);
	yaml_close(&yaml);
	return rc;
}

int objects_read_fd(int fd, const struct objects_sink *sink, struct problems *problems)
{
	struct yaml *yaml;
	int rc = yaml_open_fd(fd, problems, &yaml);

	if (rc == 0) {
		rc = read_all(yaml, NULL, sink);
		yaml_close(&yaml);
	}
	return rc;
}

int objects_read_one(struct slice text, enum object_kind kind, const void *base, struct slice name,
    const struct objects_sink *sink, struct problems *problems)
{
	struct objects_reading reading = {.sink = sink};
	int rc = yaml_open_text(text, problems, &reading.yaml);

	if (rc != 0)
		return rc;
	objects_read_single(&reading, kind, base, name);
	/* What follows the map may be broken too, or a second document. */
	if (reading.error == 0 && problems->count == 0)
		(void)yaml_next(reading.yaml);
	rc = reading.error != 0 ? reading.error : problems->count > 0 ? ERR_SYNTAX : 0;
	yaml_close(&reading.yaml);
	return rc;
}

int objects_read_text(struct slice text, const char *directory, const struct objects_sink *sink,
    struct problems *problems)
{
	struct yaml *yaml;
	int rc = yaml_open_text(text, problems, &yaml);

	if (rc == 0) {
		rc = read_all(yaml, directory, sink);
		yaml_close(&yaml);
	}
	return rc;
}
