// SPDX-License-Identifier: Apache-2.0
/*
 * The token is random where we make it; an operator may write his own.
 */
#include "store/admin_token.h"

#include "base/buf.h"

#include <string.h>
#include <sys/random.h>

#define FILE_NAME   "admin-token"
#define RANDOM_SIZE 32
#define SHORTEST    16 /* of one written by hand */

static int make(
    const struct state_dir *dir, char token_r[ADMIN_TOKEN_MAX], struct store_error *error)
{
	uint8_t bytes[RANDOM_SIZE];
	struct buf b = buf_over(token_r, ADMIN_TOKEN_MAX);
	int rc;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return store_fail(error, STORE_BROKEN, "the system has no randomness");
	buf_put_base32(&b, bytes, sizeof(bytes));
	explicit_bzero(bytes, sizeof(bytes));
	buf_putc(&b, '\n');
	rc = state_dir_write(dir, FILE_NAME, b.p, b.n, error);
	token_r[b.n - 1] = '\0';
	return rc;
}

int admin_token_load(
    const struct state_dir *dir, char token_r[ADMIN_TOKEN_MAX], struct store_error *error)
{
	size_t n;
	int rc = state_dir_read(dir, FILE_NAME, token_r, ADMIN_TOKEN_MAX - 1, &n, error);

	if (rc == ERR_NOT_FOUND)
		return make(dir, token_r, error);
	if (rc != 0)
		return rc;
	token_r[n] = '\0';
	token_r[strcspn(token_r, "\r\n")] = '\0';
	if (strlen(token_r) < SHORTEST)
		return store_fail(error, STORE_DAMAGED,
		    "%s/" FILE_NAME ": a token has at least 16 characters; without the file a new "
		    "one is made",
		    dir->path);
	return 0;
}
