// SPDX-License-Identifier: Apache-2.0
/*
 * One registration of the objects file: a row per field. Texts are copied into
 * the entry, because the parser's die with its next event; ranges and
 * characters are judged by the model, once, when the whole object is there.
 */
#include "config/objects_reading.h"

#include "config/path.h"
#include "param/phrase.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FIELDS_MAX        32
#define PASSWORD_FILE_MAX 258 /* the longest password, and the end of its line */
#define SEALED_PLAIN_MAX  512

struct entry {
	struct objects_reading *reading;
	const char *prefix; /* of a field in messages */
	struct registration_config config;
	struct slice texts[FIELDS_MAX]; /* what the config's slices point into */
	unsigned text_count;
	struct mark marks[FIELDS_MAX]; /* of the fields' values, by row */
	bool has_password;
};

static const struct yaml_row rows[];

static struct slice keep(struct entry *entry, struct slice text)
{
	char *copy = malloc(text.n > 0 ? text.n : 1);

	if (!copy) {
		entry->reading->error = ERR_MEMORY;
		return (struct slice){0};
	}
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	return entry->texts[entry->text_count++] = slice_make(copy, text.n);
}

static void *target(struct entry *entry, const struct yaml_field *field)
{
	entry->marks[field->row - rows] = field->item.mark;
	return (char *)&entry->config + field->row->offset;
}

static void read_text(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;

	(void)yaml;
	*(struct slice *)target(entry, field) = keep(entry, field->item.text);
}

/* False where the other of password and password_file was there before. */
static bool claim_password(struct yaml *yaml, struct entry *entry, const struct yaml_field *field)
{
	if (entry->has_password) {
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: password and password_file; one of them would be right", field->path);
		return false;
	}
	entry->has_password = true;
	return true;
}

static void read_sealed(struct yaml *yaml, struct entry *entry, const struct yaml_field *field)
{
	const struct objects_sink *sink = entry->reading->sink;
	char plain[SEALED_PLAIN_MAX];
	size_t n = 0;
	int rc = sink->unseal(sink->context, field->item.text, plain, sizeof(plain), &n);

	if (rc == 0)
		*(struct slice *)target(entry, field) = keep(entry, slice_make(plain, n));
	else if (rc == ERR_ACCESS || rc == ERR_DAMAGED)
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: was sealed with another key than STATE/key of this node, or changed "
		    "since; "
		    "the password itself would be right",
		    field->path);
	else
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: !sealed is followed by what an export wrote, unchanged", field->path);
	explicit_bzero(plain, sizeof(plain));
}

static void read_password(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;

	if (!claim_password(yaml, entry, field))
		return;
	if (field->item.is_sealed && entry->reading->sink->unseal)
		read_sealed(yaml, entry, field);
	else
		read_text(yaml, context, field);
}

/* A null beside a password that is given says only that it is given in one way. */
static void read_no_password(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;

	(void)yaml;
	if (!entry->has_password)
		*(struct slice *)target(entry, field) = (struct slice){0};
}

static void read_password_file(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct entry *entry = context;
	struct slice text = field->item.text;
	char line[PASSWORD_FILE_MAX], *path;
	const char *why = "is not a path";
	ptrdiff_t n = -1;

	if (!claim_password(yaml, entry, field))
		return;
	if (!entry->reading->directory && text.n > 0 && text.p[0] != '/') {
		why =
		    "a relative path, but this text lies in no directory; an absolute one would be "
		    "right";
	} else if (text.n > 0 && text.n <= PATH_TEXT_MAX && phrase_is_clean(text)) {
		path = path_resolve(entry->reading->directory, text);
		n = path ? path_read_line(path, line, sizeof(line), &why) : -1;
		free(path);
	}
	if (n > 0)
		*(struct slice *)target(entry, field) = keep(entry, slice_make(line, (size_t)n));
	else
		problems_add(yaml_problems(yaml), field->item.mark, "%s: %.*s: %s", field->path,
		    text.n < 256 ? (int)text.n : 256, text.p, n == 0 ? "is empty" : why);
	explicit_bzero(line, sizeof(line));
}

