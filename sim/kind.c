// SPDX-License-Identifier: Apache-2.0
/*
 * The table of kinds.
 */
#include "sim/kind.h"

#include <stdio.h>
#include <stdlib.h>

static void set_strict(struct carrier_config *config, struct random *random)
{
	(void)random;
	config->ordered = false;
}

static void set_careless(struct carrier_config *config, struct random *random)
{
	(void)random;
	config->cseq_order = false;
	config->cseq_memory_s = 0;
}

static void set_single(struct carrier_config *config, struct random *random)
{
	(void)random;
	config->max_contacts = 1;
}

static void set_rewriting(struct carrier_config *config, struct random *random)
{
	static const enum carrier_rewrite rewrites[] = {
	    CARRIER_REWRITE_HOST, CARRIER_REWRITE_PORT, CARRIER_REWRITE_WHOLE};

	config->rewrite = rewrites[random_below(random, 3)];
	config->max_contacts = 1;
	/*
	 * Beside another one nobody can tell which name is ours, although it is bound. So it is
	 * displaced, and tried again after RETRY_DELAY, which no grant must end before.
	 */
	if (config->rewrite == CARRIER_REWRITE_WHOLE) {
		config->extra = CARRIER_EXTRA_FOREIGN;
		config->min_expires_s = 1800;
		config->brief = CARRIER_BRIEF_CORRECT;
	}
}

static void set_fresh(struct carrier_config *config, struct random *random)
{
	config->fresh_nonce = true;
	config->next_nonce = random_below(random, 2);
	config->stale = random_below(random, 2) ? CARRIER_STALE_NEVER : CARRIER_STALE_HONEST;
}

static void set_several(struct carrier_config *config, struct random *random)
{
	config->challenge =
	    random_below(random, 2) ? CARRIER_CHALLENGE_BOTH : CARRIER_CHALLENGE_407;
	snprintf(config->algorithms, sizeof(config->algorithms), "SHA-512-256,SHA-256,MD5");
	config->qop = (enum carrier_qop)random_below(random, 4);
}

static void set_less(struct carrier_config *config, struct random *random)
{
	config->grant_less = 1 + (uint32_t)random_below(random, 20);
}

static void set_more(struct carrier_config *config, struct random *random)
{
	config->grant_more = 1 + (uint32_t)random_below(random, 600);
	config->expires_max_s = 7200;
}

static void set_brief(struct carrier_config *config, struct random *random)
{
	config->min_expires_s = 600 + (uint32_t)random_below(random, 1200);
	config->brief = random_below(random, 2) ? CARRIER_BRIEF_CORRECT : CARRIER_BRIEF_NO_HEADER;
	/* One that does not say what it wants gets twice what was wanted, and no more. */
	if (config->brief == CARRIER_BRIEF_NO_HEADER)
		config->min_expires_s = 61 + config->min_expires_s % 60;
}

/* Twice what was asked, at most twice in a row. */
static void set_rising(struct carrier_config *config, struct random *random)
{
	config->min_expires_s = 121 + (uint32_t)random_below(random, 120);
	config->brief = CARRIER_BRIEF_RISING;
}

static void set_slow(struct carrier_config *config, struct random *random)
{
	config->delay_ms = 200 + (uint32_t)random_below(random, 3000);
	config->jitter_ms = (uint32_t)random_below(random, 1000);
	config->prompt_challenges = random_below(random, 2) != 0;
}

static void set_forgetful(struct carrier_config *config, struct random *random)
{
	config->forget_s = 3600 + (uint32_t)random_below(random, 7200);
}

static void set_banning(struct carrier_config *config, struct random *random)
{
	(void)random;
	config->flood_requests = 16;
	config->flood_window_s = 2;
	config->flood_ban_s = 300;
}

static void set_terse(struct carrier_config *config, struct random *random)
{
	config->report = (enum carrier_report)(1 + random_below(random, 3));
	config->max_contacts = 1;
	/* One that says nothing of a grant and grants less than was asked would be found by nobody.
	 */
	config->expires_max_s = 7200;
}

static void set_pinging(struct carrier_config *config, struct random *random)
{
	config->ping_s = 5 + (uint32_t)random_below(random, 60);
}

static void tell(struct carrier_config *config, const char *rule)
{
	if (carrier_config_set(config, "answer", rule, NULL) < 0)
		abort();
}

/* Now and then, for good; more of it comes as a refusal for a while. */
static void set_binding(struct carrier_config *config, struct random *random)
{
	static const char *const rules[] = {"420:done,percent=20", "400:done,percent=20",
	    "503:done,percent=10", "420:done,only=cancel,percent=50", "503:lists,percent=10"};

	tell(config, rules[random_below(random, sizeof(rules) / sizeof(rules[0]))]);
}

static const char *const binding_refusals[] = {"420:done", "400:done", "503:done",
    "420:done,only=cancel", "503:done,only=refresh", "503:done,retry-after=60", "400:lists",
    "503:lists,only=refresh", NULL};

static void set_sbc(struct carrier_config *config, struct random *random)
{
	static const enum carrier_rewrite rewrites[] = {
	    CARRIER_REWRITE_SEEN, CARRIER_REWRITE_ADDS, CARRIER_REWRITE_DROPS};

	config->rewrite = rewrites[random_below(random, 3)];
	config->nat = random_below(random, 2);
	config->extra = random_below(random, 3) ? CARRIER_EXTRA_FOREIGN : CARRIER_EXTRA_NONE;
	config->max_contacts = 1;
}

