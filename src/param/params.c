// SPDX-License-Identifier: Apache-2.0
/*
 * The parameter table, and the only code that turns text into a value. The table
 * has a row for each field that code reads. A second list has the names that are
 * planned, so that an operator is told "not yet" instead of "unknown".
 */
#include "param/params.h"

#include "param/phrase.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const ghosts_words[] = {"remove", "report", "off"};

/* Names in FreeSWITCH, Asterisk and Kamailio that have the same meaning and unit. */
static const char *const expire_aliases[] = {"expire-seconds", "expiration", NULL};
static const char *const retry_aliases[] = {
    "retry-seconds", "retry_interval", "reg_retry_interval", NULL};

static const struct param_row rows[] = {
    {
        .name = "SS_SIP_USER_AGENT_SEND_UNREGISTER",
        .type = PARAM_SWITCH,
        .maximum = 1,
        .initial = true,
        .offset = offsetof(struct params, send_unregister),
        .meaning = "On: a binding is cancelled at the upstream when the registration is stopped, "
                   "restarted, disabled, removed or changed. Off: Regent sends no REGISTER with "
                   "expiry 0, except for registration cancel.",
    },
    {
        .name = "SS_SIP_USER_AGENT_EXPIRE",
        .type = PARAM_SECONDS,
        .has_auto = true,
        .minimum = 20,
        .maximum = 7200,
        .initial = PARAM_AUTO,
        .offset = offsetof(struct params, expire_s),
        .aliases = expire_aliases,
        .unit = "s",
        .meaning = "The expiry that a registration asks for. Auto: it asks for 3600 s and accepts "
                   "what is granted.",
    },
    {
        .name = "SS_SIP_USER_AGENT_RETRY_DELAY",
        .type = PARAM_SECONDS,
        .minimum = 30,
        .maximum = 600,
        .initial = 60,
        .offset = offsetof(struct params, retry_delay_s),
        .aliases = retry_aliases,
        .unit = "s",
        .meaning = "How long to wait after a failed attempt. Up to 20 % is added at random. A "
                   "longer Retry-After of the upstream counts instead.",
    },
    {
        .name = "RG_STOP_DEADLINE",
        .type = PARAM_SECONDS,
        .has_auto = true,
        .minimum = 1,
        .maximum = 3600,
        .initial = PARAM_AUTO,
        .offset = offsetof(struct params, stop_deadline_s),
        .unit = "s",
        .meaning = "The longest time that a stop may take. Auto: 20 s, or more if the known pace "
                   "of an upstream needs more.",
    },
    {
        .name = "RG_STALE_WINDOW",
        .type = PARAM_SECONDS,
        .minimum = 20,
        .maximum = 86400,
        .initial = 3600,
        .offset = offsetof(struct params, stale_window_s),
        .unit = "s",
        .meaning = "Regent warns of a registration whose upstream grants more than this. So long "
                   "could calls go to a dead address after a power cut.",
    },
    {
        .name = "RG_GHOSTS",
        .type = PARAM_WORD,
        .words = ghosts_words,
        .maximum = PARAM_GHOSTS_OFF,
        .initial = PARAM_GHOSTS_REMOVE,
        .offset = offsetof(struct params, ghosts),
        .meaning = "What to do with a ghost: a binding that Regent made and no longer wants, and "
                   "that an upstream still lists. remove: cancel it. report: log it, and leave it "
                   "to the operator. off: only show it.",
    },
    {
        .name = "RG_PROBE",
        .type = PARAM_SECONDS,
        .has_auto = true,
        .has_zero = true,
        .minimum = 10,
        .maximum = 3600,
        .initial = 0,
        .offset = offsetof(struct params, probe_s),
        .unit = "s",
        .meaning =
            "How often to check that an upstream still has our binding. If the binding is missing, "
            "it is registered again. Auto: every tenth of the granted expiry, but 30 to 300 s. 0 "
            "(or off): no check; a missing binding comes back with the next refresh.",
    },
    {
        .name = "RG_UPSTREAM_RATE",
        .type = PARAM_NUMBER,
        .has_auto = true,
        .has_zero = true,
        .minimum = 1,
        .maximum = 100000,
        .initial = PARAM_AUTO,
        .offset = offsetof(struct params, upstream_rate),
        .unit = "/s",
        .meaning = "The most requests per second to one upstream address. 0: no limit. Auto: "
                   "starts at 5 and learns what the address can take.",
    },
    {
        .name = "RG_UPSTREAM_WINDOW",
        .type = PARAM_NUMBER,
        .has_auto = true,
        .has_zero = true,
        .minimum = 1,
        .maximum = 100000,
        .initial = PARAM_AUTO,
        .offset = offsetof(struct params, upstream_window),
        .meaning = "The most requests to one upstream address that may wait for an answer at the "
                   "same time. 0: no limit. Auto: two seconds' worth of requests at the current "
                   "rate, but at least 10.",
    },
    {
        .name = "RG_TRACE_BYTES",
        .type = PARAM_NUMBER,
        .has_zero = true,
        .minimum = 1,
        .maximum = 1024 * 1024,
        .initial = 64 * 1024,
        .offset = offsetof(struct params, trace_bytes),
        .unit = "bytes",
        .meaning = "How much of a trace is kept for a client that reads slowly. Beyond that, the "
                   "oldest records are dropped. 0: tracing is switched off.",
    },
    {
        .name = "SS_ENDPOINT_REGISTER_REPLACE",
        .type = PARAM_SWITCH,
        .maximum = 1,
        .initial = true,
        .offset = offsetof(struct params, endpoint_replace),
        .meaning = "On: if an endpoint has no room for another device (max_contacts), a new device "
                   "replaces the oldest one. Off: the new device is refused with 403 until one of "
                   "the others has expired or has unregistered.",
    },
    {
        .name = "SS_ENDPOINT_REGISTER_RETRY",
        .type = PARAM_NUMBER,
        .has_zero = true,
        .minimum = 1,
        .maximum = 999,
        .initial = 6,
        .offset = offsetof(struct params, endpoint_retry),
        .unit = "attempts",
        .meaning = "How many wrong passwords a source may send for one name before that name is "
                   "suspended for that source. Attempts are forgotten after a success, or after 10 "
                   "minutes. 0: never suspend.",
    },
    {
        .name = "SS_ENDPOINT_REGISTER_SUSPEND",
        .type = PARAM_SECONDS,
        .minimum = 60,
        .maximum = 3600,
        .initial = 180,
        .offset = offsetof(struct params, endpoint_suspend_s),
        .unit = "s",
        .meaning = "How long a name is suspended for a source. The same name from another source, "
                   "and a device that is registered from that source, are not affected.",
    },
    {
        .name = "SS_ENDPOINT_EXPIRE",
        .type = PARAM_SECONDS,
        .minimum = 20,
        .maximum = 7200,
        .initial = 3600,
        .offset = offsetof(struct params, endpoint_expire_s),
        .unit = "s",
        .meaning = "The longest time that is granted to an endpoint. A little less is granted to "
                   "each, so that they do not all come back at the same time.",
    },
    {
        .name = "RG_ENDPOINT_MIN_EXPIRE",
        .type = PARAM_SECONDS,
        .minimum = 10,
        .maximum = 3600,
        .initial = 20,
        .offset = offsetof(struct params, endpoint_min_expire_s),
        .unit = "s",
        .meaning = "An endpoint that asks for less is refused with 423, which names this value.",
    },
    {
        .name = "SS_REPLY_UNAUTHORIZED",
        .type = PARAM_SWITCH,
        .maximum = 1,
        .initial = true,
        .offset = offsetof(struct params, reply_unauthorized),
        .meaning = "Off: a source that never authenticated gets no refusal. Its first REGISTER is "
                   "challenged, whatever the name; wrong answers get no response.",
    },
};

