// SPDX-License-Identifier: Apache-2.0
/*
 * The Contacts of a REGISTER.
 */
#include "registrar/wishes.h"

#include "base/least.h"
#include "sip/address.h"
#include "sip/list.h"
#include "sip/param.h"
#include "txn/require.h"

#define Q_ONE 1000

/* What is read once for all Contacts. */
struct reading {
	struct registrar *registrar;
	const struct endpoint *endpoint;
	const struct sip_message *request;
	struct wishes *wishes;
	const char *reason;
	uint32_t
	    otherwise_s; /* asked for a Contact that has none of its own; UINT32_MAX: nothing is */
	bool may_flow;   /* the client speaks outbound (RFC 5626) */
};

static unsigned refuse(struct reading *reading, unsigned status, const char *reason)
{
	reading->reason = reason;
	return status;
}

/* qvalue (RFC 3261 25.1): 0 to 1 with at most three digits behind the point. */
static bool read_q(struct slice text, uint16_t *milli_r)
{
	uint32_t milli = 0, unit = 100;

	if (text.n == 0 || text.n > 5 || (text.p[0] != '0' && text.p[0] != '1') ||
	    (text.n > 1 && text.p[1] != '.'))
		return false;
	milli = text.p[0] == '1' ? Q_ONE : 0;
	for (size_t i = 2; i < text.n; i++, unit /= 10) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		milli += (uint32_t)(text.p[i] - '0') * unit;
	}
	*milli_r = (uint16_t)milli;
	return milli <= Q_ONE;
}

/* "<urn:uuid:…>" without its brackets (RFC 5626 11.1). */
static struct slice bare_instance(struct slice value)
{
	if (value.n > 2 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		return slice_make(value.p + 1, value.n - 2);
	return value;
}

/* A longest grant is spread over a tenth, so that phones do not come back together. */
static uint32_t longest_s(struct registrar *registrar)
{
	uint32_t most_s = registrar->core->params->endpoint_expire_s;

	return most_s - (uint32_t)random_below(registrar->core->random, most_s / 10 + 1);
}

static uint32_t grant_s(struct registrar *registrar, uint32_t asked_s)
{
	uint32_t most_s;

	if (asked_s <= registrar->core->params->endpoint_expire_s)
		return asked_s;
	most_s = longest_s(registrar);
	return max_u64(most_s, min_u64(registrar->core->params->endpoint_min_expire_s, asked_s));
}

/* +sip.instance and reg-id. One without the other is no flow (RFC 5626 6). */
static unsigned read_flow(
    struct reading *reading, const struct sip_address *address, struct binding_wish *wish)
{
	struct sip_param param;
	uint64_t number;

	if (sip_param_find(address->params, "+sip.instance", &param))
		wish->texts[BINDING_INSTANCE] = bare_instance(param.value);
	if (wish->texts[BINDING_INSTANCE].n > BINDING_INSTANCE_MAX)
		return refuse(reading, 400, "+sip.instance is too long");
	if (!reading->may_flow || wish->texts[BINDING_INSTANCE].n == 0 ||
	    !sip_param_find(address->params, "reg-id", &param))
		return 0;
	if (slice_number(param.value, INT32_MAX, &number) != 0 || number == 0)
		return refuse(reading, 400, "reg-id is no number from 1 to 2147483647");
	wish->reg_id = (uint32_t)number;
	reading->wishes->is_outbound = true;
	return 0;
}

static unsigned read_expiry(
    struct reading *reading, const struct sip_address *address, struct binding_wish *wish)
{
	struct sip_param param;

	wish->expires_s = reading->otherwise_s;
	/* RFC 3261 10.3 6.: what cannot be read counts as 3600. */
	if (sip_param_find(address->params, "expires", &param) &&
	    sip_delta_seconds(param.value, &wish->expires_s) != 0)
		wish->expires_s = 3600;
	if (wish->expires_s > 0 &&
	    wish->expires_s < reading->registrar->core->params->endpoint_min_expire_s)
		return refuse(reading, 423, NULL);
	if (wish->expires_s > 0)
		wish->granted_s = grant_s(reading->registrar, wish->expires_s);
	return 0;
}

static unsigned read_address(
    struct reading *reading, const struct sip_address *address, struct binding_wish *wish)
{
	struct sip_param param;
	unsigned status;

