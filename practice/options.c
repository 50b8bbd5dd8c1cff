// SPDX-License-Identifier: Apache-2.0
/*
 * `--name value` and `--name=value`. What is no option of the program itself is
 * looked for among the registrar's settings.
 */
#include "practice/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct own_option {
	const char *name, *value, *help;
	int (*set)(struct options *options, const char *value);
};

PRINTF_LIKE(2, 3) static int wrong(struct options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(options->error, sizeof(options->error), format, args);
	va_end(args);
	return ERR_SYNTAX;
}

static int set_listen(struct options *o, const char *value)
{
	struct slice text = slice_of(value);

	if (slice_starts(text, SLICE("udp:")))
		text = slice_skip(text, 4);
	if (netaddr_parse(text, &o->listen))
		return wrong(o, "--listen %s: not ADDRESS:PORT; right would be %s", value,
		    OPTIONS_DEFAULT_LISTEN);
	return 0;
}

/* USER:PASSWORD or USER/AUTHUSER:PASSWORD. */
static int set_account(struct options *o, const char *value)
{
	struct options_account *more, *account;
	char *copy, *colon, *slash;

	if (!strchr(value, ':') || value[0] == ':')
		return wrong(o, "--account %s: not USER:PASSWORD", value);
	more = realloc(o->accounts, (o->account_count + 1) * sizeof(*more));
	if (!more)
		return ERR_MEMORY;
	o->accounts = more;
	copy = strdup(value);
	if (!copy)
		return ERR_MEMORY;
	colon = strchr(copy, ':');
	*colon = '\0';
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	account = &o->accounts[o->account_count++];
	*account = (struct options_account){copy, slash, colon + 1};
	return 0;
}

static int set_control(struct options *o, const char *value)
{
	o->control = value;
	return 0;
}

static int set_json(struct options *o, const char *value)
{
	o->json = value;
	return 0;
}

static int set_seed(struct options *o, const char *value)
{
	if (slice_number(slice_of(value), UINT64_MAX, &o->seed))
		return wrong(o, "--seed %s: not a number", value);
	return 0;
}

#define FLAG(field)                                                                                \
	static int set_##field(struct options *o, const char *value)                               \
	{                                                                                          \
		(void)value;                                                                       \
		o->field = true;                                                                   \
		return 0;                                                                          \
	}
FLAG(ladder)
FLAG(quiet)
FLAG(ignore_int)
FLAG(beyond_loopback)
FLAG(help)
FLAG(version)

static const struct own_option own_options[] = {
    {"listen", "IP:PORT", "where to listen (" OPTIONS_DEFAULT_LISTEN "); port 0: a free one",
        set_listen},
    {"account", "USER:PASSWORD", "an account, or USER/AUTHUSER:PASSWORD; repeatable", set_account},
    {"control", "PATH", "Unix socket that takes commands (send `help`)", set_control},
    {"json", "PATH", "writes table and counters there at the end", set_json},
    {"seed", "N", "of all that is random (1)", set_seed},
    {"ladder", NULL, "prints a line for each message", set_ladder},
    {"quiet", NULL, "prints nothing but the ready line", set_quiet},
    {"ignore-int", NULL, "Ctrl-C does not end it, SIGTERM does", set_ignore_int},
    {"beyond-loopback", NULL, "allows an address that others can reach", set_beyond_loopback},
    {"version", NULL, "prints the version", set_version},
    {"help", NULL, "prints this", set_help},
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(own_options[0]))

/* A value that does not fit its column pushes the help to the next line. */
static void print_option(const char *name, const char *value, const char *help)
{
	if (strlen(value) > 14)
		printf("  --%-16s %s\n%36s", name, value, "");
	else
		printf("  --%-16s %-14s ", name, value);
	printf("%s\n", help);
}

