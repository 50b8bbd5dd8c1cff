// SPDX-License-Identifier: Apache-2.0
/*
 * The fingerprint of a machine: what tells it from a copy of its disk. Three sources,
 * each kept as a hash: /etc/machine-id; the product's UUID, which the firmware or the
 * hypervisor gives and only root may read, else the service manager hands it over (the
 * credential product_uuid); and the addresses of the network interfaces that have a
 * device behind them. Images of disks are mostly copied with their machine-id, but a
 * copy runs on another board.
 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>

#define MACHINE_TEXT_MAX 160
#define MACHINE_HASH_MAX 17 /* hexadecimal, with its NUL */
#define MACHINE_NETS_MAX 12

/* An absent source is empty. */
struct machine {
	char id[MACHINE_HASH_MAX];
	char product[MACHINE_HASH_MAX];
	char nets[MACHINE_NETS_MAX][MACHINE_HASH_MAX / 2 + 1]; /* sorted */
	unsigned net_count;
};

/*
 * Looks at this machine. `root`: in front of /etc and /sys, "" but in tests.
 * `credentials`: the directory with what the service manager hands over, or NULL.
 */
void machine_read(const char *root, const char *credentials, struct machine *machine_r);

/* As text of at most MACHINE_TEXT_MAX bytes, and back; false where it is no such text. */
void machine_put(struct buf *b, const struct machine *machine);
bool machine_parse(struct slice text, struct machine *machine_r);

/*
 * True where both may be one machine: the same machine-id, and the same product. Only
 * where one of them does not know the product, the interfaces decide: one of them has to
 * be the same. So a changed interface alone never makes another machine while the product
 * is known, nor while another interface stays.
 */
bool machine_is_same(const struct machine *before, const struct machine *now);

/* What `now` does not know, and `before` knew, is taken from there. */
void machine_complete(struct machine *now, const struct machine *before);
