// SPDX-License-Identifier: Apache-2.0
/*
 * One request for each name; with --json, what the daemon gave back.
 */
#include "ctl/each.h"

#include "ctl/name.h"

static enum ctl_exit do_one(const struct ctl *ctl, const struct each *each, const char *name)
{
	char path[NAME_PATH_MAX];
	struct http_request request = {
	    .method = each->method,
	    .path = name_path(ctl, name, each->what, path),
	    .json = each->object,
	};
	struct http_reply reply;
	enum ctl_exit code;

	http_send(ctl, &request, &reply);
	code = name_complain(ctl, &reply, name);
	if (!code && ctl->json && reply.size)
		http_print_body(&reply);
	else if (!code && !ctl->json)
		ctl_say("%s: %s", name, each->done);
	http_release(&reply);
	return code;
}

enum ctl_exit each_do(const struct ctl *ctl, const struct each *each)
{
	enum ctl_exit worst = CTL_DONE;

	for (int i = 0; i < ctl->argc && worst != CTL_NO_DAEMON; i++) {
		enum ctl_exit code = do_one(ctl, each, ctl->argv[i]);

		if (code > worst)
			worst = code;
	}
	return worst;
}