static const char *const planned[] = {
    "RG_SOURCE_BAN",
    "RG_SOURCE_BURST",
    "RG_SOURCE_RATE",
    "SS_AUTHENTICATION_FAILED_SUSPEND",
    "SS_AUTHENTICATION_MAX_RETRY",
    "SS_ENDPOINT_TIME_TO_LIVE",
    "SS_GATEWAY_SWITCH_LIMIT",
    "SS_GATEWAY_SWITCH_STOP_AFTER_RTP_START",
    "SS_GATEWAY_SWITCH_STOP_AFTER_USER_BUSY",
    "SS_GATEWAY_SWITCH_UNTIL_CONNECT",
    "SS_QOS_RTP",
    "SS_QOS_SIGNAL",
    "SS_SIP_AUTHENTICATION_CODE",
    "SS_SIP_NAT_KEEP_ALIVE_MESSAGE",
    "SS_SIP_NAT_KEEP_ALIVE_PERIOD",
    "SS_SIP_NAT_KEEP_ALIVE_SEND_INTERVAL",
    "SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME",
    "SS_SIP_NO_TIMER_REINVITE_INTERVAL",
    "SS_SIP_PUBLISH_EXPIRE",
    "SS_SIP_RESEND_INTERVAL",
    "SS_SIP_SESSION_TTL",
    "SS_SIP_SESSION_UPDATE_SEGMENT",
    "SS_SIP_STOP_SWITCH_AFTER_SDP",
    "SS_SIP_TIMEOUT_INVITE",
    "SS_SIP_TIMEOUT_RINGING",
    "SS_SIP_TIMEOUT_SESSION_PROGRESS",
    "SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP",
    "SS_SIP_TIMEOUT_TRYING",
    "SS_SIP_USER_AGENT_PRIVACY",
    "SS_SIP_USER_AGENT_STOP_SWITCH_AFTER_INVITE_TIMEOUT",
};

