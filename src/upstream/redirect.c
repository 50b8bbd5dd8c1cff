// SPDX-License-Identifier: Apache-2.0
/*
 * Reads, judges and sorts the Contacts of a redirect; they are tried one by one.
 */
#include "upstream/redirect.h"

#include "sip/address.h"
#include "sip/param.h"

#include <stdlib.h>

#define Q_MOST    1000 /* the largest q, in thousandths; also the default */
#define HOP_SHOWN 40
#define NOTE_MAX  120

/* A Contact that may be tried, or the reason why not. */
struct candidate {
	const char *why; /* NULL: usable */
	unsigned q_milli;
	char hop[HOP_MAX];
};

/* Reads the q, such as "1" or "0.75"; the default if it is no number. */
static unsigned read_q(const struct sip_address *address)
{
	unsigned q_milli = 0, digit_milli = 100;
	struct sip_param q;

	if (!sip_param_find(address->params, "q", &q) || q.value.n == 0)
		return Q_MOST;
	if (q.value.p[0] == '1')
		return Q_MOST;
	for (size_t i = q.value.p[0] == '0' ? 1 : 0; i < q.value.n; i++) {
		char c = q.value.p[i];

		if (c == '.')
			continue;
		if (c < '0' || c > '9')
			return Q_MOST;
		q_milli += (unsigned)(c - '0') * digit_milli;
		digit_milli /= 10;
	}
	return q_milli;
}

static const char *judge_transport(const struct sip_uri *uri)
{
	switch (sip_uri_transport(uri)) {
	case SIP_TRANSPORT_NONE:
	case SIP_UDP:
		return NULL;
	case SIP_TCP:
		return "redirected to TCP, which is not spoken yet";
	case SIP_TLS:
		return "redirected to TLS, which is not spoken yet";
	case SIP_TRANSPORT_OTHER:
		break;
	}
	return "redirected to a transport that is not known";
}

static const char *judge_uri(struct slice own_contact, struct slice text, struct sip_uri *uri)
{
	if (sip_uri_parse(text, uri, NULL) < 0)
		return "redirected to a Contact that cannot be read";
	if (uri->scheme == SIP_SCHEME_SIPS)
		return "redirected to sips, which is not spoken yet";
	if (uri->scheme != SIP_SCHEME_SIP)
		return "redirected to what is no SIP address";
	if (sip_uri_equal_text(text, own_contact))
		return "redirected to our own Contact";
	return judge_transport(uri);
}

/* Writes the next hop, without a user: all users of an edge share it. */
static void put_hop(struct buf *b, const struct sip_uri *uri)
{
	buf_puts(b, "sip:");
	buf_put(b, uri->host);
	if (uri->port) {
		buf_putc(b, ':');
		buf_put_u64(b, uri->port);
	}
	buf_put(b, uri->params);
}

static void read_candidate(
    struct slice own_contact, const struct sip_address *address, struct candidate *candidate_r)
{
	struct buf hop = buf_over(candidate_r->hop, sizeof(candidate_r->hop) - 1);
	struct sip_uri uri;

	candidate_r->q_milli = read_q(address);
	candidate_r->why = judge_uri(own_contact, address->uri, &uri);
	if (candidate_r->why)
		return;
	put_hop(&hop, &uri);
	candidate_r->hop[hop.n] = '\0';
	if (hop.full)
		candidate_r->why = "redirected to an address that is too long";
}

/* Inserts a candidate by q; equals stay in their order. */
static unsigned insert(struct candidate *list, unsigned n, const struct candidate *one)
{
	unsigned at = n;

	while (at > 0 && list[at - 1].q_milli < one->q_milli)
		at--;
	if (at == REDIRECT_CONTACTS_MAX)
		return n;
	if (n == REDIRECT_CONTACTS_MAX)
		n--;
	memmove(&list[at + 1], &list[at], (n - at) * sizeof(*list));
	list[at] = *one;
	return n + 1;
}

