// SPDX-License-Identifier: Apache-2.0
/*
 * The upstream of the simulator and of regent-practice: a registrar as strict
 * carriers run them, and a judge of what it is sent. It stands on base/ and
 * sip/ alone, so that no mistake of Regent's logic is shared with it, and it is
 * pure: time and bytes come in as arguments, messages go out through a bounded
 * queue that the caller drains.
 *
 * It does what RFC 3261 10.3 says (all or nothing, order by Call-ID and CSeq),
 * RFC 3581, RFC 7616 and RFC 8760, and, when told to by its configuration,
 * everything that carriers do instead. It counts what a client must not do as
 * offences. It is no proxy, routes no calls and knows UDP only.
 */
#pragma once

#include "base/attr.h"
#include "base/netaddr.h"
#include "base/now.h"
#include "sim/carrier_config.h"

struct carrier;

/* Copies the configuration. The same seed makes the same life. NULL without memory. */
struct carrier *carrier_new(const struct carrier_config *config, uint64_t seed);
void carrier_free(struct carrier **carrier);

/* The live configuration: read it, change it at any time between two calls. */
struct carrier_config *carrier_config(struct carrier *carrier);

/*
 * An account, its password replaced where it exists. `auth_user` NULL: the
 * digest user is the user of the AOR. ERR_MEMORY, ERR_FULL.
 */
MUST_CHECK int carrier_account_set(
    struct carrier *carrier, const char *user, const char *auth_user, const char *password);
void carrier_account_remove(struct carrier *carrier, const char *user);

/* One datagram has arrived at `local` from `source`. Times never step back. */
void carrier_receive(struct carrier *carrier, uint64_t now_us, const struct netaddr *source,
    const struct netaddr *local, struct slice bytes);

/* Expiry, pings and their retransmissions, forgetting: all that is due by now. */
void carrier_advance(struct carrier *carrier, uint64_t now_us);

/* When carrier_advance() has something to do; TIME_NEVER when nothing is pending. */
uint64_t carrier_next_deadline(const struct carrier *carrier);

/*
 * Takes the oldest message off the queue, which holds at most CARRIER_OUT_MAX
 * (what comes then is dropped and counted). The bytes live until the next call
 * that takes the upstream. False when the queue is empty.
 */
#define CARRIER_OUT_MAX 4096
struct carrier_send {
	struct netaddr local, to;
	uint64_t delay_us; /* after now */
	struct slice bytes;
};
bool carrier_next_send(struct carrier *carrier, struct carrier_send *send_r);

/*
 * The process ends and starts again: nonces, transactions and bans are gone,
 * and the location table too unless `keep_table`; where it is written back late
 * it is then as it was written last. Accounts, configuration, counters and
 * offences stay.
 */
void carrier_restart(struct carrier *carrier, uint64_t now_us, bool keep_table);

/*
 * Sends a request of its own (OPTIONS, NOTIFY, ...; any method but INVITE, ACK and CANCEL)
 * to every binding whose AOR has this user, by the Contact's address where it
 * is one, else where the REGISTER came from. Retransmitted until answered.
 * Gives the number of requests.
 */
unsigned carrier_request(
    struct carrier *carrier, uint64_t now_us, const char *user, enum sip_method method);

/*
 * Puts a binding into the table as if some other device had registered it.
 * ERR_MEMORY, ERR_FULL, ERR_EXISTS.
 */
MUST_CHECK int carrier_plant(struct carrier *carrier, uint64_t now_us, const char *aor,
    const char *contact, uint32_t expires_s);

/* ---- what it knows ---- */

/* One binding; slices live until the next call that changes the upstream. */
struct carrier_binding {
	struct slice aor;     /* "sip:user@host", host in lower case */
	struct slice contact; /* URI as it was sent */
	struct slice call_id;
	uint32_t cseq;
	uint64_t since_us, expires_us;
	struct netaddr source;
	uint32_t refreshes; /* after the first REGISTER */
	bool planted;
	bool returned; /* cancelled, and there again after a crash of the upstream */
};

/* Walks the table: begin with `*cursor = 0`; false at the end. */
bool carrier_binding_next(
    const struct carrier *carrier, uint32_t *cursor, struct carrier_binding *binding_r);

/* The same of one AOR. */
bool carrier_binding_of(const struct carrier *carrier, struct slice user, struct slice host,
    uint32_t *cursor, struct carrier_binding *binding_r);

/* Bindings that stand, of all AORs, or of those with this user. */
uint32_t carrier_bindings(const struct carrier *carrier);
uint32_t carrier_bindings_of(const struct carrier *carrier, const char *user);

struct carrier_account {
	struct slice user;
	uint64_t requests;   /* REGISTERs for its AOR, retransmissions not counted */
	uint64_t registered; /* answered 200 with an expiry above 0 */
	uint64_t cancelled;  /* answered 200, expiry 0 */
	uint64_t challenged;
	uint64_t wrong; /* digests that did not fit the password */
	unsigned last_status;
};
/* Walks the accounts, those that `any_password` let in included. */
bool carrier_account_next(
    const struct carrier *carrier, uint32_t *cursor, struct carrier_account *account_r);