void options_help(void)
{
	struct carrier_setting s;

	printf("usage: regent-practice [OPTIONS]\n\n"
	       "A SIP registrar to practise against: UDP, strict, and as difficult as told.\n"
	       "Without an account every user is let in with the password \"%s\".\n\n",
	    OPTIONS_DEFAULT_PASSWORD);
	for (unsigned i = 0; i < OWN_OPTIONS; i++)
		print_option(own_options[i].name, own_options[i].value ? own_options[i].value : "",
		    own_options[i].help);
	printf("\nThe registrar's settings, also as `set NAME VALUE` on the control socket:\n\n");
	for (unsigned i = 0; carrier_setting(i, &s); i++)
		print_option(s.name, s.value, s.help);
}

/* One option on its way through the command line. */
struct argument {
	char name[64];
	const char *value; /* behind '=', or NULL */
	const char *next;  /* the argument that follows, or NULL */
	bool took_next;
};

static const char *take_value(struct options *o, struct argument *a, const char *what)
{
	if (a->value)
		return a->value;
	if (a->next) {
		a->took_next = true;
		return a->next;
	}
	wrong(o, "--%s: needs a value: %s", a->name, what);
	return NULL;
}

static int set_own(struct options *o, struct argument *a, const struct own_option *option)
{
	const char *value;

	if (!option->value && a->value)
		return wrong(o, "--%s: takes no value", a->name);
	if (!option->value)
		return option->set(o, NULL);
	value = take_value(o, a, option->value);
	return value ? option->set(o, value) : ERR_SYNTAX;
}

static int set_setting(struct options *o, struct argument *a, const struct carrier_setting *s)
{
	const char *value = s->is_flag ? a->value : take_value(o, a, s->value);
	const char *what = NULL;
	int rc;

	if (!value && !s->is_flag)
		return ERR_SYNTAX;
	rc = carrier_config_set(&o->config, s->name, value, &what);
	if (rc)
		return wrong(o, "--%s %s: %s; right would be %s", s->name, value ? value : "",
		    error_text(rc), what);
	return 0;
}

static int set_argument(struct options *o, struct argument *a)
{
	struct carrier_setting s;

	for (unsigned i = 0; i < OWN_OPTIONS; i++)
		if (strcmp(own_options[i].name, a->name) == 0)
			return set_own(o, a, &own_options[i]);
	for (unsigned i = 0; carrier_setting(i, &s); i++)
		if (strcmp(s.name, a->name) == 0)
			return set_setting(o, a, &s);
	return wrong(o, "--%s: no such option; --help lists them", a->name);
}

static int read_argument(struct options *o, const char *text, struct argument *a)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : strlen(text);

	if (strncmp(text, "--", 2) != 0 || n - 2 >= sizeof(a->name))
		return wrong(o, "%s: not an option; --help lists them", text);
	memcpy(a->name, text + 2, n - 2);
	a->name[n - 2] = '\0';
	a->value = equals ? equals + 1 : NULL;
	return set_argument(o, a);
}

static bool is_loopback(const struct netaddr *addr)
{
	static const uint8_t one[16] = {[15] = 1};

	return addr->family == 4 ? addr->ip[0] == 127 : memcmp(addr->ip, one, sizeof(one)) == 0;
}

static int check(struct options *o)
{
	const char *what;

	if (!is_loopback(&o->listen) && !o->beyond_loopback)
		return wrong(o, "--listen: others could reach this address; --beyond-loopback "
		                "says that this is meant");
	if (o->account_count || o->config.any_password[0])
		return 0;
	return carrier_config_set(&o->config, "any-account", OPTIONS_DEFAULT_PASSWORD, &what);
}

int options_read(struct options *o, int argc, char **argv)
{
	int rc;

	*o = (struct options){.seed = 1};
	carrier_config_default(&o->config);
	o->config.ordered = true;
	rc = set_listen(o, OPTIONS_DEFAULT_LISTEN);
	for (int i = 1; !rc && i < argc; i++) {
		struct argument a = {.next = i + 1 < argc ? argv[i + 1] : NULL};

		rc = read_argument(o, argv[i], &a);
		i += a.took_next;
	}
	return rc ? rc : check(o);
}

void options_free(struct options *o)
{
	for (unsigned i = 0; i < o->account_count; i++)
		free(o->accounts[i].user);
	free(o->accounts);
	o->accounts = NULL;
	o->account_count = 0;
}
