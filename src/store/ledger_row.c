// SPDX-License-Identifier: Apache-2.0
/*
 * Packing and unpacking. Most bindings are not rewritten and most targets are
 * IPv4, so that lies in the row; what else there is lies apart.
 */
#include "store/ledger_row.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>

enum {
	TEXT_NAME,
	TEXT_USERNAME,
	TEXT_AUTH_USERNAME,
	TEXT_PASSWORD,
	TEXT_HOST,
	TEXT_PROXY,
	TEXT_CONTACT,
	TEXT_DISPLAY_NAME,
	TEXT_USER_AGENT,
	TEXT_COUNT
};

/* An address as it is kept: family, port, IPv4 address, or IPv6 address with its scope. */
#define ADDR_IP    3
#define ADDR_IP4   7
#define ADDR_SCOPE 19
#define ADDR_MAX   23

struct identity_row {
	struct ledger_row row;
	uint64_t id;
	int64_t bound_until_ms;
	char *spill; /* echoed Contact, and a target that is not IPv4; NULL: neither */
	uint32_t expiry_s;
	uint32_t epoch;
	uint16_t ends[TEXT_COUNT]; /* of the texts, which lie one behind the other */
	uint16_t echoed_n;
	uint16_t granted_s;
	char target[ADDR_IP4]; /* where it is IPv4; else family 0 */
	char texts[];          /* and the local address behind them */
};

static_assert(offsetof(struct identity_row, texts) <= 109, "there is one of each binding");

static struct identity_row *identity_of(const struct ledger_row *row)
{
	assert(row->kind == ROW_IDENTITY);
	return (struct identity_row *)(uintptr_t)row;
}

static void pack_ip4(const struct netaddr *addr, char bytes_r[ADDR_IP4])
{
	bytes_r[0] = 4;
	memcpy(bytes_r + 1, &addr->port, sizeof(addr->port));
	memcpy(bytes_r + ADDR_IP, addr->ip, 4);
}

static uint8_t pack_addr(const struct netaddr *addr, char bytes_r[ADDR_MAX])
{
	if (addr->family == 0 && addr->port == 0)
		return 0;
	if (addr->family == 4) {
		pack_ip4(addr, bytes_r);
		return ADDR_IP4;
	}
	bytes_r[0] = (char)addr->family;
	memcpy(bytes_r + 1, &addr->port, sizeof(addr->port));
	memcpy(bytes_r + ADDR_IP, addr->ip, sizeof(addr->ip));
	memcpy(bytes_r + ADDR_SCOPE, &addr->scope, sizeof(addr->scope));
	return ADDR_MAX;
}

static struct netaddr unpack_addr(const char *bytes, unsigned n)
{
	struct netaddr addr = {0};

	if (n == 0)
		return addr;
	addr.family = (uint8_t)bytes[0];
	memcpy(&addr.port, bytes + 1, sizeof(addr.port));
	memcpy(addr.ip, bytes + ADDR_IP, addr.family == 4 ? 4 : sizeof(addr.ip));
	if (n == ADDR_MAX)
		memcpy(&addr.scope, bytes + ADDR_SCOPE, sizeof(addr.scope));
	return addr;
}

static struct slice text_of(const struct identity_row *identity, unsigned text)
{
	unsigned from = text > 0 ? identity->ends[text - 1] : 0;

	return slice_make(identity->texts + from, identity->ends[text] - from);
}

static void append(char **at, struct slice text)
{
	if (text.n > 0)
		memcpy(*at, text.p, text.n);
	*at += text.n;
}

static size_t list_texts(const struct ledger_identity *identity, struct slice texts_r[TEXT_COUNT])
{
	const struct slice texts[TEXT_COUNT] = {
	    [TEXT_NAME] = identity->name,
	    [TEXT_USERNAME] = identity->username,
	    [TEXT_AUTH_USERNAME] = identity->auth_username,
	    [TEXT_PASSWORD] = identity->password,
	    [TEXT_HOST] = identity->host,
	    [TEXT_PROXY] = identity->proxy,
	    [TEXT_CONTACT] = identity->contact,
	    [TEXT_DISPLAY_NAME] = identity->display_name,
	    [TEXT_USER_AGENT] = identity->user_agent,
	};
	size_t n = 0;

	memcpy(texts_r, texts, sizeof(texts));
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		n += texts[i].n;
	return n;
}

bool ledger_row_fits(const struct ledger_identity *identity)
{
	struct slice texts[TEXT_COUNT];

	return list_texts(identity, texts) <= UINT16_MAX;
}

struct ledger_row *ledger_row_of_identity(const struct ledger_identity *identity)
{
	struct slice texts[TEXT_COUNT];
	size_t n = list_texts(identity, texts);
	char local[ADDR_MAX], *at;
	uint8_t local_n = pack_addr(&identity->local, local);
	struct identity_row *row;

	row =
	    n <= UINT16_MAX ? calloc(1, offsetof(struct identity_row, texts) + n + local_n) : NULL;
	if (!row)
		return NULL;
	row->row.kind = ROW_IDENTITY;
	row->row.local_n = local_n;
	row->row.is_away = identity->is_away;
	row->id = identity->id;
	row->epoch = identity->epoch;
	at = row->texts;
	for (unsigned i = 0; i < TEXT_COUNT; i++) {
		append(&at, texts[i]);
		row->ends[i] = (uint16_t)(at - row->texts);
	}
	append(&at, slice_make(local, local_n));
	return &row->row;
}

