// SPDX-License-Identifier: Apache-2.0
/*
 * Nonces as text.
 */
#include "guard/nonce.h"

#define BOOT_SIZE   4
#define TIME_SIZE   5
#define SERIAL_SIZE 3
#define STATED_SIZE (BOOT_SIZE + TIME_SIZE + SERIAL_SIZE) /* what it says openly */
#define MAC_SIZE    8
#define NONCE_SIZE  (STATED_SIZE + MAC_SIZE)

/* Highest byte first. Gives the byte behind them. */
static uint8_t *put_number(uint8_t *p, unsigned size, uint64_t number)
{
	for (unsigned i = size; i > 0; i--)
		*p++ = (uint8_t)(number >> (8 * (i - 1)));
	return p;
}

static uint64_t get_number(const uint8_t *p, unsigned size)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | p[i];
	return number;
}

static uint64_t make_mac(struct hash_key key, const uint8_t *stated, const struct source *source)
{
	uint8_t bytes[STATED_SIZE + sizeof(*source)];

	memcpy(bytes, stated, STATED_SIZE);
	memcpy(bytes + STATED_SIZE, source, sizeof(*source));
	return hash_bytes(key, slice_make(bytes, sizeof(bytes)));
}

void nonce_put(
    struct buf *b, struct hash_key key, const struct source *source, const struct nonce *nonce)
{
	uint8_t bytes[NONCE_SIZE];
	uint8_t *p = put_number(bytes, BOOT_SIZE, nonce->boot);

	p = put_number(p, TIME_SIZE, nonce->made_ms);
	p = put_number(p, SERIAL_SIZE, nonce->serial);
	(void)put_number(p, MAC_SIZE, make_mac(key, bytes, source));
	buf_put_base32(b, bytes, sizeof(bytes));
}

int nonce_parse(
    struct slice text, struct hash_key key, const struct source *source, struct nonce *nonce_r)
{
	uint8_t bytes[NONCE_SIZE];
	uint64_t mac;

	if (slice_base32(text, bytes, sizeof(bytes)) < 0)
		return ERR_SYNTAX;
	mac = get_number(bytes + STATED_SIZE, MAC_SIZE);
	/* One comparison of whole words: its time says nothing about how many bytes are right. */
	if (mac != make_mac(key, bytes, source))
		return ERR_ACCESS;
	*nonce_r = (struct nonce){
	    .boot = (uint32_t)get_number(bytes, BOOT_SIZE),
	    .made_ms = get_number(bytes + BOOT_SIZE, TIME_SIZE),
	    .serial = (uint32_t)get_number(bytes + BOOT_SIZE + TIME_SIZE, SERIAL_SIZE),
	    .id = mac,
	};
	return 0;
}