static bool parse_switch(struct slice text, bool *on_r)
{
	static const char *const words[] = {"off", "on", "false", "true", "no", "yes"};

	for (unsigned i = 0; i < COUNT(words); i++) {
		if (slice_equal_nocase(text, slice_of(words[i]))) {
			*on_r = i & 1;
			return true;
		}
	}
	return false;
}

static void read_switch(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	if (!parse_switch(field->item.text, target(context, field)))
		yaml_refuse(yaml, field, "on or off");
}

static void read_outbound(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	uint8_t *value = target(context, field);
	bool on;

	if (slice_equal_nocase(field->item.text, SLICE("auto")))
		*value = OUTBOUND_AUTO;
	else if (parse_switch(field->item.text, &on))
		*value = on ? OUTBOUND_ON : OUTBOUND_OFF;
	else
		yaml_refuse(yaml, field, "auto, on or off");
}

static void read_send_unregister(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	uint8_t *value = target(context, field);
	bool on;

	if (slice_equal_nocase(field->item.text, SLICE("inherit")))
		*value = SWITCH_INHERIT;
	else if (parse_switch(field->item.text, &on))
		*value = on ? SWITCH_ON : SWITCH_OFF;
	else
		yaml_refuse(yaml, field, "on, off or inherit");
}

/*
 * A number of which the model knows the range; what no range can hold becomes the largest.
 * UINT32_MAX - 1: the number above it has a meaning of its own.
 */
static void read_count(
    struct yaml *yaml, const struct yaml_field *field, const char *right, uint32_t *number_r)
{
	uint64_t number;
	int rc = slice_number(field->item.text, UINT32_MAX - 1, &number);

	if (rc == ERR_SYNTAX)
		yaml_refuse(yaml, field, right);
	else
		*number_r = rc == 0 ? (uint32_t)number : UINT32_MAX - 1;
}

/* 0 is how "as it is inherited" is stored, so it is refused here where it stands for itself. */
static void read_period(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const char right[] = "20–7200 s (or \"auto\" or \"default\")";
	uint32_t *value = target(context, field);

	if (slice_equal_nocase(field->item.text, SLICE("default")))
		*value = PERIOD_DEFAULT;
	else if (slice_equal_nocase(field->item.text, SLICE("auto")))
		*value = PERIOD_AUTO;
	else if (slice_equal(field->item.text, SLICE("0")))
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: 0 is outside 20–7200 s (or \"auto\")", field->path);
	else
		read_count(yaml, field, right, value);
}

static void read_retry_delay(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	uint32_t *value = target(context, field);

	if (slice_equal_nocase(field->item.text, SLICE("inherit")))
		*value = 0;
	else if (slice_equal(field->item.text, SLICE("0")))
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: 0 is outside 30–600 s (or \"inherit\")", field->path);
	else
		read_count(yaml, field, "30–600 s (or \"inherit\")", value);
}

/* 0 is how "off" is stored; what 16 bits cannot hold is far outside anyway. */
static void read_keepalive(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const char right[] = "10–300 s (or \"auto\" or \"off\")";
	uint16_t *value = target(context, field);
	uint32_t seconds = KEEPALIVE_AUTO - 1;
	bool on;

	if (slice_equal_nocase(field->item.text, SLICE("auto"))) {
		*value = KEEPALIVE_AUTO;
		return;
	}
	if (parse_switch(field->item.text, &on) && !on) {
		*value = KEEPALIVE_OFF;
		return;
	}
	read_count(yaml, field, right, &seconds);
	if (seconds == 0 || seconds >= KEEPALIVE_AUTO)
		problems_add(yaml_problems(yaml), field->item.mark, "%s: %.*s is outside %s",
		    field->path, SLICE_ARG(field->item.text), right);
	else
		*value = (uint16_t)seconds;
}

static void read_line_limit(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	read_count(yaml, field, "a number of calls (0: no limit)", target(context, field));
}

