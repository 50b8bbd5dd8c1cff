// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl node`: who this node is.
 */
#include "ctl/http.h"
#include "ctl/text.h"

#include <stdlib.h>

static void print_value(const json_t *value)
{
	char *clean;

	if (json_is_integer(value)) {
		printf("%lld\n", (long long)json_integer_value(value));
		return;
	}
	clean = text_clean(json_is_string(value) ? json_string_value(value) : "-");
	puts(clean);
	free(clean);
}

enum ctl_exit ctl_node(const struct ctl *ctl)
{
	struct http_reply reply;
	enum ctl_exit code;
	const char *key;
	json_t *value;

	http_ask(ctl, "GET", "/api/v1/node", &reply);
	code = http_complain(&reply);
	if (!code && ctl->json) {
		http_print_body(&reply);
	} else if (!code) {
		json_object_foreach(reply.json, key, value)
		{
			printf("%-12s", key);
			print_value(value);
		}
	}
	http_release(&reply);
	return code;
}
