// SPDX-License-Identifier: Apache-2.0
/*
 * Reads rules from text and finds the one that answers a request.
 */
#include "sim/carrier/rule.h"

#include "base/error.h"
#include "base/now.h"

/* Cuts `rest` at the first `c`; what follows it stays in `rest`. */
static struct slice cut(struct slice *rest, char c)
{
	ptrdiff_t at = slice_find(*rest, c);
	struct slice head = {rest->p, at < 0 ? rest->n : (size_t)at};

	*rest = slice_skip(*rest, at < 0 ? rest->n : (size_t)at + 1);
	return head;
}

static int read_status(struct slice text, struct carrier_rule *rule)
{
	uint64_t number;
	int rc;

	if (slice_equal(text, SLICE("drop")))
		return 0;
	if (slice_equal(text, SLICE("lose"))) {
		rule->lose = true;
		return 0;
	}
	rc = slice_number(text, 699, &number);
	if (rc)
		return rc;
	rule->status = (unsigned)number;
	return number >= 300 ? 0 : ERR_RANGE;
}

static int read_only(struct slice value, enum carrier_only *only_r)
{
	static const char *const words[] = {
	    [CARRIER_ONLY_ALL] = "all",
	    [CARRIER_ONLY_REGISTER] = "register",
	    [CARRIER_ONLY_CANCEL] = "cancel",
	    [CARRIER_ONLY_REFRESH] = "refresh",
	    [CARRIER_ONLY_OPTIONS] = "options",
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_equal(value, slice_of(words[i]))) {
			*only_r = (enum carrier_only)i;
			return 0;
		}
	return ERR_SYNTAX;
}

static int read_text(struct slice value, char *text_r)
{
	if (value.n >= CARRIER_TEXT_MAX)
		return ERR_LIMIT;
	memcpy(text_r, value.p, value.n);
	text_r[value.n] = '\0';
	return 0;
}

static int read_number(struct slice value, uint32_t *number_r)
{
	uint64_t number;
	int rc = slice_number(value, UINT32_MAX, &number);

	if (!rc)
		*number_r = (uint32_t)number;
	return rc;
}

/* What the table is listed in, or done by, is known once the client is. */
static int read_flag(struct slice key, struct carrier_rule *rule)
{
	bool done = slice_equal(key, SLICE("done")), lists = slice_equal(key, SLICE("lists"));

	if (slice_equal(key, SLICE("full")))
		rule->full = true;
	else if (done || lists || slice_equal(key, SLICE("authenticated")))
		rule->authenticated = true;
	else
		return ERR_SYNTAX;
	rule->done |= done;
	rule->lists |= done || lists;
	return 0;
}

static int read_key(struct slice key, struct slice value, struct carrier_rule *rule)
{
	if (slice_equal(key, SLICE("user")))
		return read_text(value, rule->user);
	if (slice_equal(key, SLICE("contact")))
		return read_text(value, rule->contact);
	if (slice_equal(key, SLICE("only")))
		return read_only(value, &rule->only);
	if (slice_equal(key, SLICE("after")))
		return read_number(value, &rule->after_s);
	if (slice_equal(key, SLICE("for")))
		return read_number(value, &rule->for_s);
	if (slice_equal(key, SLICE("count")))
		return read_number(value, &rule->count);
	if (slice_equal(key, SLICE("retry-after")))
		return read_number(value, &rule->retry_after_s);
	if (slice_equal(key, SLICE("percent")))
		return read_number(value, &rule->percent);
	if (slice_equal(key, SLICE("without")))
		return read_text(value, rule->without);
	return value.n == 0 ? read_flag(key, rule) : ERR_SYNTAX;
}

static int read_rule(struct slice text, struct carrier_rule *rule)
{
	int rc = read_status(cut(&text, ':'), rule);

	while (!rc && text.n) {
		struct slice value = cut(&text, ',');
		struct slice key = cut(&value, '=');

		rc = read_key(key, value, rule);
	}
	return rc;
}

int rule_add(struct carrier_config *config, struct slice text, const char **what_r)
{
	struct carrier_rule rule = {.used = true};
	int rc;

	if (slice_equal(text, SLICE("none"))) {
		memset(config->rules, 0, sizeof(config->rules));
		return 0;
	}
	rc = read_rule(text, &rule);
	if (rc) {
		*what_r = "STATUS (300 to 699), drop or lose, then :KEY=VALUE,...";
		return rc;
	}
	for (unsigned i = 0; i < CARRIER_RULES_MAX; i++)
		if (!config->rules[i].used) {
			config->rules[i] = rule;
			return 0;
		}
	*what_r = "at most 16 rules; `answer none` clears them";
	return ERR_LIMIT;
}

static bool kind_fits(enum carrier_only only, enum carrier_only kind)
{
	/* A refresh is a registration too. */
	return only == CARRIER_ONLY_ALL || only == kind ||
	       (only == CARRIER_ONLY_REGISTER && kind == CARRIER_ONLY_REFRESH);
}

void rules_begin(struct carrier_config *config, uint64_t now_us)
{
	for (unsigned i = 0; i < CARRIER_RULES_MAX; i++)
		if (config->rules[i].used && !config->rules[i].begun) {
			config->rules[i].begun = true;
			config->rules[i].since_us = now_us;
		}
}

static bool time_fits(const struct carrier_rule *rule, uint64_t now_us)
{
	uint64_t age_us = now_us - rule->since_us;

	return age_us >= rule->after_s * US_PER_S &&
	       (!rule->for_s || age_us < ((uint64_t)rule->after_s + rule->for_s) * US_PER_S);
}

/* "r*" is everybody whose name begins with r. */
static bool user_fits(struct slice wanted, struct slice user)
{
	if (wanted.n > 0 && wanted.p[wanted.n - 1] == '*')
		return slice_starts(user, slice_make(wanted.p, wanted.n - 1));
	return wanted.n == 0 || slice_equal(wanted, user);
}

static bool supports(const struct sip_message *msg, struct slice tag)
{
	struct sip_list_cursor cursor = {0};
	struct slice member;

	while (sip_message_list(msg, SIP_SUPPORTED, &cursor, &member))
		if (slice_equal_nocase(member, tag))
			return true;
	return false;
}

static bool request_fits(const struct carrier_rule *rule, const struct rule_request *request)
{
	return rule->authenticated == request->authenticated &&
	       kind_fits(rule->only, request->kind) &&
	       user_fits(slice_of(rule->user), request->user) &&
	       !(rule->without[0] && supports(request->msg, slice_of(rule->without)));
}

struct carrier_rule *rule_match(struct carrier_config *config, struct random *random,
    const struct rule_request *request, uint64_t now_us)
{
	for (unsigned i = 0; i < CARRIER_RULES_MAX; i++) {
		struct carrier_rule *rule = &config->rules[i];

		if (!rule->used || !time_fits(rule, now_us) || !request_fits(rule, request) ||
		    (rule->count && rule->answered >= rule->count) ||
		    (rule->percent && random_below(random, 100) >= rule->percent))
			continue;
		rule->answered++;
		return rule;
	}
	return NULL;
}
