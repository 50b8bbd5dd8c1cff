// SPDX-License-Identifier: Apache-2.0
/*
 * A holding: what an upstream may hold of ours, one (AOR, Contact, upstream),
 * with the identity that a cancel needs and its row in the ledger. It belongs
 * to one holder at a time: the registration that wants the binding, or the
 * debt that has to cancel it. Transactions name the holding, so their responses
 * find its holder even if that has changed.
 */
#pragma once

#include "base/broken.h"
#include "registrant/account.h"
#include "registrant/context.h"

struct exchange;

struct holding {
	pool_handle handle;
	struct exchange *exchange; /* the holder's; NULL while nobody holds it */
	pool_handle sequence, upstream;
	struct account *account;
	char *contact;                  /* the URI, exactly as sent; `contact_n` bytes */
	char *echoed;                   /* the Contact as upstream lists it; NULL: as sent */
	uint64_t row;                   /* the ledger's id of its identity */
	uint64_t key;                   /* hash of AOR and upstream */
	struct journal_entry record;    /* the row is durable at its ticket */
	uint64_t bound_until_us;        /* upstream may hold it until then; 0: never asked */
	uint64_t bound_before_us;       /* `bound_until_us`, before the attempt that is under way */
	uint64_t granted_until_us;      /* by the last 200; 0: none */
	uint64_t loose_until_us;        /* a REGISTER given up may arrive until then */
	uint64_t loose_cancel_until_us; /* a cancel given up may arrive until then */
	uint32_t expiry_s;              /* the largest asked or granted, as the ledger has it */
	uint32_t covered_s;             /* what may be asked while its row is not durable */
	uint32_t granted_s;             /* by the last 200; 0: none */
	uint32_t epoch;
	uint16_t contact_n;
	uint16_t listener_place; /* listener.c's; 0: no request was on its way yet */
	uint8_t digest_least;    /* nothing weaker is answered; it outlives the process */
	bool owed : 1;           /* as the ledger has it */
	bool from_ledger : 1;    /* made by an earlier start */
	bool has_target_row : 1; /* the ledger names a target */
	bool is_away : 1;        /* `upstream` is where a redirect led, not what is configured */
	bool has_siblings : 1;   /* others of its account and upstream are or were there */
	bool was_beside : 1;     /* the answer to a sibling has listed it */
	bool is_loaded : 1; /* its bound comes from the ledger, and no answer has moved it yet */
	bool has_loose_row : 1; /* the ledger says that a REGISTER was out at the end */
	uint16_t recorded_s;    /* the grant as the ledger has it; 0: not less than `expiry_s` */
	const struct netaddr *target; /* of r->addresses: where its last answered request went */
	const struct netaddr *local;  /* where requests left */
};

/*
 * Makes a holding of this identity, not yet recorded and without a holder. An `id` of
 * 0 becomes a new one. `known` is an account that probably has the same texts, or
 * NULL. NULL if there is no memory or no room.
 */
struct holding *holding_make(struct registrant *r, const struct ledger_identity *identity,
    struct account *known, uint32_t epoch, pool_handle upstream);

/* Its identity; the texts belong to the holding. */
struct ledger_identity holding_identity(const struct holding *holding);

static inline struct slice holding_contact(const struct holding *holding)
{
	return slice_make(holding->contact, holding->contact_n);
}

static inline struct slice holding_name(const struct holding *holding)
{
	return account_text(holding->account, ACCOUNT_NAME);
}

/* The holding of this AOR, Contact and upstream; NULL if there is none. */
struct holding *holding_find(const struct registrant *r, const struct ledger_identity *identity);
struct holding *holding_get(const struct registrant *r, pool_handle handle);

/* Walks the other holdings of its AOR at its upstream; the cursor begins at 0. NULL at the end. */
struct holding *holding_sibling(
    const struct registrant *r, const struct holding *holding, uint32_t *cursor);

/* The holding whose record waits in the journal. */
static inline struct holding *holding_of_record(struct journal_entry *record)
{
	return (struct holding *)((char *)record - offsetof(struct holding, record));
}

/* True if both name the same binding: AOR, Contact and upstream. */
bool holding_is_of(const struct holding *holding, const struct ledger_identity *identity);

/* Replaces credentials and texts, under a new id: a new row replaces the old one. ERR_MEMORY. */
MUST_CHECK int holding_replace_identity(struct registrant *r, struct holding *holding,
    const struct ledger_identity *identity, struct account *known);

/* Its `local` and `target`; family 0 if it has none. */
const struct netaddr *holding_local(const struct holding *holding);
const struct netaddr *holding_target(const struct holding *holding);

