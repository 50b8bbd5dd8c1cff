// SPDX-License-Identifier: Apache-2.0
/*
 * The keys of regent.yaml as tables of rows, one function per key that needs
 * more than a copy. What the product will have and this version has not is in
 * the tables without a function.
 */
#include "config/node_config.h"

#include "base/error.h"
#include "config/path.h"
#include "config/yaml.h"
#include "model/host.h"
#include "param/phrase.h"
#include "sip/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DEFAULT_STATE  "/var/lib/regent"
#define DEFAULT_SOCKET "/run/regent/admin.sock"
#define DEFAULT_REALM  "regent"
#define NODE_NAME_MAX  64
#define NODE_REALM_MAX 128
#define SOCKET_MAX     107 /* bytes of sun_path without its NUL, unix(7) */

struct reading {
	struct node_config *config;
	const char *directory;
	bool no_memory;
};

static void keep(struct reading *reading, char **field, char *text)
{
	if (!text)
		reading->no_memory = true;
	free(*field);
	*field = text;
}

static void read_node(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	struct slice text = field->item.text;

	if (text.n == 0 || text.n > NODE_NAME_MAX || !phrase_is_clean(text))
		yaml_refuse(yaml, field, "a label of 1–64 bytes");
	else
		keep(reading, &reading->config->node, strndup(text.p, text.n));
}

/* False where it is none, which is then told. */
static bool read_host(struct yaml *yaml, const struct yaml_field *field)
{
	char why[512];
	struct buf b = buf_over(why, sizeof(why));

	if (host_is_valid(field->item.text))
		return true;
	host_explain(&b, field->item.text);
	problems_add(yaml_problems(yaml), field->item.mark, "%s: %s", field->path, buf_text(&b));
	return false;
}

static void read_advertise(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	struct slice text = field->item.text;

	if (read_host(yaml, field))
		keep(reading, &reading->config->advertise, strndup(text.p, text.n));
}

static void read_path(
    struct yaml *yaml, struct reading *reading, const struct yaml_field *field, char **path)
{
	struct slice text = field->item.text;

	if (text.n == 0 || text.n > PATH_TEXT_MAX || !phrase_is_clean(text))
		yaml_refuse(yaml, field, "a path");
	else
		keep(reading, path, path_resolve(reading->directory, text));
}

static void read_state(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;

	read_path(yaml, reading, field, &reading->config->state);
}

static void read_socket(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	const char *path;

	read_path(yaml, reading, field, &reading->config->admin_socket);
	path = reading->config->admin_socket;
	if (!path || strlen(path) <= SOCKET_MAX)
		return;
	/* A configuration that lies deep may still have its socket near the working directory. */
	path = path_from_here(path);
	if (strlen(path) <= SOCKET_MAX)
		keep(reading, &reading->config->admin_socket, strdup(path));
	else
		problems_add(yaml_problems(yaml), field->item.mark,
		    "%s: %s is longer than the 107 bytes a socket's path may have", field->path,
		    path);
}

/* A port alone is one of the loopback. */
static void read_admin_listen(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	struct slice text = field->item.text;
	struct netaddr address = {.family = 4, .ip = {127, 0, 0, 1}};
	uint64_t port;

	if (slice_number(text, UINT16_MAX, &port) == 0)
		address.port = (uint16_t)port;
	else if (netaddr_parse(text, &address) != 0)
		address.port = 0;
	if (address.port == 0)
		yaml_refuse(yaml, field, "ADDRESS:PORT as 127.0.0.1:8060");
	else
		reading->config->admin_listen = address;
}

/*
 * A word of its list, or what begins like `later`: that is refused as planned.
 * What follows a scheme is not repeated, since it may hold a password.
 */
static void read_choice(struct yaml *yaml, const struct yaml_field *field, const char *word,
    const char *later, const char *later_too)
{
	struct slice text = field->item.text;

	if (slice_equal(text, slice_of(word)))
		return;
	if (slice_starts(text, slice_of(later)) || slice_starts(text, slice_of(later_too)))
		problems_add(yaml_problems(yaml), field->item.mark, "%s: %s…: " PHRASE_NOT_BUILT,
		    field->path, later);
	else
		yaml_refuse(yaml, field, word);
}

static void read_database(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	(void)context;
	read_choice(yaml, field, "sqlite", "postgresql://", "postgres://");
}

static void read_identity(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;

	reading->config->is_portable = slice_equal(field->item.text, SLICE("portable"));
	if (!reading->config->is_portable && !slice_equal(field->item.text, SLICE("machine")))
		yaml_refuse(yaml, field, "machine or portable");
}

static void read_fabric(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	(void)context;
	read_choice(yaml, field, "none", "redis://", "valkey://");
}

