// SPDX-License-Identifier: Apache-2.0
/*
 * Reading RFC 3339 as the API writes it (UTC, milliseconds), and durations in
 * the two largest units that matter.
 */
#include "ctl/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t when_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool when_parse(const json_t *value, int64_t *wall_ms_r)
{
	const char *text = json_string_value(value);
	struct tm tm = {0};
	const char *rest;
	unsigned ms = 0;
	int end = 0;

	if (!text)
		return false;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest || sscanf(rest, ".%3uZ%n", &ms, &end) != 1 || !end || rest[end])
		return false;
	*wall_ms_r = (int64_t)timegm(&tm) * 1000 + ms;
	return true;
}

const char *when_duration(int64_t ms, char text[WHEN_MAX])
{
	unsigned long s = ms > 0 ? (unsigned long)(ms / 1000) : 0;

	if (s < 60)
		snprintf(text, WHEN_MAX, "%lus", s);
	else if (s < 3600)
		snprintf(text, WHEN_MAX, "%lum%02lus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, WHEN_MAX, "%luh%02lum", s / 3600, s / 60 % 60);
	else
		snprintf(text, WHEN_MAX, "%lud%02luh", s / 86400, s / 3600 % 24);
	return text;
}
