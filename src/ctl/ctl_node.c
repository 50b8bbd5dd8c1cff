// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl node`: who this node is; and the decision about a state directory that
 * was found on another machine.
 */
#include "ctl/http.h"
#include "ctl/text.h"

#include <stdlib.h>
#include <time.h>

#define LOOK_MS  100
#define LOOK_MAX 300

static void print_value(const json_t *value)
{
	char *clean;

	if (json_is_boolean(value)) {
		puts(json_is_true(value)
		         ? "yes, nothing is sent: run regentctl node adopt or regentctl node renew"
		         : "no");
		return;
	}
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
	if (!code && json_is_true(json_object_get(reply.json, "held")))
		code = CTL_UNSETTLED;
	http_release(&reply);
	return code;
}

/* True once a later start of regentd answers, which holds nothing back. */
static bool is_back(const struct ctl *ctl, json_int_t boot)
{
	struct http_reply reply;
	bool is_later;

	http_ask(ctl, "GET", "/api/v1/node", &reply);
	is_later = reply.outcome == HTTP_OK &&
	           json_integer_value(json_object_get(reply.json, "boot")) != boot &&
	           json_is_false(json_object_get(reply.json, "held"));
	http_release(&reply);
	return is_later;
}

static enum ctl_exit decide(const struct ctl *ctl, const char *path)
{
	const struct timespec step = {.tv_nsec = LOOK_MS * 1000000};
	struct http_reply reply;
	enum ctl_exit code;
	json_int_t boot;

	http_ask(ctl, "POST", path, &reply);
	code = http_complain(&reply);
	boot = json_integer_value(json_object_get(reply.json, "boot"));
	http_release(&reply);
	if (code)
		return code;
	for (int i = 0; i < LOOK_MAX; i++) {
		if (is_back(ctl, boot))
			return ctl_node(ctl);
		nanosleep(&step, NULL);
	}
	ctl_error("no new regentd answers; look at its log");
	return CTL_UNSETTLED;
}

enum ctl_exit ctl_node_adopt(const struct ctl *ctl)
{
	return decide(ctl, "/api/v1/node/adopt");
}

enum ctl_exit ctl_node_renew(const struct ctl *ctl)
{
	return decide(ctl, "/api/v1/node/renew");
}
