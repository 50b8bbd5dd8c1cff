// SPDX-License-Identifier: Apache-2.0
/*
 * What the simulator sees of a datagram that passes by: enough to pick one out
 * of a conversation, to draw a ladder, and to hold the sender to its rules. It
 * judges nothing.
 */
#pragma once

#include "sip/message.h"

struct facts {
	bool is_keepalive; /* nothing but CRLFs */
	bool is_sip;       /* else nothing below is set */
	bool is_request;
	bool is_register;  /* of a request; of a response, what it answers */
	bool ends_another; /* Contacts behind the first one have expires=0 (multi_contact) */
	bool has_expiry;
	uint32_t expires_s; /* of the first Contact, else of the header */
	enum sip_method method;
	unsigned status; /* responses */
	uint32_t cseq;
	struct slice call_id, branch;
	struct slice user, host; /* of To */
	struct slice contact;    /* URI of the first one */
};

/* The slices live as long as the bytes. */
void facts_read(struct slice bytes, struct facts *facts_r);

/* The same of a copy of the bytes that lies elsewhere. */
void facts_move(struct facts *facts, const char *from, const char *to);

/* A number for a text, the same in every run. */
uint64_t facts_hash(struct slice text);