const struct param_row *params_rows(size_t *count_r)
{
	*count_r = COUNT(rows);
	return rows;
}

static char folded(char c)
{
	if (c == '-' || c == '.' || c == ' ')
		return '_';
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool same_spelling(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (folded(a.p[i]) != folded(b.p[i]))
			return false;
	return true;
}

static struct slice without_prefix(struct slice name)
{
	if (name.n > 3 && (same_spelling(slice_make(name.p, 3), SLICE("SS_")) ||
	                      same_spelling(slice_make(name.p, 3), SLICE("RG_"))))
		return slice_skip(name, 3);
	return name;
}

/* True if `text` is the name, with or without its prefix. */
static bool is_name(struct slice text, const char *name)
{
	return same_spelling(text, slice_of(name)) ||
	       same_spelling(text, without_prefix(slice_of(name)));
}

static bool is_alias(struct slice text, const struct param_row *row)
{
	for (const char *const *alias = row->aliases; alias && *alias; alias++)
		if (same_spelling(text, slice_of(*alias)))
			return true;
	return false;
}

const struct param_row *params_find(struct slice name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (is_name(name, rows[i].name) || is_alias(name, &rows[i]))
			return &rows[i];
	return NULL;
}

static void store(struct params *params, const struct param_row *row, uint32_t value)
{
	char *field = (char *)params + row->offset;

	if (row->type == PARAM_SWITCH)
		*(bool *)field = value != 0;
	else
		memcpy(field, &value, sizeof(value));
}

static uint32_t load(const struct params *params, const struct param_row *row)
{
	const char *field = (const char *)params + row->offset;
	uint32_t value;

	if (row->type == PARAM_SWITCH)
		return *(const bool *)field;
	memcpy(&value, field, sizeof(value));
	return value;
}

bool params_equal(const struct params *a, const struct params *b)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (load(a, &rows[i]) != load(b, &rows[i]))
			return false;
	return true;
}

void params_defaults(struct params *params_r)
{
	memset(params_r, 0, sizeof(*params_r));
	for (size_t i = 0; i < COUNT(rows); i++)
		store(params_r, &rows[i], rows[i].initial);
}

