// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever regent.yaml says: it is refused with a problem, or gives a config
 * that can be used.
 */
#include "config/node_config.h"

#include "base/error.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct problems problems;
	struct node_config config;
	char line[PROBLEM_LINE_MAX];
	int rc;

	problems_init(&problems, "fuzz");
	rc = node_config_read_text(slice_make(data, size), "/nonexistent", &config, &problems);
	assert((rc == 0) == (problems.count == 0));
	for (unsigned i = 0; i < problems_lines(&problems); i++) {
		struct buf b = buf_over(line, sizeof(line));

		problems_put(&b, &problems, i);
		assert(!b.full);
	}
	if (rc == 0) {
		assert(config.node && config.state && config.admin_socket);
		assert(config.listen_count > 0 && config.listen_count <= NODE_LISTEN_MAX);
		node_config_free(&config);
	}
	return 0;
}
