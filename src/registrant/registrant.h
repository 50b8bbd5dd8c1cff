// SPDX-License-Identifier: Apache-2.0
/*
 * The registrant: all registrations, debts and upstreams of one core, behind
 * the entries that the core forwards to it.
 */
#pragma once

#include "registrant/context.h"

struct registrant_config {
	const uint8_t *secret; /* NODE_SECRET_SIZE bytes */
	struct hash_key hash_key;
	struct slice advertise, user_agent;
	uint32_t registrations_max;
	uint32_t held;     /* rows of the ledger that will be loaded, whatever the cap */
	uint32_t expected; /* registrations that a start brings */
	uint32_t cseq_floor, cseq_ceiling;
	struct core_context *core;
};

/* The core's context outlives it. NULL without memory. */
struct registrant *registrant_new(const struct registrant_config *config);
void registrant_free(struct registrant **r);

/* A record of the ledger of the process before. ERR_FULL, ERR_MEMORY, ERR_DAMAGED, ERR_SYNTAX. */
MUST_CHECK int registrant_load(struct registrant *r, const struct ledger_record *record);
void registrant_start(struct registrant *r);

/* A response of the network. */
void registrant_response(
    struct registrant *r, const struct sip_message *response, const struct flow *flow);

/* A datagram that is no SIP message; what could be read of it may say that it is an answer to us.
 */
void registrant_unreadable(struct registrant *r, const struct sip_message *response,
    const struct flow *flow, const struct sip_error *error);

/* An outcome of something that was asked for. */
void registrant_event(struct registrant *r, const struct event *event);

/* A timer of one of the kinds in enum timer_kind. */
void registrant_timer(struct registrant *r, struct wheel_node *node);
