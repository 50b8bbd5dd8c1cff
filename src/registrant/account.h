// SPDX-License-Identifier: Apache-2.0
/*
 * An account: the texts by which a registration registers, as they were provisioned
 * or as the ledger has them. A registration and its holdings nearly always have the
 * same texts, so they share one immutable block with a count of references. It is
 * kept small, because each registration has one: the texts lie one after the other,
 * and only their ends are stored.
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
	ACCOUNT_IDENTITY_TEXTS, /* a ledger_identity has the texts before this one, too */
	ACCOUNT_CONTACT_HOST = ACCOUNT_IDENTITY_TEXTS,
	ACCOUNT_CONTACT_USER,
	ACCOUNT_TEXTS
};

struct account {
	uint32_t refs;
	uint16_t ends[ACCOUNT_TEXTS]; /* of each text, as offsets in `texts` */
	char texts[];
};

/*
 * Returns an account with these texts and takes a reference to it: `known`, which may
 * be NULL, if it has the same texts; else a new account. NULL if there is no memory,
 * or if the texts are together longer than an account can hold.
 */
struct account *account_of_config(const struct registration_config *config, struct account *known);
struct account *account_of_identity(const struct ledger_identity *identity, struct account *known);

/* Replaces `*own` by `other` if both have the same texts of an identity. */
void account_share(struct account **own, struct account *other);

/* Gives a reference back. The last one overwrites the password and frees the account. */
void account_release(struct account **account);

static inline struct slice account_text(const struct account *account, enum account_text which)
{
	uint16_t begin = which > 0 ? account->ends[which - 1] : 0;

	return slice_make(account->texts + begin, account->ends[which] - begin);
}

/* Fill in the texts. They belong to the account, and are valid as long as it is. */
void account_fill_config(const struct account *account, struct registration_config *config);
void account_fill_identity(const struct account *account, struct ledger_identity *identity);

/* The place of a text in an identity; `which` is below ACCOUNT_IDENTITY_TEXTS. */
struct slice *account_member(struct ledger_identity *identity, enum account_text which);

/* True if both have the same user and host. */
bool account_is_same_aor(const struct account *a, const struct account *b);

/* The user name and password for a digest; without auth_username, the user of the AOR. */
void account_credentials(
    const struct account *account, struct slice *username_r, struct slice *password_r);

bool account_has_same_credentials(const struct account *a, const struct account *b);
