// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl last-stop`: from the daemon, or from its state directory.
 */
#include "ctl/stop_table.h"

#include <limits.h>
#include <stdio.h>

static enum ctl_exit no_file(const struct http_reply *reply)
{
	ctl_error("%s", reply->error);
	if (reply->outcome == HTTP_ABSENT)
		ctl_error("there is no report: regentd has not been stopped yet, or was killed "
		          "during the stop");
	return CTL_REFUSED;
}

static enum ctl_exit complain(const struct http_reply *reply)
{
	enum ctl_exit code = http_complain(reply);

	if (code == CTL_NO_DAEMON)
		ctl_error("the report is in its state directory: regentctl last-stop --state DIR");
	return code;
}

enum ctl_exit ctl_last_stop(const struct ctl *ctl)
{
	struct http_reply reply;
	enum http_outcome outcome;
	enum ctl_exit code;
	char path[PATH_MAX];

	if (ctl->option[CTL_OPTION_STATE]) {
		snprintf(path, sizeof(path), "%s/last-stop.json", ctl->option[CTL_OPTION_STATE]);
		outcome = http_read_file(path, &reply);
	} else {
		outcome = http_ask(ctl, "GET", "/api/v1/last-stop", &reply);
	}
	if (outcome == HTTP_OK)
		code = stop_table_print(ctl, &reply);
	else
		code = ctl->option[CTL_OPTION_STATE] ? no_file(&reply) : complain(&reply);
	http_release(&reply);
	return code;
}
