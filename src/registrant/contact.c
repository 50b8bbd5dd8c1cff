// SPDX-License-Identifier: Apache-2.0
/*
 * Finds our own Contact in a list: first by name, then by ever weaker signs.
 */
#include "registrant/contact.h"

#include "registrant/listing.h"
#include "registrant/request.h"
#include "sip/address.h"
#include "sip/param.h"
#include "upstream/upstream.h"

/* The Contacts that are kept of a list. A trunk's AOR does not have more. */
#define LISTED_MAX CONTACT_OTHERS_MAX
#define PORT_SIP   5060

struct member {
	struct slice text;   /* the URI as listed */
	struct slice params; /* of the header, not of the URI */
	struct sip_uri uri;
	bool has_expires;
	uint32_t expires_s;
};

static uint32_t header_expires(const struct sip_message *response, uint32_t otherwise_s)
{
	uint32_t seconds;

	if (sip_delta_seconds(sip_message_value(response, SIP_EXPIRES), &seconds) < 0)
		return otherwise_s;
	return seconds;
}

static bool is_as_sent(const struct holding *holding, const struct member *one)
{
	return slice_equal(holding_contact(holding), one->text);
}

/* Compares bytes first, which is quick: most upstreams echo the Contact as it was sent. */
static bool is_ours_by_name(const struct holding *holding, const struct member *one)
{
	return is_as_sent(holding, one) || sip_uri_equal_text(holding_contact(holding), one->text);
}

static bool is_exact(const struct holding *holding, const struct member *one)
{
	if (is_ours_by_name(holding, one))
		return true;
	return holding->echoed && sip_uri_equal_text(slice_of(holding->echoed), one->text);
}

/* True if our Contact user tells us from others: it is not simply that of the AOR. */
static bool has_own_user(const struct holding *holding, const struct sip_uri *own)
{
	return own->user.n > 0 &&
	       !sip_user_equal(own->user, account_text(holding->account, ACCOUNT_USERNAME));
}

/* True if it equals ours apart from parameters, or has our unique user at another address. */
static bool is_like(const struct holding *holding, const struct member *one)
{
	struct sip_uri own;

	if (sip_uri_parse(holding_contact(holding), &own, NULL) < 0 ||
	    !sip_user_equal(own.user, one->uri.user))
		return false;
	return has_own_user(holding, &own) ||
	       (own.port == one->uri.port && slice_equal_nocase(own.host, one->uri.host));
}

static int read_member(struct slice text, uint32_t otherwise_s, struct member *one_r)
{
	struct sip_address address;
	struct sip_param expires;

	if (sip_address_parse(text, &address, NULL) < 0 || address.is_star ||
	    sip_uri_parse(address.uri, &one_r->uri, NULL) < 0)
		return ERR_SYNTAX;
	one_r->text = address.uri;
	one_r->params = address.params;
	one_r->expires_s = otherwise_s;
	one_r->has_expires = sip_param_find(address.params, "expires", &expires) &&
	                     sip_delta_seconds(expires.value, &one_r->expires_s) == 0;
	return 0;
}

/* Reads the Contacts with their expiries. If there are too many, ours is kept all the same. */
static unsigned read_listed(const struct holding *holding, const struct sip_message *response,
    uint32_t asked_s, struct member listed_r[LISTED_MAX])
{
	struct member *last = &listed_r[LISTED_MAX - 1], one;
	uint32_t otherwise_s = header_expires(response, asked_s);
	struct sip_list_cursor cursor = {0};
	struct slice text;
	unsigned n = 0;

	while (sip_message_list(response, SIP_CONTACT, &cursor, &text)) {
		if (read_member(text, otherwise_s, &one) < 0)
			continue;
		if (n < LISTED_MAX)
			listed_r[n++] = one;
		else if (is_exact(holding, &one) ||
		         (is_like(holding, &one) && !is_exact(holding, last)))
			*last = one;
	}
	return n;
}

/* True if it has our instance-id (RFC 5626), which nobody else has, whatever its URI. */
static bool has_instance(const struct contact_question *question, const struct member *one)
{
	struct sip_param instance;

	return question->instance_n > 0 &&
	       sip_param_find(one->params, "+sip.instance", &instance) &&
	       slice_equal(instance.value, slice_make(question->instance, question->instance_n));
}

static bool is_at(const struct member *one, const struct netaddr *place)
{
	struct netaddr host;

	if (place->family == 0 || netaddr_parse_ip(one->uri.host, &host) < 0)
		return false;
	return netaddr_equal_ip(&host, place) &&
	       place->port == (one->uri.port ? one->uri.port : PORT_SIP);
}

