// SPDX-License-Identifier: Apache-2.0
/*
 * Non-INVITE client transactions (RFC 3261 17.1.2) of the requests we send. A
 * transaction keeps its request in a buffer while it may repeat it: TXN_BUFFER_SIZE
 * bytes, or TXN_LONG_SIZE if the credentials are long. There are fewer long buffers,
 * and memory for them is allocated at first use. A transaction that is given up is
 * *loose*: its request may still arrive. So it gives its buffer up but can be found
 * until no response can come any more.
 *
 * Transactions make no callbacks: txn_due() says what an expired timer means, and
 * txns_match() finds the transaction of a response. The branch names the part of the
 * core that owns the transaction.
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
#define SIP_TF_US (64 * SIP_T1_US) /* timer F: the time-out of a transaction */

/* The longest a packet may live between us and a peer. */
#define PACKET_LIFE_US (5 * US_PER_S)

enum txn_state {
	TXN_BUILDING,   /* its request is being written */
	TXN_TRYING,     /* sent, no response yet */
	TXN_PROCEEDING, /* a provisional response came */
	TXN_LOOSE,      /* given up; request or response may still be on the way */
};

struct txn {
	struct wheel_node timer;
	pool_handle handle;
	pool_handle owner; /* for the part that sends; it gives this and the note their meaning */
	struct flow flow;
	uint64_t first_sent_us, last_sent_us, give_up_us;
	char *request; /* a buffer of the table; NULL when loose */
	uint32_t cseq;
	uint32_t interval_us; /* until the next repetition */
	uint16_t size;        /* of the request */
	uint8_t state;        /* enum txn_state */
	uint8_t method;       /* enum sip_method */
	uint8_t transmissions;
	uint8_t part; /* enum part: the part of the core that owns it */
	bool is_long; /* `request` is a long buffer */
};

#define TXN_NOTE_SIZE 8

/*
 * TXN_NOTE_SIZE bytes beside the transaction in which the owner notes what it has to know of the
 * request. txn_begin() zeroes them. They live as long as the transaction, so they are still there
 * when a late response comes.
 */
static inline void *txn_note(const struct txn *txn)
{
	return (void *)(txn + 1);
}

struct txns;

struct txns_config {
	uint32_t cap;        /* transactions, loose ones included */
	uint32_t in_flight;  /* how many of them may hold a buffer */
	uint32_t boot;       /* the number of this start, for the branches */
	struct hash_key key; /* for the MAC of the branches */
};

/* The caller keeps the wheel and the outbox until txns_free(). NULL without memory. */
struct txns *txns_new(const struct txns_config *config, struct wheel *wheel, struct outbox *outbox);
void txns_free(struct txns **txns);

/*
 * Begins a transaction of that part of the core. The caller writes the request into `request_r`,
 * the transaction's own buffer, then calls txn_send(), or txn_finish() to drop it. NULL if
 * transactions or buffers of that size are at their cap.
 */
struct txn *txn_begin(struct txns *txns, enum part part, bool is_long, struct buf *request_r);

/*
 * Replaces the short buffer, in which the request found no room, by an empty long one. The caller
 * writes the request again. ERR_FULL: no long buffer is free; nothing has changed.
 */
MUST_CHECK int txn_lengthen(struct txns *txns, struct txn *txn, struct buf *request_r);

/* Writes the transaction's branch parameter value. */
void txn_put_branch(const struct txns *txns, const struct txn *txn, struct buf *b);

/*
 * Sends the request on `txn->flow` and sets the timer: for repetitions (timer E) if the transport
 * is unreliable, else for the time-out at `give_up_us`, in mono_us (RFC 3261 17.1.2.2).
 */
void txn_send(struct txns *txns, struct txn *txn, struct now now, const struct buf *request,
    uint64_t give_up_us);

enum txn_due {
	TXN_DUE_REPEAT,  /* call txn_repeat(), or put it off with txn_postpone() */
	TXN_DUE_TIMEOUT, /* no final response came: call txn_abandon() */
	TXN_DUE_FORGET,  /* no response can come any more: the transaction has been freed */
};

/* The meaning of the transaction's timer, which has expired. */
enum txn_due txn_due(struct txns *txns, struct txn *txn, struct now now);

/* Sends the request again; the interval doubles up to T2 (RFC 3261 17.1.2.2). */
void txn_repeat(struct txns *txns, struct txn *txn, struct now now);

/* Sets the time of the next repetition, in mono_us. */
void txn_postpone(struct txns *txns, struct txn *txn, uint64_t when_us);

/* Moves the time-out forward to `give_up_us`, and the next repetition to the usual interval. */
void txn_hasten(struct txns *txns, struct txn *txn, struct now now, uint64_t give_up_us);

/* A provisional response came: repetitions slow down to T2 (RFC 3261 17.1.2.2). */
void txn_provisional(struct txns *txns, struct txn *txn, struct now now);

/* Frees the transaction: a final response came, or its request was never sent. */
void txn_finish(struct txns *txns, struct txn *txn);

/* Gives the transaction up: it becomes loose. If its request was never sent, it is freed. */
void txn_abandon(struct txns *txns, struct txn *txn);

/* Until when, in mono_us, a request of this transaction may still reach the peer. */
static inline uint64_t txn_loose_until_us(const struct txn *txn)
{
	return txn->last_sent_us + PACKET_LIFE_US;
}

/* The transaction with this handle, loose or not; NULL if it is gone. */
struct txn *txns_get(const struct txns *txns, pool_handle handle);

enum txn_match {
	TXN_MATCHED,    /* `txn_r` is set */
	TXN_STRANGE,    /* the branch is not one of ours */
	TXN_FORGED,     /* the branch has a wrong MAC */
	TXN_ELSEWHERE,  /* it did not come from the address we sent to; `txn_r` is set */
	TXN_MISMATCHED, /* another method or CSeq than we sent; `txn_r` is set */
	TXN_OLD,        /* the branch is of an earlier start of the process */
	TXN_GONE,       /* the transaction has ended */
	TXN_UNREADABLE, /* it is no valid SIP; core.c says so, txns_match() never does */
};

/*
 * Finds the transaction of a response (RFC 3261 17.1.3). Beyond that section, the response must
 * come over the connection that we used, or over UDP from the IP address that we sent to.
 */
enum txn_match txns_match(const struct txns *txns, const struct sip_message *response,
    const struct flow *flow, struct txn **txn_r);

/* The transaction that this text of txn_put_branch() names; NULL if there is none any more. */
struct txn *txns_own(const struct txns *txns, struct slice branch);

/* The number of transactions, loose ones included. */
uint32_t txns_count(const struct txns *txns);

/* True if a transaction and a short buffer are free, and with `may_be_long` a long one as well. */
bool txns_have_room(const struct txns *txns, bool may_be_long);
