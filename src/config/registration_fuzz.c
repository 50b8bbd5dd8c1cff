// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a request says of one registration: what is taken was checked, and
 * comes back the same when it is written and read again.
 */
#include "config/objects.h"
#include "config/registration_text.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *context, const struct registration_config *config)
{
	struct registration_config **kept = context;

	registration_config_free(kept);
	*kept = registration_config_copy(config);
	return 0;
}

static int unseal(void *context, struct slice text, char *plain_r, size_t cap, size_t *n_r)
{
	(void)context;
	if (text.n == 0 || text.n > cap)
		return ERR_ACCESS;
	memcpy(plain_r, text.p, text.n);
	*n_r = text.n;
	return 0;
}

static struct registration_config *read_one(struct slice text, struct slice name)
{
	static struct problems problems;
	struct registration_config *kept = NULL;
	const struct objects_sink sink = {.registration = keep, .unseal = unseal, .context = &kept};
	int rc;

	problems_init(&problems, "fuzz");
	rc = objects_read_one(text, NULL, name, &sink, &problems);
	assert((rc == 0) == (problems.count == 0));
	if (rc != 0)
		registration_config_free(&kept);
	return kept;
}

static void returns(const struct registration_config *config)
{
	static char text[65536];
	struct buf b = buf_over(text, sizeof(text));
	struct registration_config *again;

	for (unsigned i = 0; i < registration_text_count(); i++) {
		buf_puts(&b, registration_text_name(i));
		buf_puts(&b, ": ");
		registration_text_put(&b, i, config);
		buf_puts(&b, "\n");
	}
	again = read_one(buf_slice(&b), (struct slice){0});
	assert(again);
	assert(registration_text_differences(config, again) == 0);
	registration_config_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registration_config *config = read_one(slice_make(data, size), SLICE("line"));

	if (config)
		returns(config);
	registration_config_free(&config);
	return 0;
}