struct ledger_row *ledger_row_of_epoch(struct slice name)
{
	struct ledger_named_row *row = calloc(1, sizeof(*row) + name.n);
	char *at;

	if (!row)
		return NULL;
	at = (char *)(row + 1);
	row->row.kind = ROW_EPOCH;
	row->name = slice_make(at, name.n);
	append(&at, name);
	return &row->row;
}

struct ledger_row *ledger_row_of_pace(const struct ledger_pace *pace)
{
	struct ledger_pace_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->row.kind = ROW_PACE;
	row->pace = *pace;
	return &row->row;
}

void ledger_row_free(struct ledger_row *row)
{
	if (row->kind == ROW_IDENTITY) {
		struct slice password = text_of(identity_of(row), TEXT_PASSWORD);

		explicit_bzero((char *)(uintptr_t)password.p, password.n);
		free(identity_of(row)->spill);
	}
	free(row);
}

uint64_t ledger_row_id(const struct ledger_row *row)
{
	return identity_of(row)->id;
}

void ledger_row_identity(const struct ledger_row *row, struct ledger_identity *identity_r)
{
	const struct identity_row *identity = identity_of(row);

	*identity_r = (struct ledger_identity){
	    .id = identity->id,
	    .name = text_of(identity, TEXT_NAME),
	    .username = text_of(identity, TEXT_USERNAME),
	    .auth_username = text_of(identity, TEXT_AUTH_USERNAME),
	    .password = text_of(identity, TEXT_PASSWORD),
	    .host = text_of(identity, TEXT_HOST),
	    .proxy = text_of(identity, TEXT_PROXY),
	    .contact = text_of(identity, TEXT_CONTACT),
	    .display_name = text_of(identity, TEXT_DISPLAY_NAME),
	    .user_agent = text_of(identity, TEXT_USER_AGENT),
	    .epoch = identity->epoch,
	    .local = unpack_addr(identity->texts + identity->ends[TEXT_COUNT - 1], row->local_n),
	    .is_away = row->is_away,
	};
}

/* The target's length, the target, the Contact. */
static int make_spill(const struct ledger_binding *binding, char **spill_r)
{
	char target[ADDR_MAX], *at;
	uint8_t target_n = binding->target.family != 4 ? pack_addr(&binding->target, target) : 0;

	*spill_r = NULL;
	if (target_n + binding->echoed.n == 0)
		return 0;
	if (binding->echoed.n > UINT16_MAX)
		return ERR_LIMIT;
	*spill_r = at = malloc(1 + target_n + binding->echoed.n);
	if (!at)
		return ERR_MEMORY;
	*at++ = (char)target_n;
	append(&at, slice_make(target, target_n));
	append(&at, binding->echoed);
	return 0;
}

int ledger_row_set_binding(struct ledger_row *row, const struct ledger_binding *binding)
{
	struct identity_row *identity = identity_of(row);
	char *spill;
	int rc = make_spill(binding, &spill);

	if (rc != 0)
		return rc;
	free(identity->spill);
	identity->spill = spill;
	memset(identity->target, 0, sizeof(identity->target));
	if (binding->target.family == 4)
		pack_ip4(&binding->target, identity->target);
	identity->echoed_n = (uint16_t)binding->echoed.n;
	identity->expiry_s = binding->expiry_s;
	identity->bound_until_ms = binding->bound_until_ms;
	row->digest_least = binding->digest_least;
	identity->granted_s = binding->granted_s;
	row->owed = binding->owed;
	row->loose = binding->loose;
	row->has_binding = true;
	return 0;
}

void ledger_row_binding(const struct ledger_row *row, struct ledger_binding *binding_r)
{
	const struct identity_row *identity = identity_of(row);
	const char *spill = identity->spill;

	*binding_r = (struct ledger_binding){
	    .identity = identity->id,
	    .expiry_s = identity->expiry_s,
	    .digest_least = row->digest_least,
	    .owed = row->owed,
	    .loose = row->loose,
	    .granted_s = identity->granted_s,
	    .bound_until_ms = identity->bound_until_ms,
	};
	if (identity->target[0] == 4)
		binding_r->target = unpack_addr(identity->target, ADDR_IP4);
	if (!spill)
		return;
	if (spill[0] > 0)
		binding_r->target = unpack_addr(spill + 1, (uint8_t)spill[0]);
	binding_r->echoed = slice_make(spill + 1 + (uint8_t)spill[0], identity->echoed_n);
}

struct ledger_named_row *ledger_row_named(const struct ledger_row *row)
{
	assert(row->kind == ROW_EPOCH || row->kind == ROW_NUMBER);
	return (struct ledger_named_row *)(uintptr_t)row;
}

struct ledger_pace *ledger_row_pace(const struct ledger_row *row)
{
	assert(row->kind == ROW_PACE);
	return &((struct ledger_pace_row *)(uintptr_t)row)->pace;
}
