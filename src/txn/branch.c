// SPDX-License-Identifier: Apache-2.0
/*
 * Branches: 14 bytes of address and 5 of MAC in base32 behind the cookie.
 */
#include "txn/branch.h"

#define COOKIE       "z9hG4bK"
#define ADDRESS_SIZE 14
#define MAC_SIZE     5
#define BRANCH_SIZE  (ADDRESS_SIZE + MAC_SIZE)
#define TEXT_SIZE    31 /* base32 characters of BRANCH_SIZE bytes */

static void put_u32(uint8_t *bytes, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void write_mac(struct hash_key key, uint8_t *bytes)
{
	uint64_t mac = hash_bytes(key, slice_make(bytes, ADDRESS_SIZE));

	for (int i = 0; i < MAC_SIZE; i++)
		bytes[ADDRESS_SIZE + i] = (uint8_t)(mac >> (8 * i));
}

void branch_put(struct buf *b, struct hash_key key, const struct branch *branch)
{
	uint8_t bytes[BRANCH_SIZE];

	bytes[0] = branch->part;
	bytes[1] = branch->core;
	put_u32(bytes + 2, branch->slot);
	put_u32(bytes + 6, branch->generation);
	put_u32(bytes + 10, branch->boot);
	write_mac(key, bytes);
	buf_puts(b, COOKIE);
	buf_put_base32(b, bytes, sizeof(bytes));
}

int branch_parse(struct slice text, struct hash_key key, struct branch *branch_r)
{
	uint8_t bytes[BRANCH_SIZE], signed_bytes[BRANCH_SIZE];
	struct slice cookie = SLICE(COOKIE);

	if (text.n != cookie.n + TEXT_SIZE ||
	    !slice_equal_nocase(slice_make(text.p, cookie.n), cookie))
		return ERR_SYNTAX;
	if (slice_base32(slice_skip(text, cookie.n), bytes, sizeof(bytes)) < 0)
		return ERR_SYNTAX;
	memcpy(signed_bytes, bytes, sizeof(bytes));
	write_mac(key, signed_bytes);
	if (memcmp(signed_bytes, bytes, sizeof(bytes)) != 0)
		return ERR_ACCESS;
	*branch_r = (struct branch){.part = bytes[0],
	    .core = bytes[1],
	    .slot = get_u32(bytes + 2),
	    .generation = get_u32(bytes + 6),
	    .boot = get_u32(bytes + 10)};
	return 0;
}
