// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever an objects file says: what reaches the sink was checked, and a file
 * with a problem is refused.
 */
#include "config/objects.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_parameter(void *context, const struct param_row *row, struct slice text)
{
	struct params params;
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));

	(void)context;
	params_defaults(&params);
	assert(params_set(&params, slice_of(row->name), text, &b) == 0);
	return 0;
}

static int take_object(void *context, enum object_kind kind, const void *object)
{
	char message[PROBLEM_TEXT_MAX];
	struct buf b = buf_over(message, sizeof(message));
	const char *field;

	(void)context;
	assert(object_check(kind, object, NULL, &field, &b) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct objects_sink sink = {
	    .parameter = take_parameter,
	    .object = take_object,
	};
	static struct problems problems;
	char line[PROBLEM_LINE_MAX];
	int rc;

	problems_init(&problems, "fuzz");
	rc = objects_read_text(slice_make(data, size), "/nonexistent", &sink, &problems);
	assert((rc == 0) == (problems.count == 0));
	for (unsigned i = 0; i < problems_lines(&problems); i++) {
		struct buf b = buf_over(line, sizeof(line));

		problems_put(&b, &problems, i);
		assert(!b.full);
	}
	return 0;
}
