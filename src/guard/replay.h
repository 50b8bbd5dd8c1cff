// SPDX-License-Identifier: Apache-2.0
/*
 * Tells whether an answer to a nonce was used before (RFC 7616 3.4.5). For each nonce the highest
 * nc is noted, and which of the 32 up to it were used: requests may overtake one another.
 */
#pragma once

#include "guard/recent.h"
#include "sip/digest.h"

/*
 * Notes this use of the nonce `id`, which was made at `made_us`. False, and nothing is noted, where
 * it was used with this nc before, or might have been: the nc lies too far behind, or the table has
 * forgotten nonces as old as this one. Without a qop there is no nc, so a nonce is good once.
 * `is_first_r`: no other use of this nonce is noted.
 */
bool replay_note(struct recent *used, uint64_t id, uint64_t made_us, enum sip_digest_qop qop,
    uint32_t nc, uint64_t now_us, bool *is_first_r);