enum carrier_counter {
	CARRIER_RECEIVED, /* datagrams, keepalives and lost ones included */
	CARRIER_KEEPALIVES,
	CARRIER_LOST_REQUESTS,
	CARRIER_LOST_ANSWERS,
	CARRIER_REQUESTS,    /* new ones */
	CARRIER_REPEATS,     /* retransmissions */
	CARRIER_REGISTERS,   /* new REGISTERs with a Contact and an expiry above 0 */
	CARRIER_CANCELS,     /* new REGISTERs with expiry 0 */
	CARRIER_FETCHES,     /* new REGISTERs without Contact */
	CARRIER_OTHERS,      /* new requests of other methods */
	CARRIER_CHALLENGES,  /* 401 and 407 sent */
	CARRIER_STALES,      /* of these with stale=true */
	CARRIER_WRONG,       /* wrong digests */
	CARRIER_OK,          /* 200 to a REGISTER */
	CARRIER_REFUSED,     /* every other final answer but challenges */
	CARRIER_BOUND,       /* bindings made */
	CARRIER_REFRESHED,   /* bindings refreshed */
	CARRIER_UNBOUND,     /* bindings removed by a cancel */
	CARRIER_EXPIRED,     /* bindings that ran out */
	CARRIER_REPLACED,    /* bindings pushed out by the limit of contacts */
	CARRIER_FORGOTTEN,   /* bindings lost by a restart or by forgetting */
	CARRIER_RETURNED,    /* bindings that a restart with write-back storage brought back */
	CARRIER_LATE,        /* requests overtaken by a later one of their Call-ID */
	CARRIER_BANS,        /* sources banned */
	CARRIER_BANNED,      /* datagrams dropped by a ban */
	CARRIER_SENT,        /* datagrams put into the queue */
	CARRIER_OUT_DROPPED, /* messages the queue had no room for */
	CARRIER_PINGS,       /* requests of its own */
	CARRIER_PINGS_OK,    /* answered 2xx */
	CARRIER_PINGS_481,   /* answered 481 */
	CARRIER_PINGS_OTHER, /* answered with another final status */
	CARRIER_PINGS_DEAD,  /* not answered within 32 s */
	CARRIER_STRAYS,      /* responses to nothing we asked */
	CARRIER_PEAK_100MS,  /* most datagrams within 100 ms */
	CARRIER_PEAK_1S,     /* most datagrams within 1 s */
	CARRIER_COUNTERS
};
uint64_t carrier_counter(const struct carrier *carrier, enum carrier_counter counter);
const char *carrier_counter_name(enum carrier_counter counter);

/*
 * Offences of a client. Lost, late and repeated packets may come in any order: that is no offence.
 */
enum carrier_offence {
	CARRIER_BAD_SYNTAX,
	CARRIER_DUPLICATE_HEADER, /* two of From, To, Call-ID, CSeq, Max-Forwards */
	CARRIER_BAD_BRANCH,       /* without z9hG4bK */
	CARRIER_BRANCH_REUSED,    /* one branch for two requests */
	CARRIER_ALTERED_REPEAT,   /* a retransmission with other bytes */
	CARRIER_NO_MAX_FORWARDS,  /* or one that is not a number up to 255 */
	CARRIER_REQUEST_URI_USER, /* REGISTER sip:user@host */
	CARRIER_TO_TAG,           /* in a REGISTER */
	CARRIER_NO_FROM_TAG,      /* in any request */
	CARRIER_FROM_TAG_CHANGED, /* within a Call-ID */
	CARRIER_CSEQ_NOT_RISING,  /* within a Call-ID */
	CARRIER_CALL_ID_CHANGED,  /* for one AOR and Contact that is bound */
	CARRIER_SOURCE_CHANGED,   /* of a Contact that is bound */
	CARRIER_STAR,             /* Contact: * */
	CARRIER_NO_EXPIRY,        /* a Contact with neither parameter nor header */
	CARRIER_HALF_CANCEL,      /* without both Expires: 0 and ;expires=0 */
	CARRIER_NC_NOT_RISING,    /* for one nonce */
	CARRIER_NC_NOT_HEX,       /* not 8 hexadecimal digits, or counted in decimal */
	CARRIER_DIGEST_URI,       /* not the Request-URI */
	CARRIER_NONCE_MOVED,      /* used from another address than it was given to */
	CARRIER_TOO_FAST,         /* above `rate_limit` */
	CARRIER_OFFENCES
};
uint64_t carrier_offence(const struct carrier *carrier, enum carrier_offence offence);
uint64_t carrier_offences(const struct carrier *carrier); /* all of them together */
const char *carrier_offence_name(enum carrier_offence offence);

/* The last message that committed it; empty where there was none. */
struct slice carrier_offence_message(const struct carrier *carrier, enum carrier_offence offence);
