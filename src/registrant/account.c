// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts. A table says where each text stands in a registration's config and in
 * an identity of the ledger.
 */
#include "registrant/account.h"

#include <stdlib.h>

#define IN_CONFIG(member)   .in_config = offsetof(struct registration_config, member)
#define IN_IDENTITY(member) .in_identity = offsetof(struct ledger_identity, member)

static const struct {
	size_t in_config, in_identity;
} members[ACCOUNT_TEXTS] = {
    [ACCOUNT_NAME] = {IN_CONFIG(name), IN_IDENTITY(name)},
    [ACCOUNT_USERNAME] = {IN_CONFIG(username), IN_IDENTITY(username)},
    [ACCOUNT_AUTH_USERNAME] = {IN_CONFIG(auth_username), IN_IDENTITY(auth_username)},
    [ACCOUNT_PASSWORD] = {IN_CONFIG(password), IN_IDENTITY(password)},
    [ACCOUNT_HOST] = {IN_CONFIG(host), IN_IDENTITY(host)},
    [ACCOUNT_PROXY] = {IN_CONFIG(proxy), IN_IDENTITY(proxy)},
    [ACCOUNT_DISPLAY_NAME] = {IN_CONFIG(display_name), IN_IDENTITY(display_name)},
    [ACCOUNT_USER_AGENT] = {IN_CONFIG(user_agent), IN_IDENTITY(user_agent)},
    [ACCOUNT_CONTACT_HOST] = {IN_CONFIG(contact_host)},
    [ACCOUNT_CONTACT_USER] = {IN_CONFIG(contact_user)},
};

struct slice *account_member(struct ledger_identity *identity, enum account_text which)
{
	return (struct slice *)((char *)identity + members[which].in_identity);
}

static void list_identity(
    const struct ledger_identity *identity, struct slice texts_r[ACCOUNT_IDENTITY_TEXTS])
{
	for (unsigned i = 0; i < ACCOUNT_IDENTITY_TEXTS; i++)
		texts_r[i] =
		    *(const struct slice *)((const char *)identity + members[i].in_identity);
}

static void list_config(
    const struct registration_config *config, struct slice texts_r[ACCOUNT_TEXTS])
{
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		texts_r[i] = *(const struct slice *)((const char *)config + members[i].in_config);
}

static struct account *make(const struct slice texts[], unsigned count)
{
	struct account *account;
	size_t size = 0;

	for (unsigned i = 0; i < count; i++)
		size += texts[i].n;
	account = size <= UINT16_MAX ? malloc(sizeof(*account) + size) : NULL;
	if (!account)
		return NULL;
	account->refs = 1;
	size = 0;
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++) {
		if (i < count && texts[i].n > 0) {
			memcpy(account->texts + size, texts[i].p, texts[i].n);
			size += texts[i].n;
		}
		account->ends[i] = (uint16_t)size;
	}
	return account;
}

/* Returns `known` if its first `count` texts are these; else a new account. */
static struct account *find_or_make(
    struct account *known, const struct slice texts[], unsigned count)
{
	for (unsigned i = 0; known && i < count; i++)
		if (!slice_equal(account_text(known, i), texts[i]))
			known = NULL;
	if (!known)
		return make(texts, count);
	known->refs++;
	return known;
}

struct account *account_of_config(const struct registration_config *config, struct account *known)
{
	struct slice texts[ACCOUNT_TEXTS];

	list_config(config, texts);
	return find_or_make(known, texts, ACCOUNT_TEXTS);
}

struct account *account_of_identity(const struct ledger_identity *identity, struct account *known)
{
	struct slice texts[ACCOUNT_IDENTITY_TEXTS];

	list_identity(identity, texts);
	return find_or_make(known, texts, ACCOUNT_IDENTITY_TEXTS);
}

void account_release(struct account **account)
{
	struct account *gone = *account;

	*account = NULL;
	if (!gone || --gone->refs > 0)
		return;
	slice_wipe(account_text(gone, ACCOUNT_PASSWORD));
	free(gone);
}

void account_share(struct account **own, struct account *other)
{
	for (unsigned i = 0; i < ACCOUNT_IDENTITY_TEXTS; i++)
		if (!slice_equal(account_text(*own, i), account_text(other, i)))
			return;
	other->refs++;
	account_release(own);
	*own = other;
}

void account_fill_config(const struct account *account, struct registration_config *config)
{
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		*(struct slice *)((char *)config + members[i].in_config) = account_text(account, i);
}

void account_fill_identity(const struct account *account, struct ledger_identity *identity)
{
	for (unsigned i = 0; i < ACCOUNT_IDENTITY_TEXTS; i++)
		*account_member(identity, i) = account_text(account, i);
}

bool account_is_same_aor(const struct account *a, const struct account *b)
{
	return slice_equal(account_text(a, ACCOUNT_USERNAME), account_text(b, ACCOUNT_USERNAME)) &&
	       slice_equal(account_text(a, ACCOUNT_HOST), account_text(b, ACCOUNT_HOST));
}

bool account_has_same_credentials(const struct account *a, const struct account *b)
{
	return slice_equal(account_text(a, ACCOUNT_PASSWORD), account_text(b, ACCOUNT_PASSWORD)) &&
	       slice_equal(
	           account_text(a, ACCOUNT_AUTH_USERNAME), account_text(b, ACCOUNT_AUTH_USERNAME));
}

void account_credentials(
    const struct account *account, struct slice *username_r, struct slice *password_r)
{
	*username_r = account_text(account, ACCOUNT_AUTH_USERNAME);
	if (username_r->n == 0)
		*username_r = account_text(account, ACCOUNT_USERNAME);
	*password_r = account_text(account, ACCOUNT_PASSWORD);
}