int params_refuse_name(struct slice name, struct buf *message)
{
	const char *names[COUNT(rows) + COUNT(planned)];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		names[count++] = rows[i].name;
	for (size_t i = 0; i < COUNT(planned); i++) {
		if (is_name(name, planned[i])) {
			buf_puts(message, planned[i]);
			buf_puts(message, ": " PHRASE_NOT_BUILT);
			return ERR_UNSUPPORTED;
		}
		names[count++] = planned[i];
	}
	phrase_put_found(message, name);
	buf_puts(message, ": no such parameter");
	nearest = phrase_nearest(name, names, count);
	if (nearest) {
		buf_puts(message, "; did you mean ");
		buf_puts(message, nearest);
		buf_putc(message, '?');
	}
	return ERR_NOT_FOUND;
}

/* Writes "remove, report or off". */
static void put_words(struct buf *b, const struct param_row *row)
{
	for (uint32_t i = 0; i <= row->maximum; i++) {
		if (i > 0)
			buf_puts(b, i < row->maximum ? ", " : " or ");
		buf_puts(b, row->words[i]);
	}
}

/* Writes "20–7200 s (or "Auto")", "1–100000 /s (or 0 or "Auto")". */
void params_put_values(struct buf *b, const struct param_row *row)
{
	if (row->type == PARAM_SWITCH) {
		buf_puts(b, "On or Off");
		return;
	}
	if (row->type == PARAM_WORD) {
		put_words(b, row);
		return;
	}
	phrase_put_range(b, row->minimum, row->maximum, row->unit);
	if (row->has_zero && row->has_auto)
		buf_puts(b, " (or 0 or \"Auto\")");
	else if (row->has_zero)
		buf_puts(b, " (or 0)");
	else if (row->has_auto)
		buf_puts(b, " (or \"Auto\")");
}

static int refuse_value(
    const struct param_row *row, struct slice text, int error, struct buf *message)
{
	buf_puts(message, row->name);
	buf_puts(message, ": ");
	phrase_put_found(message, text);
	buf_puts(message, error == ERR_RANGE ? " is outside " : " is not ");
	params_put_values(message, row);
	return error;
}

static int parse_switch(struct slice text, uint32_t *value_r)
{
	bool on;

	if (!phrase_read_switch(text, &on))
		return ERR_SYNTAX;
	*value_r = on;
	return 0;
}

static int parse_word(const struct param_row *row, struct slice text, uint32_t *value_r)
{
	for (uint32_t i = 0; i <= row->maximum; i++) {
		if (slice_equal_nocase(text, slice_of(row->words[i]))) {
			*value_r = i;
			return 0;
		}
	}
	return ERR_SYNTAX;
}

static int parse_value(const struct param_row *row, struct slice text, uint32_t *value_r)
{
	uint64_t number;
	int rc;

	if (row->type == PARAM_SWITCH)
		return parse_switch(text, value_r);
	if (row->type == PARAM_WORD)
		return parse_word(row, text, value_r);
	if (row->has_auto && slice_equal_nocase(text, SLICE("auto"))) {
		*value_r = PARAM_AUTO;
		return 0;
	}
	if (row->type == PARAM_SECONDS && row->has_zero && slice_equal_nocase(text, SLICE("off"))) {
		*value_r = 0;
		return 0;
	}
	rc = slice_number(text, row->maximum, &number);
	if (rc != 0)
		return rc;
	if (number < row->minimum && !(row->has_zero && number == 0))
		return ERR_RANGE;
	*value_r = (uint32_t)number;
	return 0;
}

int params_set(struct params *params, struct slice name, struct slice text, struct buf *message)
{
	const struct param_row *row = params_find(name);
	uint32_t value;
	int rc;

	if (!row)
		return params_refuse_name(name, message);
	rc = parse_value(row, text, &value);
	if (rc != 0)
		return refuse_value(row, text, rc, message);
	store(params, row, value);
	return 0;
}

void params_put(struct buf *b, const struct param_row *row, const struct params *params)
{
	uint32_t value = load(params, row);

	if (row->type == PARAM_SWITCH)
		buf_puts(b, value ? "On" : "Off");
	else if (row->type == PARAM_WORD)
		buf_puts(b, row->words[value]);
	else if (row->has_auto && value == PARAM_AUTO)
		buf_puts(b, "Auto");
	else
		buf_put_u64(b, value);
}
