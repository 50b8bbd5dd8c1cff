// SPDX-License-Identifier: Apache-2.0
/*
 * The judge's memory: offences with their last message, and per Call-ID what
 * its requests carried so far. It survives restarts of the registrar, and it
 * never changes an answer.
 */
#pragma once

#include "base/map.h"
#include "base/pool.h"
#include "sim/carrier.h"
#include "sim/carrier/owned.h"
#include "sip/message.h"

#define JUDGE_CALLS_MAX (1u << 19)

struct judge {
	uint64_t counts[CARRIER_OFFENCES];
	struct owned messages[CARRIER_OFFENCES];
	struct pool *pool; /* of calls; at its cap all of them are forgotten */
	struct map *map;
	struct hash_key key;
};

MUST_CHECK int judge_init(struct judge *judge, struct hash_key key);
void judge_free(struct judge *judge);

void judge_offence(struct judge *judge, enum carrier_offence offence, struct slice message);

/* What every request must have: Max-Forwards, one of each single header, a branch, a From tag. */
void judge_form(struct judge *judge, const struct sip_message *msg, struct slice branch);

/*
 * CSeq and From tag against what this Call-ID carried before. A lower CSeq that
 * was never seen is an offence only where the network keeps order. True where
 * a later request of the Call-ID has overtaken this one. The repetition of one
 * that was passed over in silence, or is forgotten, is no new request.
 */
bool judge_order(
    struct judge *judge, const struct sip_message *msg, struct slice branch, bool ordered);

/* The text of nc in credentials, as it stands there; empty without. */
struct slice judge_nc_text(struct slice credentials);
bool judge_nc_is_hex(struct slice nc);
