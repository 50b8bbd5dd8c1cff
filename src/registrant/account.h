// SPDX-License-Identifier: Apache-2.0
/*
 * An account: the texts by which one of ours registers, as they were provisioned
 * or as the ledger has them. A registration and the holdings that came of it have
 * nearly always the same ones, so they share one immutable, counted block. Of the
 * texts, which lie in it one after the other, only the ends are kept: there is at
 * least one account for each registration and debt.
 */
#pragma once

#include "effect/ledger.h"

enum account_text {
	ACCOUNT_NAME,
	ACCOUNT_USERNAME,
	ACCOUNT_AUTH_USERNAME,
	ACCOUNT_PASSWORD,
	ACCOUNT_HOST,
	ACCOUNT_PROXY,
	ACCOUNT_DISPLAY_NAME,
	ACCOUNT_USER_AGENT,
	ACCOUNT_TEXTS
};

struct account {
	uint32_t refs;
	uint16_t ends[ACCOUNT_TEXTS]; /* of each text, from the first one's begin */
	char texts[];
};

/*
 * The account with an identity's texts, counted: `known` where it has the same
 * (it may be NULL), else a new one. NULL without memory, or where the texts are
 * longer together than an account can hold.
 */
struct account *account_of(const struct ledger_identity *identity, struct account *known);

/* The last one overwrites the password and frees. */
void account_release(struct account **account);

static inline struct slice account_text(const struct account *account, enum account_text which)
{
	uint16_t begin = which > 0 ? account->ends[which - 1] : 0;

	return slice_make(account->texts + begin, account->ends[which] - begin);
}

/* Where an identity has that text. */
struct slice *account_member(struct ledger_identity *identity, enum account_text which);

/* The identity's texts become the account's; they live as long as it does. */
void account_fill(const struct account *account, struct ledger_identity *identity);

/* The same AOR: user and host. */
bool account_is_same_aor(const struct account *a, const struct account *b);