/* Sets `local` or `target`. False if there is no memory: then nothing has changed. */
MUST_CHECK bool holding_keep_address(
    struct registrant *r, const struct netaddr **kept, const struct netaddr *address);

/* At the load of the ledger: a newer row of the same binding replaces its identity. ERR_MEMORY. */
MUST_CHECK int holding_adopt_row(
    struct registrant *r, struct holding *holding, const struct ledger_identity *identity);

/* Gives it to the registration of this name, with the Call-ID of name and epoch. ERR_FULL. */
MUST_CHECK int holding_rename(
    struct registrant *r, struct holding *holding, struct slice name, uint32_t epoch);

/* Uses the Call-ID of this epoch from now on. ERR_FULL. */
MUST_CHECK int holding_set_epoch(struct registrant *r, struct holding *holding, uint32_t epoch);

/* Writes identity and binding to the ledger; sets the record's ticket. */
void holding_record(struct registrant *r, struct holding *holding, uint32_t expiry_s);

/*
 * Writes an expiry that will be asked for, unless the row has as much already. When
 * the holding's ticket is durable, it may be asked for.
 */
void holding_cover(struct registrant *r, struct holding *holding, uint32_t expiry_s);

/* Writes that upstream granted more than was asked; does not wait until this is durable. */
void holding_raise_expiry(struct registrant *r, struct holding *holding, uint32_t expiry_s);

/*
 * Upstream granted so much; 0: nothing. Writes it if the row has less, or so much more that people
 * would be told something wrong after a kill. Does not wait until this is durable.
 */
void holding_set_grant(struct registrant *r, struct holding *holding, uint32_t granted_s);

/* Writes that it may be bound for as long as was asked, because the last grant is not certain. */
void holding_forget_grant(struct registrant *r, struct holding *holding);

/* At a stop that keeps the bindings: writes whether a REGISTER is out. */
void holding_set_loose(struct registrant *r, struct holding *holding, bool is_loose);

/*
 * Until when upstream probably holds it, for people; mono_us. After a kill that is the end of the
 * last grant. `bound_until_us` may be later: a REGISTER that was out may have been granted more.
 */
uint64_t holding_shown_until_us(const struct registrant *r, const struct holding *holding);

/* Upstream lists our Contact as this text; empty: as we sent it. */
void holding_set_echoed(struct registrant *r, struct holding *holding, struct slice echoed);

/* From now on, weaker challenges are not answered. */
void holding_set_digest(struct registrant *r, struct holding *holding, unsigned strength);

/*
 * Sets where its last answered request went. With `is_kept` (after a redirect), and
 * from then on, the ledger has it, too: the upstream's name does not lead there, and
 * after a crash a cancel must go to the address that holds the binding.
 */
void holding_set_target(
    struct registrant *r, struct holding *holding, const struct netaddr *target, bool is_kept);

/*
 * Upstream has refused every request, so it holds nothing. Drops the row until something is asked
 * for again.
 */
void holding_unrecord(struct registrant *r, struct holding *holding);

/* Marks it as owed or as wanted, in the ledger too. */
void holding_set_owed(struct registrant *r, struct holding *holding, bool owed);

/* Upstream holds nothing any more: drops the row and frees the holding. */
void holding_drop(struct registrant *r, struct holding *holding);

/* Frees the holding; the ledger keeps the row. */
void holding_free(struct registrant *r, struct holding *holding);

/* True if the ledger has a row of it. */
static inline bool holding_has_row(const struct holding *holding)
{
	return holding->record.ticket > 0 || holding->from_ledger;
}

static inline bool holding_is_durable(const struct registrant *r, const struct holding *holding)
{
	return journal_is_durable(r->core->journal, holding->record.ticket) || BROKEN_LEDGER_TICKET;
}

static inline bool holding_is_bound(const struct registrant *r, const struct holding *holding)
{
	return holding->bound_until_us > r->core->now.mono_us;
}

/*
 * The expiry that may be asked for now. A longer one waits for its row: otherwise a crash could
 * leave a binding that outlives the row. While it waits, the limit is what the durable row tells
 * people after a kill, so that they are never told too early an end.
 */
static inline uint32_t holding_covered_s(const struct registrant *r, struct holding *holding)
{
	if (holding_is_durable(r, holding))
		holding->covered_s = holding->expiry_s;
	return holding->covered_s;
}

/* Writes the URI of the next hop, which names the upstream: the proxy, else `sip:HOST`. */
void holding_put_next_hop(struct buf *b, const struct ledger_identity *identity);