bool contact_is_seen_elsewhere(const struct sip_message *response, const struct netaddr *local)
{
	const struct sip_via *via = &response->via;
	struct netaddr sent, seen;

	if (!response->has_via)
		return false;
	if (netaddr_parse_ip(via->host, &sent) < 0)
		sent = *local;
	if (via->received.n > 0 && netaddr_parse_ip(via->received, &seen) == 0 &&
	    !netaddr_equal_ip(&seen, &sent))
		return true;
	return via->rport && via->rport != (via->port ? via->port : PORT_SIP);
}

/* The address from which upstream saw the request come (RFC 3581); family 0: unknown. */
static struct netaddr seen_at(const struct sip_message *response)
{
	const struct sip_via *via = &response->via;
	struct netaddr seen;

	if (!response->has_via ||
	    netaddr_parse_ip(via->received.n ? via->received : via->host, &seen) < 0)
		return (struct netaddr){0};
	seen.port = via->rport ? via->rport : via->port ? via->port : PORT_SIP;
	return seen;
}

/*
 * An upstream that rewrites Contacts may give several of ours one name, at once or one after the
 * other. So a name by which it has listed a debt's Contact is no sign that this is still the
 * debt's.
 */
static bool is_only_echo_of_debt(const struct holding *other, const struct member *one)
{
	return !is_ours_by_name(other, one) && other->exchange &&
	       other->exchange->kind == HOLDER_DEBT;
}

/* True if it is the Contact of another registration or debt of this account. */
static bool is_of_another(
    const struct registrant *r, const struct holding *holding, const struct member *one)
{
	const struct holding *other;
	uint32_t cursor = 0;

	if (!r)
		return false;
	while ((other = holding_sibling(r, holding, &cursor)))
		if (is_exact(other, one) && !is_only_echo_of_debt(other, one))
			return true;
	return false;
}

typedef bool (*is_own_fn)(const struct contact_question *question, const struct member *one,
    const struct sip_message *response);

static bool is_own_as_sent(const struct contact_question *question, const struct member *one,
    const struct sip_message *response)
{
	(void)response;
	return is_as_sent(question->holding, one);
}

static bool is_own_exact(const struct contact_question *question, const struct member *one,
    const struct sip_message *response)
{
	(void)response;
	return is_exact(question->holding, one);
}

static bool is_own_like(const struct contact_question *question, const struct member *one,
    const struct sip_message *response)
{
	(void)response;
	return (is_like(question->holding, one) || has_instance(question, one)) &&
	       !is_of_another(question->r, question->holding, one);
}

static bool is_own_place(const struct contact_question *question, const struct member *one,
    const struct sip_message *response)
{
	struct netaddr seen = seen_at(response);

	return is_at(one, &seen) && !is_of_another(question->r, question->holding, one);
}

/* Finds ours among the Contacts with time left; of several, the one with most. */
static const struct member *find_live(const struct contact_question *question,
    const struct sip_message *response, const struct member *listed, unsigned n, is_own_fn is_own)
{
	const struct member *own = NULL;

	for (unsigned i = 0; i < n; i++)
		if (listed[i].expires_s > 0 && (!own || listed[i].expires_s > own->expires_s) &&
		    is_own(question, &listed[i], response))
			own = &listed[i];
	return own;
}

/* Finds ours with no time left. An upstream that lists it by its exact name does not rewrite it. */
static const struct member *find_ended(
    const struct contact_question *question, const struct member *listed, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_exact(question->holding, &listed[i]))
			return &listed[i];
	return NULL;
}

/* The only Contact with time left; NULL if there is none or more than one. */
static const struct member *only_live(const struct member *listed, unsigned n)
{
	const struct member *live = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (listed[i].expires_s == 0)
			continue;
		if (live)
			return NULL;
		live = &listed[i];
	}
	return live;
}

/* The only Contact with time left counts as ours if it has our address, or may be rewritten. */
static const struct member *find_rewritten(
    const struct contact_question *question, const struct member *listed, unsigned n)
{
	const struct member *live = only_live(listed, n);

	if (!live || is_of_another(question->r, question->holding, live))
		return NULL;
	return question->may_rewrite || is_at(live, &question->local) ? live : NULL;
}

/* The signs by which a Contact is ours, the surest first. */
static const struct {
	is_own_fn is_own;
	enum contact_match match;
} signs[] = {
    {is_own_as_sent, CONTACT_EXACT},
    {is_own_exact, CONTACT_EXACT},
    {is_own_like, CONTACT_LIKE},
    {is_own_place, CONTACT_REWRITTEN},
};

static const struct member *find_own(const struct contact_question *question,
    const struct sip_message *response, const struct member *listed, unsigned n,
    enum contact_match *match_r)
{
	const struct member *own;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		own = find_live(question, response, listed, n, signs[i].is_own);
		*match_r = signs[i].match;
		if (own)
			return own;
	}
	*match_r = CONTACT_EXACT;
	own = find_ended(question, listed, n);
	if (own)
		return own;
	own = find_rewritten(question, listed, n);
	*match_r = own ? CONTACT_REWRITTEN : CONTACT_FOREIGN;
	return own;
}