static void read_digest_min(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	uint8_t *value = target(context, field);
	unsigned strength = sip_digest_strength(sip_digest_find(field->item.text));

	if (strength > 0)
		*value = (uint8_t)strength;
	else
		yaml_refuse(yaml, field, "MD5, SHA-256 or SHA-512-256");
}

static void read_local_address(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct netaddr *local = target(context, field);
	struct netaddr addr;

	if (netaddr_parse_ip(field->item.text, &addr) != 0) {
		yaml_refuse(yaml, field, "an IP address of this machine");
		return;
	}
	addr.port = local->port;
	*local = addr;
}

static void read_signaling_port(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct netaddr *local = target(context, field);
	uint64_t number;

	if (slice_number(field->item.text, UINT16_MAX, &number) != 0 || number == 0)
		yaml_refuse(yaml, field, "a port, 1–65535,");
	else
		local->port = (uint16_t)number;
}

/* A null gives a field its default. */
static void read_default(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct registration_config defaults;

	(void)yaml;
	registration_config_defaults(&defaults);
	memcpy(
	    target(context, field), (const char *)&defaults + field->row->offset, field->row->size);
}

/* These two share a field. */
static void read_no_address(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct netaddr *local = target(context, field);

	(void)yaml;
	*local = (struct netaddr){.port = local->port};
}

static void read_no_port(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct netaddr *local = target(context, field);

	(void)yaml;
	local->port = 0;
}

#define PLACE(member)                                                                              \
	.offset = offsetof(struct registration_config, member),                                    \
	.size = sizeof(((struct registration_config *)NULL)->member)
#define AT(member) PLACE(member), .read_null = read_default

static const struct yaml_row rows[] = {
    {.name = "name", .read = read_text, AT(name)},
    {.name = "enabled", .read = read_switch, AT(settings.enabled)},
    {.name = "username", .read = read_text, AT(username)},
    {.name = "auth_username", .read = read_text, AT(auth_username)},
    {.name = "password",
        .read = read_password,
        .read_null = read_no_password,
        .may_be_sealed = true,
        PLACE(password)},
    {.name = "password_file",
        .read = read_password_file,
        .read_null = read_no_password,
        PLACE(password)},
    {.name = "host", .read = read_text, AT(host)},
    {.name = "proxy", .read = read_text, AT(proxy)},
    {.name = "contact_host", .read = read_text, AT(contact_host)},
    {.name = "contact_user", .read = read_text, AT(contact_user)},
    {.name = "signaling_port",
        .read = read_signaling_port,
        .read_null = read_no_port,
        PLACE(settings.local)},
    {.name = "local_address",
        .read = read_local_address,
        .read_null = read_no_address,
        PLACE(settings.local)},
    {.name = "period", .read = read_period, AT(settings.period_s)},
    {.name = "line_limit", .read = read_line_limit, AT(settings.line_limit)},
    {.name = "display_name", .read = read_text, AT(display_name)},
    {.name = "user_agent", .read = read_text, AT(user_agent)},
    {.name = "digest_min", .read = read_digest_min, AT(settings.digest_min)},
    {.name = "send_unregister", .read = read_send_unregister, AT(settings.send_unregister)},
    {.name = "retry_delay", .read = read_retry_delay, AT(settings.retry_delay_s)},
    {.name = "outbound", .read = read_outbound, AT(settings.outbound)},
    {.name = "bulk", .read = read_switch, AT(settings.bulk)},
    {.name = "multi_contact", .read = read_switch, AT(settings.multi_contact)},
    {.name = "keepalive", .read = read_keepalive, AT(settings.keepalive_s)},
    {.name = "route_to"},
    {.name = "called_from"},
    {.name = "caller_as"},
    {.name = "identity"},
    {.name = "privacy"},
};

const struct yaml_row *objects_registration_rows(size_t *count_r)
{
	*count_r = COUNT(rows);
	return rows;
}

static struct mark mark_of(const struct entry *entry, const char *field, struct mark otherwise)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, field) == 0 && entry->marks[i].line > 0)
			return entry->marks[i];
	}
	return otherwise;
}

