// SPDX-License-Identifier: Apache-2.0
/*
 * "id=HASH product=HASH net=HASH,HASH": hashes, because the state directory may be
 * looked at by more people than the machine's numbers are meant for.
 */
#include "store/machine.h"

#include "store/openssl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NET_HASH   8 /* digits */
#define VALUE_MAX  128
#define FOLDER_MAX 1024
#define CARDS_MAX  256

/* The first line of a small file, trimmed; empty where it cannot be read. */
static void read_value(const char *folder, const char *name, char value_r[VALUE_MAX])
{
	char path[FOLDER_MAX + 320];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, value_r, VALUE_MAX - 1);
		close(fd);
	}
	value_r[n > 0 ? n : 0] = '\0';
	value_r[strcspn(value_r, "\n")] = '\0';
}

/* The kind goes into the hash, so that equal values of two sources are not seen to be. */
static void put_hash(const char *kind, const char *value, unsigned digits, char *hash_r)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[EVP_MAX_MD_SIZE] = {0};
	char text[VALUE_MAX + 64];
	int n = snprintf(text, sizeof(text), "regent machine %s %s", kind, value);

	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(), NULL) != 1)
		digits = 0;
	for (unsigned i = 0; i < digits; i++)
		hash_r[i] = hex[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
	hash_r[digits] = '\0';
}

/* What boards say that were never given one, and what many boards say alike. */
static bool is_a_uuid(const char *value)
{
	return strlen(value) == 36 && strspn(value, "0-") < 36 && strspn(value, "fF-") < 36 &&
	       strcasecmp(value, "03000200-0400-0500-0006-000700080009") != 0;
}

static void read_product(const char *root, const char *credentials, struct machine *machine_r)
{
	char folder[FOLDER_MAX], value[VALUE_MAX] = "";

	if (credentials)
		read_value(credentials, "product_uuid", value);
	if (!is_a_uuid(value)) {
		snprintf(folder, sizeof(folder), "%s/sys/class/dmi/id", root);
		read_value(folder, "product_uuid", value);
	}
	for (char *c = value; *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	if (is_a_uuid(value))
		put_hash("product", value, MACHINE_HASH_MAX - 1, machine_r->product);
}

static int compare_hashes(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Bridges, tunnels and the like come and go with the software. */
static bool has_device(const char *folder, const char *card)
{
	char path[FOLDER_MAX + 320];

	snprintf(path, sizeof(path), "%s/%s/device", folder, card);
	return access(path, F_OK) == 0;
}

static void read_nets(const char *root, struct machine *machine_r)
{
	char folder[FOLDER_MAX], value[VALUE_MAX], name[300];
	char hashes[CARDS_MAX][NET_HASH + 1];
	unsigned count = 0;
	struct dirent *card;
	DIR *cards;

	snprintf(folder, sizeof(folder), "%s/sys/class/net", root);
	cards = opendir(folder);
	while (cards && count < CARDS_MAX && (card = readdir(cards))) {
		if (card->d_name[0] == '.' || !has_device(folder, card->d_name))
			continue;
		snprintf(name, sizeof(name), "%s/address", card->d_name);
		read_value(folder, name, value);
		if (strlen(value) > strspn(value, "0:"))
			put_hash("net", value, NET_HASH, hashes[count++]);
	}
	if (cards)
		closedir(cards);
	qsort(hashes, count, sizeof(hashes[0]), compare_hashes);
	machine_r->net_count = count < MACHINE_NETS_MAX ? count : MACHINE_NETS_MAX;
	memcpy(machine_r->nets, hashes, machine_r->net_count * sizeof(hashes[0]));
}

void machine_read(const char *root, const char *credentials, struct machine *machine_r)
{
	char folder[FOLDER_MAX], value[VALUE_MAX];

	memset(machine_r, 0, sizeof(*machine_r));
	snprintf(folder, sizeof(folder), "%s/etc", root);
	read_value(folder, "machine-id", value);
	if (value[0])
		put_hash("id", value, MACHINE_HASH_MAX - 1, machine_r->id);
	read_product(root, credentials, machine_r);
	read_nets(root, machine_r);
}

void machine_put(struct buf *b, const struct machine *machine)
{
	buf_puts(b, "id=");
	buf_puts(b, machine->id);
	buf_puts(b, " product=");
	buf_puts(b, machine->product);
	buf_puts(b, " net=");
	for (unsigned i = 0; i < machine->net_count; i++) {
		if (i > 0)
			buf_putc(b, ',');
		buf_puts(b, machine->nets[i]);
	}
}

/* The hash after `prefix` at the start of `text`, which both are taken off. */
static bool take_hash(struct slice *text, const char *prefix, unsigned digits, char *hash_r)
{
	size_t n = 0;

	if (!slice_starts(*text, slice_of(prefix)))
		return false;
	*text = slice_skip(*text, strlen(prefix));
	while (
	    n < text->n && n < digits &&
	    ((text->p[n] >= '0' && text->p[n] <= '9') || (text->p[n] >= 'a' && text->p[n] <= 'f')))
		n++;
	if (n != 0 && n != digits)
		return false;
	memcpy(hash_r, text->p, n);
	hash_r[n] = '\0';
	*text = slice_skip(*text, n);
	return true;
}

bool machine_parse(struct slice text, struct machine *machine_r)
{
	const char *prefix = " net=";

	memset(machine_r, 0, sizeof(*machine_r));
	if (!take_hash(&text, "id=", MACHINE_HASH_MAX - 1, machine_r->id) ||
	    !take_hash(&text, " product=", MACHINE_HASH_MAX - 1, machine_r->product))
		return false;
	while (text.n > 0 && machine_r->net_count < MACHINE_NETS_MAX) {
		char *hash = machine_r->nets[machine_r->net_count];

		/* None at all is fine, an empty one among others is not. */
		if (!take_hash(&text, prefix, NET_HASH, hash) || (prefix[0] == ',' && !hash[0]))
			return false;
		machine_r->net_count += hash[0] != '\0';
		prefix = ",";
	}
	return text.n == 0;
}

static bool share_a_net(const struct machine *a, const struct machine *b)
{
	for (unsigned i = 0; i < a->net_count; i++)
		if (bsearch(a->nets[i], b->nets, b->net_count, sizeof(b->nets[0]), compare_hashes))
			return true;
	return false;
}

bool machine_is_same(const struct machine *before, const struct machine *now)
{
	if (strcmp(before->id, now->id) != 0)
		return false;
	if (before->product[0] && now->product[0])
		return strcmp(before->product, now->product) == 0;
	return before->net_count == 0 || now->net_count == 0 || share_a_net(before, now);
}

void machine_complete(struct machine *now, const struct machine *before)
{
	if (!now->product[0])
		memcpy(now->product, before->product, sizeof(now->product));
	if (now->net_count > 0)
		return;
	memcpy(now->nets, before->nets, sizeof(now->nets));
	now->net_count = before->net_count;
}
