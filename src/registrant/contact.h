// SPDX-License-Identifier: Apache-2.0
/*
 * Finds our Contact in the answer to a REGISTER, and what was granted to it.
 * Upstreams rewrite hosts, ports or the whole Contact, leave the list out, or put
 * somebody else's first. A Contact that is not provably ours counts as foreign.
 */
#pragma once

#include "registrant/holding.h"
#include "sip/message.h"

enum contact_match {
	CONTACT_EXACT,     /* the URI as it was sent, or as upstream listed it before */
	CONTACT_LIKE,      /* ours apart from parameters, or our unique user, or our instance-id */
	CONTACT_REWRITTEN, /* at the address where we were seen, or the only one and rewritten */
	CONTACT_IMPLIED,   /* no living Contact is listed: the Expires header counts */
	CONTACT_FOREIGN,   /* Contacts are listed, but none is ours */
};

struct listing;

struct contact_report {
	enum contact_match match;
	uint32_t granted_s; /* 0: nothing was granted */
	bool is_as_sent;    /* ours is listed as the URI that was sent */
	struct slice uri;   /* ours as listed, a slice of the response; empty if it is not */
	uint32_t listed;    /* Contacts with an expiry above 0 */
	uint32_t foreign;   /* of those, all but ours */
};

#define INSTANCE_MAX 48 /* bytes of an instance-id */

/* What contact_judge() has to know; contact_ask() fills it in. */
struct contact_question {
	const struct registrant
	    *r; /* to find other holdings of the account; NULL: there are none */
	const struct holding *holding;
	struct netaddr local; /* the request was sent from it */
	uint32_t asked_s;
	bool may_rewrite; /* upstream has never listed two Contacts, nor ours as it was sent */
	uint8_t instance_n;
	char instance[INSTANCE_MAX]; /* the holding's instance-id, as in its Contact */
};

/* Makes the question about the answer to a request for `asked_s` that was sent from `local`. */
void contact_ask(struct registrant *r, const struct holding *holding, const struct netaddr *local,
    uint32_t asked_s, struct contact_question *question_r);

void contact_judge(const struct contact_question *question, const struct sip_message *response,
    struct contact_report *report_r);

/* Notes what a report shows of the upstream: whether it lists several Contacts, and ours. */
void contact_learn(
    struct registrant *r, const struct holding *holding, const struct contact_report *report);

/*
 * The seconds that our exact Contact has left, by the list in any final answer, a refusal included.
 * 0 if it is not listed, or without an expiry: some refusals copy the Contact of the request.
 */
uint32_t contact_left_s(const struct holding *holding, const struct sip_message *response);

/*
 * True if upstream says that the request came from another address or port than its
 * Via names (RFC 3581). If Via has a host name, `local` is compared instead.
 */
bool contact_is_seen_elsewhere(const struct sip_message *response, const struct netaddr *local);

#define CONTACT_OTHERS_MAX 32

/* A listed Contact with an expiry above 0 that is not ours. */
struct contact_other {
	struct slice contact; /* the URI as listed */
	uint32_t expires_s;
	bool is_like; /* our unique Contact user at another address */
};

/* Lists the other Contacts of a judged response; returns how many. */
unsigned contact_others(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct contact_other others_r[CONTACT_OTHERS_MAX]);

/*
 * After a cancel: true if our Contact is still listed and has not ended. If `weakest` is
 * CONTACT_LIKE, a Contact like ours counts, too. Then these are not counted: the exact Contact of
 * `other` (may be NULL), a Contact that stood beside ours in the list `before` (may be NULL), and
 * the exact Contact of any other holding of the account (`r` may be NULL).
 */
bool contact_is_listed(const struct registrant *r, const struct holding *holding,
    enum contact_match weakest, const struct holding *other, const struct listing *before,
    const struct sip_message *response);
