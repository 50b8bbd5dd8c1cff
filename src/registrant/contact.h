// SPDX-License-Identifier: Apache-2.0
/*
 * Which of the Contacts in an answer to REGISTER is ours, and what was granted.
 * Upstreams rewrite hosts, ports or the whole Contact, leave the list out, or
 * put somebody else's first: whatever is not provably ours counts as foreign.
 */
#pragma once

#include "registrant/holding.h"
#include "sip/message.h"

enum contact_match {
	CONTACT_EXACT,     /* the URI as sent, or as it was echoed before */
	CONTACT_LIKE,      /* ours but for its parameters, or our unique user, or our instance */
	CONTACT_REWRITTEN, /* where we were seen, or the only one of an upstream that may rewrite */
	CONTACT_IMPLIED,   /* none is listed: the header speaks for ours */
	CONTACT_FOREIGN,   /* none of those listed is ours */
};

struct listing;

struct contact_report {
	enum contact_match match;
	uint32_t granted_s;
	bool is_as_sent;  /* ours is listed as the URI that was sent */
	struct slice uri; /* ours as listed; empty where implied */
	uint32_t listed;  /* with an expiry above 0 */
	uint32_t foreign; /* of those, all but ours */
};

#define INSTANCE_MAX 48 /* bytes of an instance-id */

struct contact_question {
	const struct registrant *r; /* knows what else is ours; NULL: nothing */
	const struct holding *holding;
	struct netaddr local;
	uint32_t asked_s;
	bool may_rewrite; /* this upstream never listed two, and never ours as it was sent */
	uint8_t instance_n;
	char instance[INSTANCE_MAX]; /* of the holding, as in the Contact */
};

/* The question about an answer to a request that asked so much and left from there. */
void contact_ask(struct registrant *r, const struct holding *holding, const struct netaddr *local,
    uint32_t asked_s, struct contact_question *question_r);

void contact_judge(const struct contact_question *question, const struct sip_message *response,
    struct contact_report *report_r);

/* The upstream is known better by that report. */
void contact_learn(
    struct registrant *r, const struct holding *holding, const struct contact_report *report);

/*
 * How many seconds our exact Contact has left by any final answer, a refusal included; 0 where it
 * is not listed, or without an expiry: some refusals copy the Contact of the request.
 */
uint32_t contact_left_s(const struct holding *holding, const struct sip_message *response);

/*
 * True where upstream says that the request came from another address or port
 * than its Via names, or where that is a name, than it left from (RFC 3581).
 */
bool contact_is_seen_elsewhere(const struct sip_message *response, const struct netaddr *local);

#define CONTACT_OTHERS_MAX 32

/* One that is not the own Contact of the report, with an expiry above 0. */
struct contact_other {
	struct slice contact; /* the URI as listed */
	uint32_t expires_s;
	bool is_like; /* our unique Contact user at another address */
};

/* The others of a judged response; gives how many. */
unsigned contact_others(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct contact_other others_r[CONTACT_OTHERS_MAX]);

/*
 * After a cancel: true where our Contact is still listed with an expiry above 0. `weakest` says
 * whether one like it counts (CONTACT_EXACT, CONTACT_LIKE); one that is exactly that of `other`,
 * where there is one, is never taken for a likeness, nor is one that stood beside ours in `before`,
 * nor what another holding of `r` (NULL: there is none) was bound as.
 */
bool contact_is_listed(const struct registrant *r, const struct holding *holding,
    enum contact_match weakest, const struct holding *other, const struct listing *before,
    const struct sip_message *response);
