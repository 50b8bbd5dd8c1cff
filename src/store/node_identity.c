// SPDX-License-Identifier: Apache-2.0
/*
 * A text file of four lines and a checksum over them, so that half a file is
 * never taken for another identity.
 */
#include "store/node_identity.h"

#include "store/openssl.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX   512
#define CHECK_SIZE 8

static void put_body(struct buf *b, const struct node_identity *identity)
{
	buf_puts(b, "regent-identity 1\nnode ");
	buf_put_hex(b, identity->id, NODE_ID_SIZE);
	buf_puts(b, "\nsecret ");
	buf_put_hex(b, identity->secret, NODE_SECRET_SIZE);
	buf_puts(b, "\nmachine ");
	buf_puts(b, identity->machine);
	buf_puts(b, "\n");
}

static int put_check(struct buf *b)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(b->p, b->n, digest, NULL, EVP_sha256(), NULL) != 1)
		return ERR_MEMORY;
	buf_puts(b, "check ");
	buf_put_hex(b, digest, CHECK_SIZE);
	buf_puts(b, "\n");
	return 0;
}

/* The value of the line "key value" at the start of `text`, which it is taken off. */
static bool take_line(struct slice *text, const char *key, struct slice *value_r)
{
	ptrdiff_t end = slice_find(*text, '\n');
	struct slice prefix = slice_of(key);

	if (end < 0 || !slice_starts(*text, prefix) || (size_t)end < prefix.n)
		return false;
	*value_r = (struct slice){text->p + prefix.n, (size_t)end - prefix.n};
	*text = slice_skip(*text, (size_t)end + 1);
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct slice text, uint8_t *bytes_r, size_t n)
{
	if (text.n != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes_r[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool parse(struct slice text, struct node_identity *identity_r)
{
	struct slice rest = text, id, secret, machine, value;
	char again[FILE_MAX];
	struct buf b = buf_over(again, sizeof(again));

	if (!take_line(&rest, "regent-identity 1", &value) || !take_line(&rest, "node ", &id) ||
	    !take_line(&rest, "secret ", &secret) || !take_line(&rest, "machine ", &machine))
		return false;
	if (!read_hex(id, identity_r->id, NODE_ID_SIZE) ||
	    !read_hex(secret, identity_r->secret, NODE_SECRET_SIZE) || machine.n > MACHINE_TEXT_MAX)
		return false;
	memcpy(identity_r->machine, machine.p, machine.n);
	identity_r->machine[machine.n] = '\0';
	put_body(&b, identity_r);
	return put_check(&b) == 0 && slice_equal(buf_slice(&b), text);
}

static int save(
    const struct state_dir *dir, const struct node_identity *identity, struct store_error *error)
{
	char text[FILE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	int rc;

	put_body(&b, identity);
	if (put_check(&b) != 0)
		return store_fail(error, STORE_MEMORY, "out of memory");
	rc = state_dir_write(dir, "identity", b.p, b.n, error);
	explicit_bzero(text, sizeof(text));
	return rc;
}

int node_identity_bind(const struct state_dir *dir, struct node_identity *identity,
    const char *machine, struct store_error *error)
{
	snprintf(identity->machine, sizeof(identity->machine), "%s", machine);
	return save(dir, identity, error);
}

int node_identity_renew(const struct state_dir *dir, struct node_identity *identity,
    const char *machine, struct store_error *error)
{
	if (RAND_bytes(identity->id, NODE_ID_SIZE) != 1 ||
	    RAND_bytes(identity->secret, NODE_SECRET_SIZE) != 1)
		return store_fail(error, STORE_BROKEN, "the system gives no randomness");
	return node_identity_bind(dir, identity, machine, error);
}

int node_identity_load(const struct state_dir *dir, bool has_data, struct node_identity *identity_r,
    struct store_error *error)
{
	char text[FILE_MAX], path[STATE_PATH_MAX];
	size_t n;
	int rc = state_dir_read(dir, "identity", text, sizeof(text), &n, error);

	state_dir_path(dir, "identity", path);
	if (rc == ERR_NOT_FOUND && has_data)
		return store_fail(error, STORE_IDENTITY,
		    "%s: is missing beside a database; restore it, since upstreams hold bindings "
		    "that were made with its secret",
		    path);
	if (rc == ERR_NOT_FOUND)
		return node_identity_renew(dir, identity_r, "", error);
	if (rc == 0 && !parse(slice_make(text, n), identity_r))
		rc = store_fail(error, STORE_DAMAGED,
		    "%s: is damaged; restore a copy of it, since upstreams hold bindings that were "
		    "made with its secret",
		    path);
	explicit_bzero(text, sizeof(text));
	return rc;
}
