// SPDX-License-Identifier: Apache-2.0
/*
 * Rules: answers given instead of the proper ones, for all or for some, always
 * or for a while. Their text is described at struct carrier_rule.
 */
#pragma once

#include "base/random.h"
#include "sim/carrier_config.h"
#include "sip/message.h"

/* Reads one rule into a free place of the configuration. ERR_SYNTAX, ERR_RANGE, ERR_LIMIT. */
MUST_CHECK int rule_add(struct carrier_config *config, struct slice text, const char **what_r);

/* What a rule looks at. */
struct rule_request {
	struct slice user; /* of the AOR; empty where there is none */
	enum carrier_only kind;
	bool authenticated;
	const struct sip_message *msg;
};

/* The first rule that fits now, its count taken; or NULL. */
struct carrier_rule *rule_match(struct carrier_config *config, struct random *random,
    const struct rule_request *request, uint64_t now_us);

/* Rules that are new begin now: their `after` and `for` count from here. */
void rules_begin(struct carrier_config *config, uint64_t now_us);
