// SPDX-License-Identifier: Apache-2.0
/*
 * A registrar as strict carriers run them, and a judge of what it is sent. The
 * simulator and the practice upstream put Regent in front of it. It stands on
 * base/ and sip/ alone, so that no mistake of Regent's logic is shared with it,
 * and it is pure: time and bytes come in as arguments, messages go out through
 * a bounded queue that the caller drains.
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
#include "sim/upstream_config.h"

struct upstream;

/* Copies the configuration. The same seed makes the same life. NULL without memory. */
struct upstream *upstream_new(const struct upstream_config *config, uint64_t seed);
void upstream_free(struct upstream **upstream);

/* The live configuration: read it, change it at any time between two calls. */
struct upstream_config *upstream_config(struct upstream *upstream);

/*
 * An account, its password replaced where it exists. `auth_user` NULL: the
 * digest user is the user of the AOR. ERR_MEMORY, ERR_FULL.
 */
MUST_CHECK int upstream_account_set(
    struct upstream *upstream, const char *user, const char *auth_user, const char *password);
void upstream_account_remove(struct upstream *upstream, const char *user);

/* One datagram has arrived at `local` from `source`. Times never step back. */
void upstream_receive(struct upstream *upstream, uint64_t now_us, const struct netaddr *source,
    const struct netaddr *local, struct slice bytes);

/* Expiry, pings and their retransmissions, forgetting: all that is due by now. */
void upstream_advance(struct upstream *upstream, uint64_t now_us);

/* When upstream_advance() has something to do; TIME_NEVER when nothing is pending. */
uint64_t upstream_next_deadline(const struct upstream *upstream);

/*
 * Takes the oldest message off the queue, which holds at most UPSTREAM_OUT_MAX
 * (what comes then is dropped and counted). The bytes live until the next call
 * that takes the upstream. False when the queue is empty.
 */
#define UPSTREAM_OUT_MAX 4096
struct upstream_send {
	struct netaddr local, to;
	uint64_t delay_us; /* after now */
	struct slice bytes;
};
bool upstream_next_send(struct upstream *upstream, struct upstream_send *send_r);

/*
 * The process ends and starts again: nonces, transactions and bans are gone,
 * and the location table too unless `keep_table`; where it is written back late
 * it is then as it was written last. Accounts, configuration, counters and
 * offences stay.
 */
void upstream_restart(struct upstream *upstream, uint64_t now_us, bool keep_table);

/*
 * Sends a request of its own (OPTIONS, NOTIFY, ...; any method but INVITE, ACK and CANCEL)
 * to every binding whose AOR has this user, by the Contact's address where it
 * is one, else where the REGISTER came from. Retransmitted until answered.
 * Gives the number of requests.
 */
unsigned upstream_request(
    struct upstream *upstream, uint64_t now_us, const char *user, enum sip_method method);

/*
 * Puts a binding into the table as if some other device had registered it.
 * ERR_MEMORY, ERR_FULL, ERR_EXISTS.
 */
MUST_CHECK int upstream_plant(struct upstream *upstream, uint64_t now_us, const char *aor,
    const char *contact, uint32_t expires_s);

/* ---- what it knows ---- */

/* One binding; slices live until the next call that changes the upstream. */
struct upstream_binding {
	struct slice aor;     /* "sip:user@host", host in lower case */
	struct slice contact; /* URI as it was sent */
	struct slice call_id;
	uint32_t cseq;
	uint64_t since_us, expires_us;
	struct netaddr source;
	uint32_t refreshes; /* after the first REGISTER */
	bool planted;
	bool returned; /* taken back, and there again after a crash of the upstream */
};

/* Walks the table: begin with `*cursor = 0`; false at the end. */
bool upstream_binding_next(
    const struct upstream *upstream, uint32_t *cursor, struct upstream_binding *binding_r);

/* The same of one AOR. */
bool upstream_binding_of(const struct upstream *upstream, struct slice user, struct slice host,
    uint32_t *cursor, struct upstream_binding *binding_r);

/* Bindings that stand, of all AORs, or of those with this user. */
uint32_t upstream_bindings(const struct upstream *upstream);
uint32_t upstream_bindings_of(const struct upstream *upstream, const char *user);

struct upstream_account {
	struct slice user;
	uint64_t requests;   /* REGISTERs for its AOR, retransmissions not counted */
	uint64_t registered; /* answered 200 with an expiry above 0 */
	uint64_t cancelled;  /* answered 200, expiry 0 */
	uint64_t challenged;
	uint64_t wrong; /* digests that did not fit the password */
	unsigned last_status;
};
/* Walks the accounts, those that `any_password` let in included. */
bool upstream_account_next(
    const struct upstream *upstream, uint32_t *cursor, struct upstream_account *account_r);

