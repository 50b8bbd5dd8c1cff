// SPDX-License-Identifier: Apache-2.0
/*
 * What people see of the phones and gateways that register with us, as flat records.
 * Texts die with the outbox that carries them. Wall times in ms, 0 for none.
 */
#pragma once

#include "base/netaddr.h"
#include "base/texts.h"

struct endpoint_view {
	struct slice username;
	bool enabled;
	uint32_t contacts; /* devices that are registered now */
	uint32_t max_contacts;
	int64_t last_seen_ms; /* of the last REGISTER that was accepted since the start */
};

void endpoint_view_list(struct texts *texts, struct endpoint_view *view);

struct binding_view {
	struct slice aor;     /* "2001" */
	struct slice contact; /* the URI as it came */
	struct slice call_id;
	uint32_t cseq;
	int64_t expires_at_ms;
	uint32_t granted_s;
	uint32_t q_milli;      /* 0 to 1000 */
	struct slice path;     /* the Path lines as one list; empty without */
	struct slice received; /* where the REGISTER came from, "192.0.2.1:5060" */
	struct slice flow;     /* our side of it */
	const char *transport; /* "UDP" */
	struct slice user_agent;
	struct slice instance; /* "urn:uuid:…"; empty without */
	uint32_t reg_id;       /* RFC 5626; 0 without */
};

void binding_view_list(struct texts *texts, struct binding_view *view);

/* A name that was guessed at too often from one source. */
struct suspension_view {
	struct slice name;     /* empty: all names of the source */
	struct netaddr source; /* without a port; of IPv6 the /64 */
	int64_t until_ms;
	uint32_t failures;
};