static bool is_listed(const struct node_config *config, const struct node_listen *listen)
{
	for (unsigned i = 0; i < config->listen_count; i++) {
		if (config->listen[i].transport == listen->transport &&
		    netaddr_equal(&config->listen[i].address, &listen->address))
			return true;
	}
	return false;
}

/* A list of single values: what the list would be, what one of them would be, and its reader. */
struct list {
	const char *right, *member;
	yaml_read_fn read;
};

/* Gives how many members there were, right or wrong. */
static unsigned read_list(struct yaml *yaml, struct reading *reading,
    const struct yaml_field *field, const struct list *list)
{
	unsigned index = 0;

	if (field->item.kind != YAML_LIST) {
		yaml_refuse(yaml, field, list->right);
		yaml_skip(yaml, field->item);
		return 1;
	}
	for (;;) {
		struct yaml_item item = yaml_next(yaml);
		char path[32];
		struct yaml_field element = {.path = path, .item = item};

		if (item.kind == YAML_LIST_END || item.kind == YAML_BROKEN || item.kind == YAML_END)
			return index;
		snprintf(path, sizeof(path), "%s[%u]", field->path, index++);
		if (item.kind == YAML_TEXT) {
			list->read(yaml, reading, &element);
		} else {
			yaml_refuse(yaml, &element, list->member);
			yaml_skip(yaml, item);
		}
	}
}

/* udp:ADDRESS:PORT. */
static void read_listener(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const char right[] = "udp:ADDRESS:PORT (IPv6 in brackets)";
	struct node_config *config = ((struct reading *)context)->config;
	struct slice text = field->item.text;
	ptrdiff_t colon = slice_find(text, ':');
	struct node_listen listen;
	struct slice scheme = {text.p, colon < 0 ? text.n : (size_t)colon};

	listen.transport = (uint8_t)sip_transport_find(scheme);
	if (listen.transport == SIP_TCP || listen.transport == SIP_TLS) {
		problems_add(yaml_problems(yaml), field->item.mark, "%s: %s: " PHRASE_NOT_BUILT,
		    field->path, listen.transport == SIP_TCP ? "tcp" : "tls");
		return;
	}
	if (listen.transport != SIP_UDP ||
	    netaddr_parse(slice_skip(text, scheme.n + 1), &listen.address) != 0 ||
	    listen.address.port == 0) {
		yaml_refuse(yaml, field, right);
		return;
	}
	if (is_listed(config, &listen)) {
		yaml_refuse(yaml, field, "an address that is not there yet");
		return;
	}
	if (config->listen_count == NODE_LISTEN_MAX) {
		yaml_refuse(yaml, field, "at most 16 of them");
		return;
	}
	config->listen[config->listen_count++] = listen;
}

static void read_listen(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const struct list list = {
	    "a list as [udp:0.0.0.0:5060]", "udp:ADDRESS:PORT", read_listener};
	struct mark mark = field->item.mark;

	if (read_list(yaml, context, field, &list) == 0)
		problems_add(yaml_problems(yaml), mark,
		    "listen: empty; a list as [udp:0.0.0.0:5060] would be right");
}

static bool is_ours(const struct node_config *config, struct slice domain)
{
	for (unsigned i = 0; i < config->domain_count; i++)
		if (slice_equal_nocase(domain, slice_of(config->domains[i])))
			return true;
	return false;
}

static void read_domain(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	struct node_config *config = reading->config;
	struct slice text = field->item.text;

	if (!read_host(yaml, field))
		return;
	if (is_ours(config, text))
		yaml_refuse(yaml, field, "a domain that is not there yet");
	else if (config->domain_count == NODE_DOMAINS_MAX)
		yaml_refuse(yaml, field, "at most 8 of them");
	else
		keep(reading, &config->domains[config->domain_count++], strndup(text.p, text.n));
}

static void read_domains(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const struct list list = {"a list as [example.com]", "a domain", read_domain};

	(void)read_list(yaml, context, field, &list);
}

/* It stands in quotes in a challenge, where nothing of it is escaped. */
static void read_realm(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;
	struct slice text = field->item.text;

	if (text.n == 0 || text.n > NODE_REALM_MAX || !phrase_is_clean(text) ||
	    slice_find(text, '"') >= 0 || slice_find(text, '\\') >= 0)
		yaml_refuse(yaml, field, "a text of 1–128 bytes without \" and \\");
	else
		keep(reading, &reading->config->realm, strndup(text.p, text.n));
}

static void read_level(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	static const char *const words[] = {
	    [LOG_LEVEL_ERROR] = "error",
	    [LOG_LEVEL_WARNING] = "warning",
	    [LOG_LEVEL_INFO] = "info",
	    [LOG_LEVEL_DEBUG] = "debug",
	};
	struct reading *reading = context;

	for (unsigned i = 0; i < COUNT(words); i++) {
		if (slice_equal(field->item.text, slice_of(words[i]))) {
			reading->config->log_level = (enum log_level)i;
			return;
		}
	}
	yaml_refuse(yaml, field, "error, warning, info or debug");
}

