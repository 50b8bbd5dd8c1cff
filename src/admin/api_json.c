// SPDX-License-Identifier: Apache-2.0
/*
 * Times, foreign texts and absent numbers for the API's JSON.
 */
#include "admin/api_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REPLACEMENT      "\xef\xbf\xbd" /* U+FFFD */
#define REPLACEMENT_SIZE 3

void api_json_time_text(int64_t wall_ms, char *text)
{
	int64_t ms = wall_ms % 1000;
	time_t seconds;
	struct tm tm;
	size_t n;

	if (ms < 0)
		ms += 1000;
	seconds = (wall_ms - ms) / 1000;
	if (!gmtime_r(&seconds, &tm))
		tm = (struct tm){.tm_year = 70, .tm_mday = 1};
	n = strftime(text, API_JSON_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, API_JSON_TIME_MAX - n, ".%03dZ", (int)ms);
}

json_t *api_json_time(int64_t wall_ms)
{
	char text[API_JSON_TIME_MAX];

	if (!wall_ms)
		return json_null();
	api_json_time_text(wall_ms, text);
	return json_string(text);
}

/* Where one foreign byte makes the whole no UTF-8, all beyond ASCII is replaced. */
static json_t *replaced(struct slice text)
{
	char *clean = malloc(text.n * REPLACEMENT_SIZE + 1);
	size_t n = 0;
	json_t *json;

	if (!clean)
		return NULL;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == 0 || c >= 0x80) {
			memcpy(clean + n, REPLACEMENT, REPLACEMENT_SIZE);
			n += REPLACEMENT_SIZE;
		} else {
			clean[n++] = (char)c;
		}
	}
	json = json_stringn(clean, n);
	free(clean);
	return json;
}

json_t *api_json_text(struct slice text)
{
	json_t *json;

	if (slice_is_empty(text))
		return json_null();
	if (memchr(text.p, 0, text.n))
		return replaced(text);
	json = json_stringn(text.p, text.n);
	return json ? json : replaced(text);
}

json_t *api_json_number(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}
