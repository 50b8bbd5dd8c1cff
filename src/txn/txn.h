// SPDX-License-Identifier: Apache-2.0
/*
 * Non-INVITE client transactions (RFC 3261 17.1.2) of the requests we send. A
 * transaction keeps its request in a buffer for as long as it may be repeated:
 * of TXN_BUFFER_SIZE, or of TXN_LONG_SIZE where its credentials are long. Of
 * those there are fewer, and they cost memory only once they are used. One that
 * is given up is *loose*: what it sent may still arrive, so it stays findable,
 * without its buffer, until no answer can come.
 *
 * Transactions call nobody: txn_due() says what an expired timer means, txns_match()
 * which transaction a response belongs to. The branch names the part of the core that
 * owns the transaction.
 */
#pragma once

#include "base/attr.h"
#include "base/pool.h"
#include "base/wheel.h"
#include "effect/effect.h"
#include "sip/message.h"
#include "txn/branch.h"

#define TXN_BUFFER_SIZE 2048
#define TXN_LONG_SIZE   12288 /* for a nonce and an opaque of 4 KiB, and the rest */

#define SIP_T1_US (500 * US_PER_MS) /* RFC 3261 17.1.1.1 */
#define SIP_T2_US (4 * US_PER_S)
#define SIP_TF_US (64 * SIP_T1_US) /* timer F: no answer at all */

/* The longest a packet may live between us and a peer. */
#define PACKET_LIFE_US (5 * US_PER_S)

enum txn_state {
	TXN_BUILDING,   /* taken, its request is being written */
	TXN_TRYING,     /* sent, nothing came */
	TXN_PROCEEDING, /* a provisional response came */
	TXN_LOOSE,      /* given up; request or answer may still be on their way */
};

struct txn {
	struct wheel_node timer;
	pool_handle handle;
	pool_handle owner; /* on whose behalf; its meaning is the owner's, as that of the note */
	struct flow flow;
	uint64_t first_sent_us, last_sent_us, give_up_us;
	char *request; /* in a buffer of the table's; NULL when loose */
	uint32_t cseq;
	uint32_t interval_us; /* until the next repetition */
	uint16_t size;        /* of the request */
	uint8_t state;        /* enum txn_state */
	uint8_t method;       /* enum sip_method */
	uint8_t transmissions;
	uint8_t part; /* enum part: of the core, that owns it */
	bool is_long; /* its buffer is a long one */
};

#define TXN_NOTE_SIZE 8

/*
 * What the owner notes about the request: TXN_NOTE_SIZE bytes beside the transaction, zeroed by
 * txn_begin(). It lives as long as the transaction, so it is there when a late response comes.
 */
static inline void *txn_note(const struct txn *txn)
{
	return (void *)(txn + 1);
}

struct txns;

struct txns_config {
	uint32_t cap;       /* transactions, loose ones included */
	uint32_t in_flight; /* cap of those that hold a buffer */
	uint32_t boot;
	struct hash_key key; /* of the branches' MAC */
};

/* The wheel and the outbox outlive the table. NULL without memory. */
struct txns *txns_new(const struct txns_config *config, struct wheel *wheel, struct outbox *outbox);
void txns_free(struct txns **txns);

/*
 * A transaction of that part of the core, whose request may now be written: `request_r` is a
 * bounded buffer over its storage, a long one where that is asked for. NULL at the cap.
 */
struct txn *txn_begin(struct txns *txns, enum part part, bool is_long, struct buf *request_r);

/*
 * A long buffer in place of the short one, whose request found no room in it: it is written anew.
 * ERR_FULL: none is free.
 */
MUST_CHECK int txn_lengthen(struct txns *txns, struct txn *txn, struct buf *request_r);

/* Writes the transaction's branch parameter value. */
void txn_put_branch(const struct txns *txns, const struct txn *txn, struct buf *b);

/*
 * Sends what was written on `txn->flow`, and arms the repetitions, of which there are none on a
 * reliable transport (RFC 3261 17.1.2.2); given up at `give_up_us` at the latest.
 */
void txn_send(struct txns *txns, struct txn *txn, struct now now, const struct buf *request,
    uint64_t give_up_us);

enum txn_due {
	TXN_DUE_REPEAT,  /* call txn_repeat(), or put it off with txn_postpone() */
	TXN_DUE_TIMEOUT, /* no final response came: call txn_abandon() */
	TXN_DUE_FORGET,  /* loose and outlived: gone, the pointer is dead */
};

/* The meaning of an expired timer. */
enum txn_due txn_due(struct txns *txns, struct txn *txn, struct now now);
void txn_repeat(struct txns *txns, struct txn *txn, struct now now);
void txn_postpone(struct txns *txns, struct txn *txn, uint64_t when_us);

/* Gives up earlier, and repeats by the usual interval what was put off for longer. */
void txn_hasten(struct txns *txns, struct txn *txn, struct now now, uint64_t give_up_us);

/* A provisional response: repetitions slow down to T2. */
void txn_provisional(struct txns *txns, struct txn *txn, struct now now);

/* A final response came: the transaction ends. */
void txn_finish(struct txns *txns, struct txn *txn);

/* Given up without one: it becomes loose. One that was never sent ends. */
void txn_abandon(struct txns *txns, struct txn *txn);

/* Until when a request of this transaction may still reach the peer. */
static inline uint64_t txn_loose_until_us(const struct txn *txn)
{
	return txn->last_sent_us + PACKET_LIFE_US;
}

struct txn *txns_get(const struct txns *txns, pool_handle handle);

enum txn_match {
	TXN_MATCHED,
	TXN_STRANGE,    /* no branch of ours */
	TXN_FORGED,     /* wrong MAC */
	TXN_ELSEWHERE,  /* ours, from another address than was asked; `txn_r` is set */
	TXN_MISMATCHED, /* ours, of another method or CSeq; `txn_r` is set */
	TXN_OLD,        /* of an earlier start of the process */
	TXN_GONE,       /* ours, but forgotten */
	TXN_UNREADABLE, /* of txns_own(): ours, but no SIP; txns_match() never says so */
};

/* Whose response this is (RFC 3261 17.1.3); over UDP it must come from where we sent to. */
enum txn_match txns_match(const struct txns *txns, const struct sip_message *response,
    const struct flow *flow, struct txn **txn_r);

/* The transaction whose branch this text is, as txn_put_branch() wrote it; NULL: none that lives.
 */
struct txn *txns_own(const struct txns *txns, struct slice branch);

/* Transactions that live, loose ones included. */
uint32_t txns_count(const struct txns *txns);

/* True where another request may be sent: a transaction and a buffer are free, a long one too. */
bool txns_have_room(const struct txns *txns, bool may_be_long);