static void read_format(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct reading *reading = context;

	if (slice_equal(field->item.text, SLICE("text")))
		reading->config->log_format = LOG_FORMAT_TEXT;
	else if (slice_equal(field->item.text, SLICE("json")))
		reading->config->log_format = LOG_FORMAT_JSON;
	else
		yaml_refuse(yaml, field, "text or json");
}

static const struct yaml_row log_rows[] = {
    {.name = "level", .read = read_level},
    {.name = "format", .read = read_format},
};

static const struct yaml_row admin_rows[] = {
    {.name = "socket", .read = read_socket},
    {.name = "listen", .read = read_admin_listen},
};

static void read_section(struct yaml *yaml, void *context, const struct yaml_field *field,
    const char *prefix, const struct yaml_row *rows, size_t count)
{
	if (field->item.kind == YAML_MAP) {
		yaml_read_map(yaml, prefix, rows, count, context);
		return;
	}
	yaml_refuse(yaml, field, "a map of names to values");
	yaml_skip(yaml, field->item);
}

static void read_log(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	read_section(yaml, context, field, "log.", log_rows, COUNT(log_rows));
}

static void read_admin(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	read_section(yaml, context, field, "admin.", admin_rows, COUNT(admin_rows));
}

static const struct yaml_row rows[] = {
    {.name = "node", .read = read_node},
    {.name = "listen", .read = read_listen, .any = true},
    {.name = "advertise", .read = read_advertise},
    {.name = "domains", .read = read_domains, .any = true},
    {.name = "realm", .read = read_realm},
    {.name = "state", .read = read_state},
    {.name = "database", .read = read_database},
    {.name = "fabric", .read = read_fabric},
    {.name = "admin", .read = read_admin, .any = true},
    {.name = "log", .read = read_log, .any = true},
    {.name = "tls"},
    {.name = "identity", .read = read_identity},
};

static void fill_defaults(struct reading *reading)
{
	struct node_config *config = reading->config;

	if (!config->node) {
		char host[NODE_NAME_MAX + 1] = "";

		if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
			strcpy(host, "regent");
		keep(reading, &config->node, strdup(host));
	}
	if (!config->state)
		keep(reading, &config->state, strdup(DEFAULT_STATE));
	if (!config->admin_socket)
		keep(reading, &config->admin_socket, strdup(DEFAULT_SOCKET));
	if (!config->realm)
		keep(reading, &config->realm,
		    strdup(config->domain_count > 0 ? config->domains[0] : DEFAULT_REALM));
	if (config->listen_count == 0) {
		config->listen[0] = (struct node_listen){
		    .transport = SIP_UDP,
		    .address = {.family = 4, .port = 5060},
		};
		config->listen_count = 1;
	}
}

static int read_all(struct yaml *yaml, const char *directory, struct node_config *config_r)
{
	struct node_config config = {.log_level = LOG_LEVEL_INFO, .log_format = LOG_FORMAT_TEXT};
	struct reading reading = {.config = &config, .directory = directory};
	int rc = 0;

	yaml_read_document(yaml, rows, COUNT(rows), &reading);
	if (yaml_problems(yaml)->count > 0)
		rc = ERR_SYNTAX;
	else
		fill_defaults(&reading);
	if (rc == 0 && reading.no_memory)
		rc = ERR_MEMORY;
	if (rc != 0)
		node_config_free(&config);
	else
		*config_r = config;
	return rc;
}

int node_config_read(const char *path, struct node_config *config_r, struct problems *problems)
{
	struct yaml *yaml;
	char *directory;
	int rc;

	problems_init(problems, path);
	rc = yaml_open(path, problems, &yaml);
	if (rc != 0)
		return rc;
	directory = path_directory(path);
	rc = directory ? read_all(yaml, directory, config_r) : ERR_MEMORY;
	free(directory);
	yaml_close(&yaml);
	return rc;
}

int node_config_read_text(struct slice text, const char *directory, struct node_config *config_r,
    struct problems *problems)
{
	struct yaml *yaml;
	int rc = yaml_open_text(text, problems, &yaml);

	if (rc == 0) {
		rc = read_all(yaml, directory, config_r);
		yaml_close(&yaml);
	}
	return rc;
}

void node_config_free(struct node_config *config)
{
	free(config->node);
	free(config->advertise);
	free(config->realm);
	for (unsigned i = 0; i < config->domain_count; i++)
		free(config->domains[i]);
	free(config->state);
	free(config->admin_socket);
	memset(config, 0, sizeof(*config));
}
