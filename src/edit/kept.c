// SPDX-License-Identifier: Apache-2.0
/*
 * A table of copies that doubles.
 */
#include "edit/kept.h"

#include <stdlib.h>

#define KEPT_BYTES_MAX ((size_t)48 << 20) /* some 150,000 registrations */

static bool grow(struct kept *kept)
{
	uint32_t size = kept->size ? 2 * kept->size : 64;
	struct registration_config **grown = realloc(kept->configs, size * sizeof(grown[0]));

	if (!grown)
		return false;
	kept->configs = grown;
	kept->size = size;
	return true;
}

static struct registration_config *add(struct kept *kept, const struct registration_config *config)
{
	struct registration_config *copy;

	kept->bytes += object_size(OBJECT_REGISTRATION, config);
	if (kept->bytes > KEPT_BYTES_MAX || (kept->count == kept->size && !grow(kept)))
		return NULL;
	copy = registration_config_copy(config);
	if (copy)
		kept->configs[kept->count++] = copy;
	return copy;
}

void kept_add(struct kept *kept, const struct registration_config *config)
{
	if (kept->is_over || add(kept, config))
		return;
	kept_clear(kept);
	kept->is_over = true;
}

void kept_clear(struct kept *kept)
{
	for (uint32_t i = 0; i < kept->count; i++)
		registration_config_free(&kept->configs[i]);
	free(kept->configs);
	*kept = (struct kept){.is_over = kept->is_over};
}