	if (sip_uri_parse(address->uri, &wish->uri, NULL) != 0)
		return refuse(reading, 400, "a Contact is no URI");
	if (wish->uri.headers.n > 0)
		return refuse(reading, 400, "a Contact has headers in its URI");
	if (address->uri.n > BINDING_CONTACT_MAX)
		return refuse(reading, 400, "a Contact is longer than 200 bytes");
	wish->q_milli = Q_ONE;
	if (sip_param_find(address->params, "q", &param) && !read_q(param.value, &wish->q_milli))
		return refuse(reading, 400, "q is no number from 0 to 1");
	wish->texts[BINDING_CONTACT] = address->uri;
	wish->texts[BINDING_CALL_ID] = reading->request->call_id;
	wish->texts[BINDING_PATH] = reading->wishes->path;
	status = read_flow(reading, address, wish);
	if (status == 0)
		status = read_expiry(reading, address, wish);
	return status;
}

static bool means_same(const struct binding_wish *a, const struct binding_wish *b)
{
	if (a->binding || b->binding)
		return a->binding == b->binding;
	if (a->reg_id != b->reg_id)
		return false;
	if (a->reg_id > 0)
		return slice_equal(a->texts[BINDING_INSTANCE], b->texts[BINDING_INSTANCE]);
	return sip_uri_equal(&a->uri, &b->uri);
}

/* Of several Contacts that mean one binding the last one counts. */
static struct binding_wish *find_twin(struct wishes *wishes, const struct binding_wish *wish)
{
	for (unsigned i = 0; i < wishes->count; i++)
		if (means_same(&wishes->items[i], wish))
			return &wishes->items[i];
	return NULL;
}

static unsigned add(struct reading *reading, const struct sip_address *address)
{
	struct wishes *wishes = reading->wishes;
	struct binding_wish wish = {0}, *twin;
	unsigned status = read_address(reading, address, &wish);

	if (status != 0)
		return status;
	wish.binding = binding_find(reading->endpoint, &wish);
	twin = find_twin(wishes, &wish);
	if (!twin && wishes->count == BINDINGS_MAX)
		return refuse(reading, 403, "more Contacts than an endpoint can have");
	*(twin ? twin : &wishes->items[wishes->count++]) = wish;
	return 0;
}

static unsigned read_contacts(struct reading *reading)
{
	struct sip_list_cursor cursor = {0};
	struct sip_address address;
	struct slice member;
	unsigned members = 0, status;

	while (sip_message_list(reading->request, SIP_CONTACT, &cursor, &member)) {
		if (sip_address_parse(member, &address, NULL) != 0)
			return refuse(reading, 400, "a Contact cannot be read");
		members++;
		if (address.is_star) {
			reading->wishes->is_star = true;
			continue;
		}
		status = add(reading, &address);
		if (status != 0)
			return status;
	}
	/* RFC 3261 10.3 6. */
	if (reading->wishes->is_star && (members > 1 || reading->otherwise_s != 0))
		return refuse(reading, 400, "* stands alone and with Expires: 0");
	return 0;
}

static unsigned read_path(struct reading *reading)
{
	struct wishes *wishes = reading->wishes;
	struct buf path = buf_over(wishes->path_text, sizeof(wishes->path_text));
	struct sip_list_cursor cursor = {0};
	struct slice member;

	while (sip_message_list(reading->request, SIP_PATH, &cursor, &member)) {
		if (path.n > 0)
			buf_puts(&path, ", ");
		buf_put(&path, member);
	}
	if (path.full)
		return refuse(reading, 400, "Path is longer than 1024 bytes");
	wishes->path = buf_slice(&path);
	return 0;
}

/* RFC 5626 6: behind a proxy a flow needs `ob` in the URI of the first hop's Path. */
static bool is_first_hop_outbound(const struct reading *reading)
{
	struct slice rest = reading->wishes->path, member, last = {NULL, 0};
	struct sip_address address;
	struct sip_param param;
	struct sip_uri uri;

	if (!sip_message_header(reading->request, SIP_VIA, 1))
		return true;
	/* The proxy next to the client wrote the one at the bottom. */
	while (sip_list_next(&rest, &member))
		last = member;
	return last.n > 0 && sip_address_parse(last, &address, NULL) == 0 &&
	       sip_uri_parse(address.uri, &uri, NULL) == 0 &&
	       sip_param_find(uri.params, "ob", &param);
}

static void read_default_expiry(struct reading *reading)
{
	const struct sip_header *expires = sip_message_header(reading->request, SIP_EXPIRES, 0);

	reading->otherwise_s = UINT32_MAX;
	if (expires && sip_delta_seconds(expires->value, &reading->otherwise_s) != 0)
		reading->otherwise_s = 3600;
}

unsigned wishes_read(struct registrar *registrar, const struct endpoint *endpoint,
    const struct sip_message *request, struct wishes *wishes_r, const char **reason_r)
{
	struct reading reading = {
	    .registrar = registrar,
	    .endpoint = endpoint,
	    .request = request,
	    .wishes = wishes_r,
	    .may_flow = require_lists(request, SIP_SUPPORTED, "outbound") ||
	                require_lists(request, SIP_REQUIRE, "outbound"),
	};
	unsigned status;

	wishes_r->count = 0;
	wishes_r->is_star = wishes_r->is_outbound = false;
	wishes_r->path = (struct slice){NULL, 0};
	read_default_expiry(&reading);
	status = request->call_id.n > BINDING_CALL_ID_MAX
	             ? refuse(&reading, 400, "Call-ID is longer than 256 bytes")
	             : read_path(&reading);
	if (status == 0)
		status = read_contacts(&reading);
	if (status == 0 && wishes_r->is_outbound && !is_first_hop_outbound(&reading))
		status = refuse(&reading, 439, "First Hop Lacks Outbound Support");
	*reason_r = reading.reason;
	return status;
}
