// SPDX-License-Identifier: Apache-2.0
/*
 * Hashes and log lines, as all parts of the registrant make them.
 */
#include "registrant/context.h"

void registrant_log(struct registrant *r, enum log_level level, const struct buf *line)
{
	struct effect *effect = outbox_add(r->core->outbox, EFFECT_LOG);

	effect->log.level = level;
	effect->log.text = outbox_keep(r->core->outbox, buf_slice(line));
}

uint64_t registrant_hash(const struct registrant *r, struct slice a, struct slice b)
{
	uint64_t first = hash_bytes(r->hash_key, a);

	return first * UINT64_C(0x9e3779b97f4a7c15) + hash_bytes(r->hash_key, b);
}