/* True where the whole object is as the model wants it; what is not is told. */
static bool judge(struct entry *entry, struct mark mark)
{
	struct problems *problems = yaml_problems(entry->reading->yaml);
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));
	const char *field;

	/* What begins with # is a comment to YAML, and leaves the field empty. */
	if (entry->has_password && entry->config.password.n == 0) {
		problems_add(problems, mark_of(entry, "password", mark),
		    "%spassword: is empty; a password, in quotes where it begins with #, would be "
		    "right",
		    entry->prefix);
		return false;
	}
	if (registration_config_check(&entry->config, &field, &b) == 0)
		return true;
	problems_add(
	    problems, mark_of(entry, field, mark), "%s%s: %s", entry->prefix, field, buf_text(&b));
	return false;
}

static void judge_repeated(struct entry *entry, struct mark mark)
{
	unsigned first;

	mark = mark_of(entry, "name", mark);
	first = objects_first_line(entry->reading, entry->config.name, mark.line);
	if (first != mark.line)
		problems_add(yaml_problems(entry->reading->yaml), mark,
		    "%sname: %.*s is there twice, first in line %u", entry->prefix,
		    SLICE_ARG(entry->config.name), first);
}

/* Hands over what was read, where all was right, and forgets it. */
static void finish(struct entry *entry)
{
	const struct objects_sink *sink = entry->reading->sink;

	if (objects_wanted(entry->reading))
		entry->reading->error = sink->registration(sink->context, &entry->config);
	for (unsigned i = 0; i < entry->text_count; i++) {
		explicit_bzero((char *)(uintptr_t)entry->texts[i].p, entry->texts[i].n);
		free((char *)(uintptr_t)entry->texts[i].p);
	}
}

void objects_read_registration(
    struct objects_reading *reading, struct yaml_item first, unsigned index)
{
	struct entry entry = {.reading = reading};
	unsigned before = yaml_problems(reading->yaml)->count;
	char path[32];

	snprintf(path, sizeof(path), "registrations[%u].", index);
	entry.prefix = path;
	if (first.kind != YAML_MAP) {
		problems_add(yaml_problems(reading->yaml), first.mark,
		    "registrations[%u]: a map of fields would be right", index);
		yaml_skip(reading->yaml, first);
		return;
	}
	registration_config_defaults(&entry.config);
	yaml_read_map(reading->yaml, path, rows, COUNT(rows), &entry);
	if (reading->error == 0 && yaml_problems(reading->yaml)->count == before &&
	    judge(&entry, first.mark))
		judge_repeated(&entry, first.mark);
	finish(&entry);
}

static void set_name(struct entry *entry, struct slice name, struct mark mark)
{
	if (entry->config.name.n == 0)
		entry->config.name = name;
	else if (name.n > 0 && !slice_equal(entry->config.name, name))
		problems_add(yaml_problems(entry->reading->yaml), mark_of(entry, "name", mark),
		    "name: cannot change; a new registration, and the removal of %.*s, would be "
		    "right",
		    SLICE_ARG(name));
}

void objects_read_single(
    struct objects_reading *reading, const struct registration_config *base, struct slice name)
{
	struct problems *problems = yaml_problems(reading->yaml);
	struct entry entry = {.reading = reading, .prefix = ""};
	struct yaml_item first = yaml_next(reading->yaml);

	if (first.kind == YAML_BROKEN)
		return;
	if (first.kind != YAML_MAP) {
		problems_add(problems, first.mark,
		    "is not a map; the fields of one registration as {\"host\": \"sip.example\"} "
		    "would be right");
		return;
	}
	if (base)
		entry.config = *base;
	else
		registration_config_defaults(&entry.config);
	yaml_read_map(reading->yaml, "", rows, COUNT(rows), &entry);
	if (problems->count == 0)
		set_name(&entry, name, first.mark);
	if (reading->error == 0 && problems->count == 0)
		(void)judge(&entry, first.mark);
	finish(&entry);
}
