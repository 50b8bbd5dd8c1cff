// SPDX-License-Identifier: Apache-2.0
/*
 * Resolving paths without touching what they name, and reading the small
 * files that hold a password.
 */
#include "config/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_directory(const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) : 0;
	char *directory = NULL, *here;

	if (file[0] == '/')
		return strndup(file, n > 0 ? n : 1);
	here = getcwd(NULL, 0);
	if (!here)
		return NULL;
	if (n == 0)
		return here;
	if (asprintf(&directory, "%s/%.*s", here, (int)n, file) < 0)
		directory = NULL;
	free(here);
	return directory;
}

char *path_resolve(const char *directory, struct slice text)
{
	char *path = NULL;

	if (text.n > 0 && text.p[0] == '/')
		return strndup(text.p, text.n);
	if (asprintf(&path, "%s/%.*s", directory, SLICE_ARG(text)) < 0)
		return NULL;
	return path;
}

const char *path_from_here(const char *path)
{
	char *here = getcwd(NULL, 0);
	size_t n = here ? strlen(here) : 0;

	if (n > 1 && strncmp(path, here, n) == 0 && path[n] == '/' && path[n + 1] != '\0')
		path += n + 1;
	free(here);
	return path;
}

static ptrdiff_t read_up_to(int fd, char *p, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		ssize_t got = read(fd, p + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ptrdiff_t)n;
}

ptrdiff_t path_read_line(const char *path, char *line_r, size_t cap, const char **error_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ptrdiff_t n = -1;
	const char *end;

	*error_r = NULL;
	if (fd < 0) {
		*error_r = strerror(errno);
		return -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		*error_r = "is not a regular file";
	else if (st.st_size > (off_t)cap)
		*error_r = "is too long for a password";
	else if ((n = read_up_to(fd, line_r, cap)) < 0)
		*error_r = strerror(errno);
	close(fd);
	if (*error_r || n < 0)
		return -1;
	end = memchr(line_r, '\n', (size_t)n);
	if (end)
		n = end - line_r;
	if (n > 0 && line_r[n - 1] == '\r')
		n--;
	return n;
}
