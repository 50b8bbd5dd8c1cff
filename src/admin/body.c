// SPDX-License-Identifier: Apache-2.0
/*
 * Collecting a body piece by piece; see body.h.
 */
#include "admin/body.h"

#include "store/state_dir.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ROOM_FIRST 1024

void body_init(struct body *body, uint64_t limit)
{
	*body = (struct body){.fd = -1, .limit = limit};
}

void body_into_file(struct body *body, const char *dir)
{
	body->fd = state_dir_spool(dir);
	body->error = body->fd < 0 ? errno : 0;
}

static void add_text(struct body *body, const char *bytes, size_t n)
{
	while (body->room < body->size + n) {
		size_t room = body->room ? body->room * 2 : ROOM_FIRST;
		char *grown = malloc(room);

		if (!grown) {
			body->error = ENOMEM;
			return;
		}
		/* Not realloc(): it would leave a copy that nobody overwrites. */
		if (body->text) {
			memcpy(grown, body->text, body->size);
			explicit_bzero(body->text, body->size);
		}
		free(body->text);
		body->text = grown;
		body->room = room;
	}
	memcpy(body->text + body->size, bytes, n);
}

static void add_file(struct body *body, const char *bytes, size_t n)
{
	for (ssize_t wrote; n > 0; bytes += wrote, n -= (size_t)wrote) {
		wrote = write(body->fd, bytes, n);
		if (wrote < 0 && errno == EINTR) {
			wrote = 0;
		} else if (wrote <= 0) {
			body->error = wrote < 0 ? errno : ENOSPC;
			return;
		}
	}
}

void body_add(struct body *body, const char *bytes, size_t n)
{
	if (body->limit == 0 || body->error)
		return;
	if (!body_is_too_large(body) && body->size + n <= body->limit) {
		if (body->fd >= 0)
			add_file(body, bytes, n);
		else
			add_text(body, bytes, n);
	}
	body->size += n;
}

bool body_is_too_large(const struct body *body)
{
	return body->limit > 0 && body->size > body->limit;
}

int body_take_fd(struct body *body)
{
	int fd = body->fd;

	if (body->error || fd < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		errno = body->error ? body->error : errno;
		return -1;
	}
	body->fd = -1;
	return fd;
}

void body_end(struct body *body)
{
	if (body->fd >= 0)
		close(body->fd);
	if (body->text)
		explicit_bzero(body->text, body->room);
	free(body->text);
	body_init(body, 0);
}