enum upstream_counter {
	UPSTREAM_RECEIVED, /* datagrams, keepalives and lost ones included */
	UPSTREAM_KEEPALIVES,
	UPSTREAM_LOST_REQUESTS,
	UPSTREAM_LOST_ANSWERS,
	UPSTREAM_REQUESTS,    /* new ones */
	UPSTREAM_REPEATS,     /* retransmissions */
	UPSTREAM_REGISTERS,   /* new REGISTERs with a Contact and an expiry above 0 */
	UPSTREAM_CANCELS,     /* new REGISTERs with expiry 0 */
	UPSTREAM_FETCHES,     /* new REGISTERs without Contact */
	UPSTREAM_OTHERS,      /* new requests of other methods */
	UPSTREAM_CHALLENGES,  /* 401 and 407 sent */
	UPSTREAM_STALES,      /* of these with stale=true */
	UPSTREAM_WRONG,       /* wrong digests */
	UPSTREAM_OK,          /* 200 to a REGISTER */
	UPSTREAM_REFUSED,     /* every other final answer but challenges */
	UPSTREAM_BOUND,       /* bindings made */
	UPSTREAM_REFRESHED,   /* bindings refreshed */
	UPSTREAM_UNBOUND,     /* bindings taken back by a cancel */
	UPSTREAM_EXPIRED,     /* bindings that ran out */
	UPSTREAM_REPLACED,    /* bindings pushed out by the limit of contacts */
	UPSTREAM_FORGOTTEN,   /* bindings lost by a restart or by forgetting */
	UPSTREAM_RETURNED,    /* bindings that a restart with write-back storage brought back */
	UPSTREAM_LATE,        /* requests overtaken by a later one of their Call-ID */
	UPSTREAM_BANS,        /* sources banned */
	UPSTREAM_BANNED,      /* datagrams dropped by a ban */
	UPSTREAM_SENT,        /* datagrams put into the queue */
	UPSTREAM_OUT_DROPPED, /* messages the queue had no room for */
	UPSTREAM_PINGS,       /* requests of its own */
	UPSTREAM_PINGS_OK,    /* answered 2xx */
	UPSTREAM_PINGS_481,   /* answered 481 */
	UPSTREAM_PINGS_OTHER, /* answered with another final status */
	UPSTREAM_PINGS_DEAD,  /* not answered within 32 s */
	UPSTREAM_STRAYS,      /* responses to nothing we asked */
	UPSTREAM_PEAK_100MS,  /* most datagrams within 100 ms */
	UPSTREAM_PEAK_1S,     /* most datagrams within 1 s */
	UPSTREAM_COUNTERS
};
uint64_t upstream_counter(const struct upstream *upstream, enum upstream_counter counter);
const char *upstream_counter_name(enum upstream_counter counter);

/* What no client may do. The order of lost, late and repeated packets is nobody's offence. */
enum upstream_offence {
	UPSTREAM_BAD_SYNTAX,
	UPSTREAM_DUPLICATE_HEADER, /* two of From, To, Call-ID, CSeq, Max-Forwards */
	UPSTREAM_BAD_BRANCH,       /* without z9hG4bK */
	UPSTREAM_BRANCH_REUSED,    /* one branch for two requests */
	UPSTREAM_ALTERED_REPEAT,   /* a retransmission with other bytes */
	UPSTREAM_NO_MAX_FORWARDS,  /* or one that is not a number up to 255 */
	UPSTREAM_REQUEST_URI_USER, /* REGISTER sip:user@host */
	UPSTREAM_TO_TAG,           /* in a REGISTER */
	UPSTREAM_NO_FROM_TAG,      /* in any request */
	UPSTREAM_FROM_TAG_CHANGED, /* within a Call-ID */
	UPSTREAM_CSEQ_NOT_RISING,  /* within a Call-ID */
	UPSTREAM_CALL_ID_CHANGED,  /* for one AOR and Contact that is bound */
	UPSTREAM_SOURCE_CHANGED,   /* of a Contact that is bound */
	UPSTREAM_STAR,             /* Contact: * */
	UPSTREAM_NO_EXPIRY,        /* a Contact with neither parameter nor header */
	UPSTREAM_HALF_CANCEL,      /* without both Expires: 0 and ;expires=0 */
	UPSTREAM_NC_NOT_RISING,    /* for one nonce */
	UPSTREAM_NC_NOT_HEX,       /* not 8 hexadecimal digits, or counted in decimal */
	UPSTREAM_DIGEST_URI,       /* not the Request-URI */
	UPSTREAM_NONCE_MOVED,      /* used from another address than it was given to */
	UPSTREAM_TOO_FAST,         /* above `rate_limit` */
	UPSTREAM_OFFENCES
};
uint64_t upstream_offence(const struct upstream *upstream, enum upstream_offence offence);
uint64_t upstream_offences(const struct upstream *upstream); /* all of them together */
const char *upstream_offence_name(enum upstream_offence offence);

/* The last message that committed it; empty where there was none. */
struct slice upstream_offence_message(
    const struct upstream *upstream, enum upstream_offence offence);
