// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts and their texts.
 */
#include "registrant/account.h"

#include <assert.h>
#include <stdlib.h>

static const size_t members[ACCOUNT_TEXTS] = {
    [ACCOUNT_NAME] = offsetof(struct ledger_identity, name),
    [ACCOUNT_USERNAME] = offsetof(struct ledger_identity, username),
    [ACCOUNT_AUTH_USERNAME] = offsetof(struct ledger_identity, auth_username),
    [ACCOUNT_PASSWORD] = offsetof(struct ledger_identity, password),
    [ACCOUNT_HOST] = offsetof(struct ledger_identity, host),
    [ACCOUNT_PROXY] = offsetof(struct ledger_identity, proxy),
    [ACCOUNT_DISPLAY_NAME] = offsetof(struct ledger_identity, display_name),
    [ACCOUNT_USER_AGENT] = offsetof(struct ledger_identity, user_agent),
};

static struct slice text_of(const struct ledger_identity *identity, unsigned which)
{
	return *(const struct slice *)((const char *)identity + members[which]);
}

static bool has_texts_of(const struct account *account, const struct ledger_identity *identity)
{
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		if (!slice_equal(account_text(account, i), text_of(identity, i)))
			return false;
	return true;
}

static struct account *make(const struct ledger_identity *identity)
{
	struct account *account;
	size_t size = 0;

	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		size += text_of(identity, i).n;
	account = size <= UINT16_MAX ? malloc(sizeof(*account) + size) : NULL;
	if (!account)
		return NULL;
	account->refs = 1;
	size = 0;
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++) {
		struct slice text = text_of(identity, i);

		if (text.n > 0)
			memcpy(account->texts + size, text.p, text.n);
		size += text.n;
		account->ends[i] = (uint16_t)size;
	}
	return account;
}

struct account *account_of(const struct ledger_identity *identity, struct account *known)
{
	if (!known || !has_texts_of(known, identity))
		return make(identity);
	known->refs++;
	return known;
}

void account_release(struct account **account)
{
	struct account *gone = *account;
	/* Volatile, or the compiler drops stores into memory that is freed next. */
	volatile char *secret;

	*account = NULL;
	if (!gone || --gone->refs > 0)
		return;
	secret = gone->texts;
	for (unsigned i = gone->ends[ACCOUNT_PASSWORD - 1]; i < gone->ends[ACCOUNT_PASSWORD]; i++)
		secret[i] = 0;
	free(gone);
}

struct slice *account_member(struct ledger_identity *identity, enum account_text which)
{
	return (struct slice *)((char *)identity + members[which]);
}

void account_fill(const struct account *account, struct ledger_identity *identity)
{
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		*account_member(identity, i) = account_text(account, i);
}

bool account_is_same_aor(const struct account *a, const struct account *b)
{
	return slice_equal(account_text(a, ACCOUNT_USERNAME), account_text(b, ACCOUNT_USERNAME)) &&
	       slice_equal(account_text(a, ACCOUNT_HOST), account_text(b, ACCOUNT_HOST));
}