static void set_whole(struct carrier_config *config, struct random *random)
{
	config->replaces = true;
	config->qop = random_below(random, 2) ? CARRIER_QOP_NONE : CARRIER_QOP_AUTH;
	config->report = random_below(random, 2) ? CARRIER_REPORT_OWN : CARRIER_REPORT_CONTACTS;
}

static void set_full(struct carrier_config *config, struct random *random)
{
	static const uint32_t rests_s[] = {0, 120, 1800};

	config->max_contacts = 1;
	config->limit_status = 503;
	config->limit_retry_s = rests_s[random_below(random, 3)];
}

static void set_fronts(struct carrier_config *config, struct random *random)
{
	config->front_ends = 2 + (uint32_t)random_below(random, 2);
	config->front_end_s = 60 + (uint32_t)random_below(random, 3600);
	config->first_credentials = random_below(random, 4) > 0;
	config->stale = random_below(random, 2) ? CARRIER_STALE_LOOSE : CARRIER_STALE_HONEST;
}

static void set_once(struct carrier_config *config, struct random *random)
{
	static const uint32_t statuses[] = {403, 400, 480, 404, 0};

	config->fresh_nonce = true;
	config->spent_status = statuses[random_below(random, 5)];
}

static void set_leading(struct carrier_config *config, struct random *random)
{
	if (random_below(random, 2))
		tell(config, "302:contact=sip:192.0.2.2:5060,only=refresh,percent=10");
}

static const char *const leading_refusals[] = {"302:contact=sip:192.0.2.2:5060",
    "302:contact=sip:192.0.2.2:5060,only=refresh", "302:contact=sip:192.0.2.2:5060,only=register",
    "302:contact=sip:192.0.2.2:5060,only=cancel", NULL};

static void set_written(struct carrier_config *config, struct random *random)
{
	config->write_back_s = 10 + (uint32_t)random_below(random, 290);
}

static void set_gone(struct carrier_config *config, struct random *random)
{
	static const uint32_t statuses[] = {404, 410, 481};

	config->gone_status = statuses[random_below(random, 3)];
	config->report = random_below(random, 2) ? CARRIER_REPORT_OWN : CARRIER_REPORT_CONTACTS;
}

static void set_weak(struct carrier_config *config, struct random *random)
{
	snprintf(config->algorithms, sizeof(config->algorithms), "SHA-256,MD5");
	snprintf(config->wrong_algorithms, sizeof(config->wrong_algorithms), "SHA-256");
	config->wrong_status = random_below(random, 2) ? 403 : 401;
}

static const struct kind kinds[] = {
    {.name = "strict", .help = "RFC 3261 10.3 to the letter", .set = set_strict},
    {.name = "careless", .help = "minds no CSeq", .set = set_careless},
    {.name = "single",
        .help = "one binding, a second one gets 403",
        .set = set_single,
        .is_single = true},
    {.name = "rewriting",
        .help = "echoes another Contact",
        .set = set_rewriting,
        .is_single = true},
    {.name = "fresh", .help = "a nonce is good once", .set = set_fresh},
    {.name = "several", .help = "several realms, algorithms, qops", .set = set_several},
    {.name = "less", .help = "grants less than asked", .set = set_less},
    {.name = "more", .help = "grants more than asked", .set = set_more},
    {.name = "brief", .help = "423", .set = set_brief},
    {.name = "slow", .help = "answers late", .set = set_slow, .most = 100},
    {.name = "forgetful", .help = "drops its table now and then", .set = set_forgetful},
    {.name = "banning", .help = "drops a source above 16 requests in 2 s", .set = set_banning},
    {.name = "terse",
        .help = "lists no Contact, or without expiry",
        .set = set_terse,
        .is_single = true},
    {.name = "pinging", .help = "sends OPTIONS to every binding", .set = set_pinging},
    {.name = "pair", .help = "one table behind two addresses", .set = set_strict, .is_pair = true},
    {.name = "binding",
        .help = "binds with a refusal now and then",
        .set = set_binding,
        .refusals = binding_refusals},
    {.name = "sbc",
        .help = "shows us under another name, beside others",
        .set = set_sbc,
        .is_single = true},
    {.name = "whole",
        .help = "takes every REGISTER, a fetch too, for the whole account",
        .set = set_whole,
        .is_single = true},
    {.name = "full",
        .help = "503 where somebody else holds the account",
        .set = set_full,
        .is_single = true,
        .has_holders = true},
    {.name = "fronts", .help = "front ends with realms of their own", .set = set_fronts},
    {.name = "once",
        .help = "refuses or drops a nonce that was used",
        .set = set_once,
        .most = 300},
    {.name = "leading",
        .help = "leads to another registrar now and then",
        .set = set_leading,
        .has_target = true,
        .refusals = leading_refusals},
    {.name = "written",
        .help = "brings back what was cancelled, after a crash",
        .set = set_written},
    {.name = "rising", .help = "423 with ever more", .set = set_rising},
    {.name = "gone", .help = "404 to a cancel of what is gone", .set = set_gone},
    {.name = "weak", .help = "offers SHA-256 and can do MD5 only", .set = set_weak, .most = 250},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct kind *kind_at(unsigned index)
{
	return index < KINDS ? &kinds[index] : NULL;
}

const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
