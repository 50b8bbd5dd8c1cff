// SPDX-License-Identifier: Apache-2.0
/*
 * Looks a few times a second, first a moment after the edit: trouble that was there
 * before is not what came of it.
 */
#include "ctl/follow.h"

#include "ctl/advice.h"
#include "ctl/name.h"
#include "ctl/row.h"
#include "ctl/when.h"

#include <string.h>
#include <unistd.h>

#define LOOK_MS   150
#define FOLLOW_MS 40000 /* an attempt without an answer is over after 32 s */

bool follow_is_wanted(const struct ctl *ctl)
{
	return ctl->option[CTL_OPTION_WAIT] ||
	       (!ctl->json && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO));
}

static bool is_over(const char *state)
{
	static const char *const over[] = {"registered", "disabled", "standby"};

	for (size_t i = 0; i < sizeof(over) / sizeof(*over); i++)
		if (!strcmp(state, over[i]))
			return true;
	return row_state_is_trouble(state);
}

static void tell(const json_t *item, int64_t now_ms)
{
	char expires[ROW_TEXT], next[ROW_TEXT], last[ROW_TEXT];
	const char *held = row_expires(item, now_ms, expires);
	const char *answer = row_answer(item, "last_status", "last_reason", last);
	const char *then = row_next(item, now_ms, next);
	const char *state = row_text(item, "state");

	if (!strcmp(state, "registered"))
		ctl_say("registered for %s at %s; %s", held ? held : "?",
		    row_text(item, "target") ? row_text(item, "target") : "?", then ? then : "");
	else if (row_state_is_trouble(state))
		ctl_say("%s: %s; %s", state, answer ? answer : "no answer", then ? then : "");
	else
		ctl_say("%s", state);
}

static void advise(const char *name, const json_t *item)
{
	const struct advice_row *advice = advice_for(item);
	char text[ADVICE_MAX];

	if (advice) {
		ctl_say("That means: %s.", advice->meaning);
		ctl_say("What to do: %s.", advice_text(advice, item, name, text));
	}
	ctl_say("Regent tries again by itself; see regentctl registration show %s", name);
}

/* The state into `state`, told where it has changed; true once it is a last one. */
static bool look(const struct ctl *ctl, const char *name, char state[32], enum ctl_exit *code_r)
{
	char path[NAME_PATH_MAX];
	struct http_reply reply;
	const char *now;
	bool over = true;

	http_ask(ctl, "GET", name_path(ctl, name, "", path), &reply);
	*code_r = http_complain(&reply);
	now = row_text(reply.json, "state");
	if (!*code_r && now) {
		over = is_over(now);
		*code_r = row_state_is_trouble(now) ? CTL_UNSETTLED : CTL_DONE;
		if (strcmp(state, now))
			tell(reply.json, when_now_ms());
		if (over && *code_r)
			advise(name, reply.json);
		snprintf(state, 32, "%s", now);
	}
	http_release(&reply);
	return over;
}

enum ctl_exit follow_registration(const struct ctl *ctl, const char *name)
{
	enum ctl_exit code;
	char state[32] = "";

	for (int ms = 0; ms < FOLLOW_MS; ms += LOOK_MS) {
		usleep(LOOK_MS * 1000);
		if (look(ctl, name, state, &code))
			return code;
	}
	ctl_say("no result yet; see regentctl registration show %s", name);
	return CTL_UNSETTLED;
}
