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

static void reply(struct http_request *http)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/last-stop.json", http_request_server_of(http)->state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		http_request_fail(http, MHD_HTTP_NOT_FOUND,
		    "no stop has been reported yet: %s is not there", path);
	else if (fd < 0 || fstat(fd, &st))
		http_request_fail(
		    http, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s: %s", path, strerror(errno));
	else {
		http_request_reply_file(http, fd, (uint64_t)st.st_size, "application/json");
		return;
	}
	if (fd >= 0)
		close(fd);
}

void api_last_stop_get(struct http_request *http)
{
	if (http_request_query(http, "wait"))
		http_request_await_end(http);
	else
		reply(http);
}

void api_last_stop_written(struct http_request *http, const struct pending_answer *answer)
{
	(void)answer;
	reply(http);
}
