// SPDX-License-Identifier: Apache-2.0
/*
 * The settings of the strict registrar as one table: names, kinds, ranges and
 * help. Rules (`answer`) have a reader of their own in sim/carrier/rule.c.
 */
#include "sim/carrier_config.h"

#include "base/error.h"
#include "sim/carrier/rule.h"

#include <stddef.h>

enum kind { KIND_TEXT, KIND_NUMBER, KIND_SIGNED, KIND_FLAG, KIND_WORD, KIND_FLOOD, KIND_RULE };

struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	uint32_t max;      /* of numbers */
	const char *words; /* "a|b|c", in the order of the enum; of others what they take */
	const char *help;
};

#define AT(field) offsetof(struct carrier_config, field)
#define PERCENT   100
#define SECONDS   4000000

static const struct row rows[] = {
    {"domain", KIND_TEXT, AT(domain), 0, "HOST", "host that is served, others get 404 (any)"},
    {"realm", KIND_TEXT, AT(realm), 0, "TEXT", "realm of challenges (practice)"},
    {"proxy-realm", KIND_TEXT, AT(proxy_realm), 0, "TEXT", "of the 407 with --challenge both"},
    {"algorithms", KIND_TEXT, AT(algorithms), 0, "A,B", "a challenge each, in order (MD5)"},
    {"opaque", KIND_TEXT, AT(opaque), 0, "TEXT", "opaque of challenges (none)"},
    {"service-route", KIND_TEXT, AT(service_route), 0, "ROUTE", "Service-Route of the 200"},
    {"server", KIND_TEXT, AT(server), 0, "TEXT", "Server header"},
    {"any-account", KIND_TEXT, AT(any_password), 0, "PASSWORD", "lets in every user with it"},
    {"challenge", KIND_WORD, AT(challenge), 0, "401|407|both|none", "how clients are challenged"},
    {"qop", KIND_WORD, AT(qop), 0, "auth|none|auth-int|both", "qop offered"},
    {"stale", KIND_WORD, AT(stale), 0, "honest|always|never|loose", "stale=true in challenges"},
    {"wrong-status", KIND_NUMBER, AT(wrong_status), 699, "401|403", "answer to a wrong digest"},
    {"nonce-life", KIND_NUMBER, AT(nonce_life_s), SECONDS, "S", "seconds, 0 without end (300)"},
    {"fresh-nonce", KIND_FLAG, AT(fresh_nonce), 0, "on|off", "a nonce is good for one request"},
    {"next-nonce", KIND_FLAG, AT(next_nonce), 0, "on|off", "nextnonce in the 200"},
    {"spent-status", KIND_NUMBER, AT(spent_status), 699, "STATUS",
        "answer to a nonce used up or too old, 0 silence (401)"},
    {"wrong-algorithms", KIND_TEXT, AT(wrong_algorithms), 0, "A,B",
        "offered, but no digest made with them is right"},
    {"front-ends", KIND_NUMBER, AT(front_ends), 100, "N", "with realms of their own: fe-1.REALM"},
    {"front-end-life", KIND_NUMBER, AT(front_end_s), SECONDS, "S",
        "another one answers so often, 0 one for each of our addresses (0)"},
    {"first-credentials", KIND_FLAG, AT(first_credentials), 0, "on|off",
        "reads the first Authorization header only"},
    {"expires-default", KIND_NUMBER, AT(expires_default_s), SECONDS, "S", "when not asked (3600)"},
    {"expires-max", KIND_NUMBER, AT(expires_max_s), SECONDS, "S", "largest grant (3600)"},
    {"min-expires", KIND_NUMBER, AT(min_expires_s), SECONDS, "S", "below it 423 (0)"},
    {"brief", KIND_WORD, AT(brief), 0, "correct|no-header|low|forever|cancel|equal|rising",
        "manner of the 423"},
    {"grant", KIND_SIGNED, AT(grant), SECONDS, "S", "grants exactly this, -1 as asked"},
    {"grant-less", KIND_NUMBER, AT(grant_less), SECONDS, "S", "grants less than asked"},
    {"grant-more", KIND_NUMBER, AT(grant_more), SECONDS, "S", "grants more than asked"},
    {"report", KIND_WORD, AT(report), 0, "contacts|bare|expires|nothing|own", "what the 200 lists"},
    {"rewrite", KIND_WORD, AT(rewrite), 0, "none|host|port|whole|seen|adds|drops",
        "our Contact in the 200; seen: the AOR's user at the address it came from"},
    {"extra", KIND_WORD, AT(extra), 0, "none|foreign|only|stale", "foreign Contact in the 200"},
    {"cancel", KIND_WORD, AT(cancel), 0, "removes|zero|ignored", "what a cancel does"},
    {"max-contacts", KIND_NUMBER, AT(max_contacts), 1000, "N", "per AOR, 0 no limit (0)"},
    {"replace-oldest", KIND_FLAG, AT(replace_oldest), 0, "on|off", "at the limit, no refusal"},
    {"limit-status", KIND_NUMBER, AT(limit_status), 699, "403|503",
        "at the limit; 503 lists the holders, with P-Registrar-Error (403)"},
    {"limit-retry-after", KIND_NUMBER, AT(limit_retry_s), SECONDS, "S", "Retry-After of that 503"},
    {"gone-status", KIND_NUMBER, AT(gone_status), 699, "200|404|410|481",
        "answer to a cancel of what is not bound (200)"},
    {"replaces", KIND_FLAG, AT(replaces), 0, "on|off",
        "each REGISTER is the whole account: a fetch or a cancel empties it"},
    {"cseq-order", KIND_FLAG, AT(cseq_order), 0, "on|off", "refuses a CSeq that does not rise"},
    {"cseq-memory", KIND_NUMBER, AT(cseq_memory_s), SECONDS, "S", "order kept after a cancel (40)"},
    {"cseq-status", KIND_NUMBER, AT(cseq_status), 699, "500|400", "status of that refusal"},
    {"fetch", KIND_FLAG, AT(fetch), 0, "on|off", "answers REGISTER without Contact"},
    {"fetch-hides", KIND_FLAG, AT(fetch_hides), 0, "on|off", "lists nothing to such a one"},
    {"ordered", KIND_FLAG, AT(ordered), 0, "on|off", "the network keeps order"},
    {"nat", KIND_FLAG, AT(nat), 0, "on|off", "sees clients at another address, as its Via says"},
    {"write-back", KIND_NUMBER, AT(write_back_s), SECONDS, "S",
        "the table reaches the disk so often: `restart` brings back what was cancelled since"},
    {"silent", KIND_FLAG, AT(silent), 0, "on|off", "answers nothing"},
    {"delay", KIND_NUMBER, AT(delay_ms), 3600000, "MS", "before an answer"},
    {"jitter", KIND_NUMBER, AT(jitter_ms), 3600000, "MS", "added to it at random"},
    {"prompt-challenges", KIND_FLAG, AT(prompt_challenges), 0, "on|off", "leave without delay"},
    {"loss", KIND_NUMBER, AT(loss), PERCENT, "PERCENT", "of requests and of answers lost"},
    {"loss-requests", KIND_NUMBER, AT(loss_requests), PERCENT, "PERCENT", "of requests lost"},
    {"loss-answers", KIND_NUMBER, AT(loss_answers), PERCENT, "PERCENT", "of answers lost"},
    {"duplicate", KIND_NUMBER, AT(duplicate), PERCENT, "PERCENT", "of answers sent twice"},
    {"forget", KIND_NUMBER, AT(forget_s), SECONDS, "S", "drops its table so often"},
    {"ping", KIND_NUMBER, AT(ping_s), SECONDS, "S", "OPTIONS to each binding so often"},
    {"rate-limit", KIND_NUMBER, AT(rate_limit), 1000000, "N", "more a second is an offence"},
    {"antiflood", KIND_FLOOD, 0, 0, "N/W/B|off", "above N requests in W s: silence for B s"},
    {"answer", KIND_RULE, 0, 0, "RULE|none",
        "STATUS, drop or lose, then :KEY=VALUE,... with user, after, for, count, percent, "
        "retry-after, contact, only=register|cancel|refresh|options, without=OPTION-TAG, "
        "authenticated, lists (as a 200 would), done (and what was asked for is done), "
        "full (somebody else holds the account); repeatable"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

void carrier_config_default(struct carrier_config *config)
{
	*config = (struct carrier_config){
	    .realm = "practice",
	    .proxy_realm = "proxy.practice",
	    .algorithms = "MD5",
	    .server = "strict-upstream",
	    .wrong_status = 401,
	    .nonce_life_s = 300,
	    .spent_status = 401,
	    .expires_default_s = 3600,
	    .expires_max_s = 3600,
	    .grant = -1,
	    .limit_status = 403,
	    .gone_status = 200,
	    .cseq_order = true,
	    .cseq_memory_s = 40,
	    .cseq_status = 500,
	    .fetch = true,
	};
}

static int set_text(char *field, struct slice value)
{
	if (value.n >= CARRIER_TEXT_MAX)
		return ERR_LIMIT;
	memcpy(field, value.p, value.n);
	field[value.n] = '\0';
	return 0;
}

static int set_number(const struct row *row, void *field, struct slice value)
{
	uint64_t number;
	int rc = slice_number(value, row->max, &number);

	if (!rc)
		*(uint32_t *)field = (uint32_t)number;
	return rc;
}

static int set_signed(const struct row *row, void *field, struct slice value)
{
	uint64_t number;
	int rc;

	if (slice_equal(value, SLICE("-1"))) {
		*(int32_t *)field = -1;
		return 0;
	}
	rc = slice_number(value, row->max, &number);
	if (!rc)
		*(int32_t *)field = (int32_t)number;
	return rc;
}

static int set_flag(bool *field, struct slice value)
{
	if (slice_equal(value, SLICE("off")))
		*field = false;
	else if (value.n == 0 || slice_equal(value, SLICE("on")))
		*field = true;
	else
		return ERR_SYNTAX;
	return 0;
}

/* Enumerations begin at 0 and are as wide as an int with both compilers. */
static int set_word(const struct row *row, void *field, struct slice value)
{
	struct slice words = slice_of(row->words);

	for (int i = 0;; i++) {
		ptrdiff_t bar = slice_find(words, '|');
		struct slice word = {words.p, bar < 0 ? words.n : (size_t)bar};

		if (slice_equal(word, value)) {
			memcpy(field, &i, sizeof(i));
			return 0;
		}
		if (bar < 0)
			return ERR_SYNTAX;
		words = slice_skip(words, (size_t)bar + 1);
	}
}

/* The part before the next '/', which is taken off; ERR_SYNTAX where it must be the last. */
static int flood_part(struct slice *rest, bool last, uint32_t *number_r)
{
	ptrdiff_t slash = slice_find(*rest, '/');
	struct slice part = {rest->p, slash < 0 ? rest->n : (size_t)slash};
	uint64_t number;
	int rc;

	if ((slash < 0) != last)
		return ERR_SYNTAX;
	rc = slice_number(part, 1000000, &number);
	*rest = slice_skip(*rest, part.n + 1);
	if (!rc)
		*number_r = (uint32_t)number;
	return rc;
}

static int set_flood(struct carrier_config *c, struct slice value)
{
	uint32_t requests, window, ban;
	int rc;

	if (slice_equal(value, SLICE("off"))) {
		c->flood_requests = 0;
		return 0;
	}
	if ((rc = flood_part(&value, false, &requests)) ||
	    (rc = flood_part(&value, false, &window)) || (rc = flood_part(&value, true, &ban)))
		return rc;
	c->flood_requests = requests;
	c->flood_window_s = window;
	c->flood_ban_s = ban;
	return 0;
}

static int set_row(
    struct carrier_config *config, const struct row *row, struct slice value, const char **what_r)
{
	void *field = (char *)config + row->offset;

	*what_r = row->words;
	switch (row->kind) {
	case KIND_TEXT:
		return set_text(field, value);
	case KIND_NUMBER:
		return set_number(row, field, value);
	case KIND_SIGNED:
		return set_signed(row, field, value);
	case KIND_FLAG:
		return set_flag(field, value);
	case KIND_WORD:
		return set_word(row, field, value);
	case KIND_FLOOD:
		return set_flood(config, value);
	case KIND_RULE:
		return rule_add(config, value, what_r);
	}
	return ERR_NOT_FOUND;
}

int carrier_config_set(
    struct carrier_config *config, const char *name, const char *value, const char **what_r)
{
	const char *ignored;

	if (!what_r)
		what_r = &ignored;
	for (size_t i = 0; i < ROWS; i++)
		if (slice_equal(slice_of(rows[i].name), slice_of(name)))
			return set_row(config, &rows[i], slice_of(value ? value : ""), what_r);
	*what_r = "a setting of the list in --help";
	return ERR_NOT_FOUND;
}

bool carrier_setting(unsigned index, struct carrier_setting *setting_r)
{
	if (index >= ROWS)
		return false;
	*setting_r = (struct carrier_setting){
	    rows[index].name, rows[index].words, rows[index].help, rows[index].kind == KIND_FLAG};
	return true;
}
