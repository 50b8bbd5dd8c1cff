// SPDX-License-Identifier: Apache-2.0
/*
 * What a registrar with write-back storage has on its disk: its table as it was
 * when it wrote it last (Kamailio's usrloc with db_mode 2). After a crash that
 * is what it goes on with.
 */
#pragma once

#include "sim/carrier/location.h"

struct stored {
	struct owned aor, contact, params, call_id;
	uint32_t cseq, refreshes;
	uint64_t since_us, expires_us;
	struct netaddr source, local;
	bool planted;
	bool returned; /* had been taken back, or had ended otherwise, when the crash came */
};

struct storage {
	struct stored *rows;
	uint32_t count;
};

/* Writes the whole table, tombstones left out. Without memory it is as it was. */
void storage_write(struct storage *storage, const struct location *location);
void storage_clear(struct storage *storage);

/* Marks what is no longer in the table, or only since a crash before; gives the number of these. */
uint32_t storage_mark(struct storage *storage, const struct location *location);
