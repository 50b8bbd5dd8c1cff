// SPDX-License-Identifier: Apache-2.0
/*
 * The table of kinds.
 */
#include "sim/kind.h"

#include <stdio.h>

static void set_strict(struct upstream_config *config, struct random *random)
{
	(void)random;
	config->ordered = false;
}

static void set_careless(struct upstream_config *config, struct random *random)
{
	(void)random;
	config->cseq_order = false;
	config->cseq_memory_s = 0;
}

static void set_single(struct upstream_config *config, struct random *random)
{
	(void)random;
	config->max_contacts = 1;
}

static void set_rewriting(struct upstream_config *config, struct random *random)
{
	static const enum upstream_rewrite rewrites[] = {
	    UPSTREAM_REWRITE_HOST, UPSTREAM_REWRITE_PORT, UPSTREAM_REWRITE_WHOLE};

	config->rewrite = rewrites[random_below(random, 3)];
	config->max_contacts = 1;
}

static void set_fresh(struct upstream_config *config, struct random *random)
{
	config->fresh_nonce = true;
	config->next_nonce = random_below(random, 2);
	config->stale = random_below(random, 2) ? UPSTREAM_STALE_NEVER : UPSTREAM_STALE_HONEST;
}

static void set_several(struct upstream_config *config, struct random *random)
{
	config->challenge =
	    random_below(random, 2) ? UPSTREAM_CHALLENGE_BOTH : UPSTREAM_CHALLENGE_407;
	snprintf(config->algorithms, sizeof(config->algorithms), "SHA-512-256,SHA-256,MD5");
	config->qop = (enum upstream_qop)random_below(random, 4);
}

static void set_less(struct upstream_config *config, struct random *random)
{
	config->grant_less = 1 + (uint32_t)random_below(random, 20);
}

static void set_more(struct upstream_config *config, struct random *random)
{
	config->grant_more = 1 + (uint32_t)random_below(random, 600);
	config->expires_max_s = 7200;
}

static void set_brief(struct upstream_config *config, struct random *random)
{
	config->min_expires_s = 600 + (uint32_t)random_below(random, 1200);
	config->brief = random_below(random, 2) ? UPSTREAM_BRIEF_CORRECT : UPSTREAM_BRIEF_NO_HEADER;
}

static void set_slow(struct upstream_config *config, struct random *random)
{
	config->delay_ms = 200 + (uint32_t)random_below(random, 3000);
	config->jitter_ms = (uint32_t)random_below(random, 1000);
	config->prompt_challenges = random_below(random, 2) != 0;
}

static void set_forgetful(struct upstream_config *config, struct random *random)
{
	config->forget_s = 3600 + (uint32_t)random_below(random, 7200);
}

static void set_banning(struct upstream_config *config, struct random *random)
{
	(void)random;
	config->flood_requests = 16;
	config->flood_window_s = 2;
	config->flood_ban_s = 300;
}

static void set_terse(struct upstream_config *config, struct random *random)
{
	config->report = (enum upstream_report)(1 + random_below(random, 3));
	config->max_contacts = 1;
	/* One that says nothing of a grant and grants less than was asked would be found by nobody.
	 */
	config->expires_max_s = 7200;
}

static void set_pinging(struct upstream_config *config, struct random *random)
{
	config->ping_s = 5 + (uint32_t)random_below(random, 60);
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