void contact_ask(struct registrant *r, const struct holding *holding, const struct netaddr *local,
    uint32_t asked_s, struct contact_question *question_r)
{
	const struct upstream *home = upstream_get(r->upstreams, holding->upstream);
	struct buf instance = buf_over(question_r->instance, sizeof(question_r->instance));

	question_r->r = r;
	question_r->holding = holding;
	question_r->local = *local;
	question_r->asked_s = asked_s;
	question_r->may_rewrite = !home->lists_many && !home->lists_as_sent;
	request_put_instance(r, &instance, holding);
	question_r->instance_n = instance.full ? 0 : (uint8_t)instance.n;
}

void contact_learn(
    struct registrant *r, const struct holding *holding, const struct contact_report *report)
{
	struct upstream *home = upstream_get(r->upstreams, holding->upstream);

	if (report->listed > 1)
		home->lists_many = true;
	if (report->uri.n > 0)
		home->lists_own = true;
	if (report->is_as_sent)
		home->lists_as_sent = true;
}

uint32_t contact_left_s(const struct holding *holding, const struct sip_message *response)
{
	struct contact_question question = {.holding = holding};
	struct member listed[LISTED_MAX];
	const struct member *own;
	unsigned n;

	if (!sip_message_header(response, SIP_CONTACT, 0))
		return 0;
	n = read_listed(holding, response, 0, listed);
	own = find_live(&question, response, listed, n, is_own_exact);
	return own ? own->expires_s : 0;
}

void contact_judge(const struct contact_question *question, const struct sip_message *response,
    struct contact_report *report_r)
{
	struct member listed[LISTED_MAX];
	unsigned n = read_listed(question->holding, response, question->asked_s, listed);
	const struct member *own;

	*report_r = (struct contact_report){.match = CONTACT_IMPLIED};
	if (n == 0) {
		report_r->granted_s = header_expires(response, question->asked_s);
		return;
	}
	own = find_own(question, response, listed, n, &report_r->match);
	for (unsigned i = 0; i < n; i++) {
		if (listed[i].expires_s == 0)
			continue;
		report_r->listed++;
		if (&listed[i] != own)
			report_r->foreign++;
	}
	if (own) {
		report_r->granted_s = own->expires_s;
		report_r->uri = own->text;
		report_r->is_as_sent = is_ours_by_name(question->holding, own);
	} else if (report_r->listed == 0) {
		/* All listed Contacts have ended: none stands in our place; nothing was granted. */
		report_r->match = CONTACT_IMPLIED;
	}
}

unsigned contact_others(const struct contact_question *question, const struct sip_message *response,
    const struct contact_report *report, struct contact_other others_r[CONTACT_OTHERS_MAX])
{
	struct member listed[LISTED_MAX];
	unsigned n = read_listed(question->holding, response, question->asked_s, listed),
	         others = 0;

	for (unsigned i = 0; i < n; i++) {
		if (listed[i].expires_s == 0 || listed[i].text.p == report->uri.p)
			continue;
		others_r[others++] = (struct contact_other){
		    .contact = listed[i].text,
		    .expires_s = listed[i].expires_s,
		    .is_like = is_like(question->holding, &listed[i]),
		};
	}
	return others;
}

/* True if an earlier list had it beside the holding's own Contact: it is another binding. */
static bool is_beside(
    const struct listing *listing, const struct holding *holding, struct slice contact)
{
	if (!listing || listing->beside != holding->handle)
		return false;
	for (uint32_t i = 0; i < listing->count; i++)
		if (slice_equal(listing->listed[i].contact, contact))
			return true;
	return false;
}

bool contact_is_listed(const struct registrant *r, const struct holding *holding,
    enum contact_match weakest, const struct holding *other, const struct listing *before,
    const struct sip_message *response)
{
	struct member listed[LISTED_MAX];
	unsigned n = read_listed(holding, response, 0, listed);

	for (unsigned i = 0; i < n; i++) {
		/* Only an expiry of its own says that it is gone. */
		if (listed[i].has_expires && listed[i].expires_s == 0)
			continue;
		if (is_exact(holding, &listed[i]) &&
		    (is_as_sent(holding, &listed[i]) || !other || !is_as_sent(other, &listed[i])))
			return true;
		if (weakest == CONTACT_LIKE && is_like(holding, &listed[i]) &&
		    !(other && is_exact(other, &listed[i])) &&
		    !is_beside(before, holding, listed[i].text) &&
		    !is_of_another(r, holding, &listed[i]))
			return true;
	}
	return false;
}
