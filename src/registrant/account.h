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
#include "model/registration_config.h"

enum account_text {
	ACCOUNT_NAME,
	ACCOUNT_USERNAME,
	ACCOUNT_AUTH_USERNAME,
	ACCOUNT_PASSWORD,
	ACCOUNT_HOST,
	ACCOUNT_PROXY,
	ACCOUNT_DISPLAY_NAME,
	ACCOUNT_USER_AGENT,
	ACCOUNT_IDENTITY_TEXTS, /* these are a ledger_identity's too */
	ACCOUNT_CONTACT_HOST = ACCOUNT_IDENTITY_TEXTS,
	ACCOUNT_CONTACT_USER,
	ACCOUNT_TEXTS
};

struct account {
	uint32_t refs;
	uint16_t ends[ACCOUNT_TEXTS]; /* of each text, from the first one's begin */
	char texts[];
};

/*
 * The account with these texts, counted: `known` (which may be NULL) where it
 * has the same ones, else a new one. NULL without memory, or where the texts
 * are longer together than an account can hold.
 */
struct account *account_of_config(const struct registration_config *config, struct account *known);
struct account *account_of_identity(const struct ledger_identity *identity, struct account *known);

/* `other` takes the place of `*own` where an identity's texts are the same in both. */
void account_share(struct account **own, struct account *other);

/* The last one overwrites the password and frees. */
void account_release(struct account **account);

static inline struct slice account_text(const struct account *account, enum account_text which)
{
	uint16_t begin = which > 0 ? account->ends[which - 1] : 0;

	return slice_make(account->texts + begin, account->ends[which] - begin);
}

/* The texts become the account's; they live as long as it does. */
void account_fill_config(const struct account *account, struct registration_config *config);
void account_fill_identity(const struct account *account, struct ledger_identity *identity);

/* Where an identity has that text, which is one of the first. */
struct slice *account_member(struct ledger_identity *identity, enum account_text which);

/* The same user and host. */
bool account_is_same_aor(const struct account *a, const struct account *b);

/* The digest user and password; the AOR's user where no auth_username is given. */
void account_credentials(
    const struct account *account, struct slice *username_r, struct slice *password_r);

/* The same credentials. */
bool account_has_same_credentials(const struct account *a, const struct account *b);