/* Notes a Contact that is not used, for traces. */
static void note_unused(
    struct upstreams *u, const struct exchange *exchange, struct slice contact, const char *why)
{
	const struct exchange_ops *ops = exchange_ops(u, exchange);
	char text[NOTE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (!ops->note)
		return;
	buf_puts(&b, why);
	buf_puts(&b, ": ");
	buf_put(&b, slice_make(contact.p, contact.n < HOP_SHOWN ? contact.n : HOP_SHOWN));
	ops->note(exchange_context(u, exchange), exchange, NULL, NULL, buf_slice(&b));
}

/* Lists the usable Contacts, the best first; `why_r` is about the first one that is not usable. */
static unsigned read_contacts(struct upstreams *u, const struct exchange *exchange,
    struct slice own_contact, const struct sip_message *response, struct candidate *list,
    const char **why_r)
{
	struct sip_list_cursor cursor = {0};
	struct candidate one;
	struct sip_address address;
	struct slice member;
	unsigned n = 0;

	*why_r = NULL;
	while (sip_message_list(response, SIP_CONTACT, &cursor, &member)) {
		if (sip_address_parse(member, &address, NULL) < 0 || address.is_star)
			one.why = "redirected to a Contact that cannot be read";
		else
			read_candidate(own_contact, &address, &one);
		if (!one.why) {
			n = insert(list, n, &one);
			continue;
		}
		if (!*why_r)
			*why_r = one.why;
		note_unused(u, exchange, member, one.why);
	}
	if (!*why_r)
		*why_r = "redirected without a Contact";
	return n;
}

static struct redirect *find(
    const struct upstreams *u, const struct exchange *exchange, pool_handle *handle_r)
{
	if (exchange->redirect == 0)
		return NULL;
	return pool_walk(u->redirects, exchange->redirect - 1U, handle_r);
}

void redirect_forget(struct upstreams *u, struct exchange *exchange)
{
	pool_handle handle;
	struct redirect *redirect = find(u, exchange, &handle);

	exchange->redirect = 0;
	if (!redirect)
		return;
	for (unsigned i = redirect->next; i < redirect->count; i++)
		free(redirect->hops[i]);
	pool_give(u->redirects, handle);
}

static void keep(struct redirect *redirect, const char *hop)
{
	char *copy = redirect->count < REDIRECT_CONTACTS_MAX ? slice_copy(slice_of(hop)) : NULL;

	if (copy)
		redirect->hops[redirect->count++] = copy;
}

/* Keeps the Contacts of this redirect, then those of the last one. Without memory it keeps none. */
static void keep_others(
    struct upstreams *u, struct exchange *exchange, const struct candidate *list, unsigned n)
{
	pool_handle handle, before_handle;
	struct redirect *before = find(u, exchange, &before_handle), *redirect;

	if (n <= 1)
		return;
	redirect = pool_take(u->redirects, &handle);
	if (!redirect)
		return;
	for (unsigned i = 1; i < n; i++)
		keep(redirect, list[i].hop);
	for (unsigned i = before ? before->next : 0; before && i < before->count; i++)
		keep(redirect, before->hops[i]);
	redirect_forget(u, exchange);
	exchange->redirect = (uint16_t)(pool_handle_slot(handle) + 1);
}

static bool go(struct upstreams *u, struct exchange *exchange, const char *hop)
{
	const struct upstream *before = upstream_get(u, exchange_ops(u, exchange)->home(exchange));
	struct upstream *upstream;

	if (upstream_take(u, slice_of(hop), &upstream) < 0)
		return false;
	/* Credentials may go to the realm that home has. */
	if (!upstream->realm && before->realm)
		upstream_learn_realm(upstream, slice_of(before->realm));
	exchange_set_route(u, exchange, upstream);
	exchange->is_redirected = true;
	return true;
}

bool redirect_follow(struct upstreams *u, struct exchange *exchange, struct slice own_contact,
    const struct sip_message *response, const char **why_r)
{
	struct candidate list[REDIRECT_CONTACTS_MAX];
	unsigned n;

	*why_r = "redirected more than 5 times";
	if (exchange->redirects >= REDIRECTS_MAX)
		return false;
	n = read_contacts(u, exchange, own_contact, response, list, why_r);
	if (n == 0)
		return false;
	*why_r = "redirected, and too many upstreams are known already";
	keep_others(u, exchange, list, n);
	if (!go(u, exchange, list[0].hop) && !redirect_next(u, exchange))
		return false;
	exchange->redirects++;
	return true;
}

bool redirect_next(struct upstreams *u, struct exchange *exchange)
{
	pool_handle handle;
	struct redirect *redirect = find(u, exchange, &handle);
	bool goes = false;

	while (redirect && !goes && redirect->next < redirect->count) {
		char *hop = redirect->hops[redirect->next++];

		goes = go(u, exchange, hop);
		free(hop);
	}
	return goes;
}

void redirect_end(struct upstreams *u, struct exchange *exchange, struct upstream *home)
{
	exchange_set_route(u, exchange, home);
	redirect_forget(u, exchange);
	exchange->is_redirected = false;
	exchange->redirects = 0;
}

void redirect_put_reason(
    const struct upstreams *u, struct buf *b, const struct exchange *exchange, struct slice why)
{
	const struct upstream *route = upstream_get(u, exchange->route);
	struct slice hop = slice_of(route ? route->hop : "");

	if (exchange->is_redirected) {
		buf_puts(b, "redirected to ");
		buf_put(b, slice_make(hop.p, hop.n < HOP_SHOWN ? hop.n : HOP_SHOWN));
		buf_puts(b, ": ");
	}
	buf_put(b, why);
}
