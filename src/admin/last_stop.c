// SPDX-License-Identifier: Apache-2.0
/*
 * GET /api/v1/last-stop: the report of the stop before this start, as the file
 * STATE/last-stop.json holds it. With `?wait=end` it is the report of the stop to come,
 * for clients that may use the socket and not read the state directory.
 */
#include "admin/api.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void reply(struct exchange *exchange)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/last-stop.json", exchange_server_of(exchange)->state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		exchange_fail(exchange, MHD_HTTP_NOT_FOUND,
		    "no stop has been reported yet: %s is not there", path);
	else if (fd < 0 || fstat(fd, &st))
		exchange_fail(
		    exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s: %s", path, strerror(errno));
	else {
		exchange_reply_file(exchange, fd, (uint64_t)st.st_size, "application/json");
		return;
	}
	if (fd >= 0)
		close(fd);
}

void api_last_stop_get(struct exchange *exchange)
{
	if (exchange_query(exchange, "wait"))
		exchange_await_end(exchange);
	else
		reply(exchange);
}

void api_last_stop_written(struct exchange *exchange, const struct answer *answer)
{
	(void)answer;
	reply(exchange);
}
