// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl export`: the objects as the daemon streams them.
 */
#include "ctl/http.h"

static bool print(void *context, const char *data, size_t size)
{
	(void)context;
	return fwrite(data, 1, size, stdout) == size;
}

enum ctl_exit ctl_export(const struct ctl *ctl)
{
	struct http_request request = {
	    .method = "GET", .path = "/api/v1/export", .sink = print, .is_long = true};
	struct http_reply reply;
	enum ctl_exit code;

	http_send(ctl, &request, &reply);
	code = http_complain(&reply);
	http_release(&reply);
	return code;
}
