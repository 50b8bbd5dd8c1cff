// SPDX-License-Identifier: Apache-2.0
/*
 * What to do about the last answer of a registration that does not come up.
 */
#pragma once

#include <jansson.h>

struct advice_row {
	int status;         /* 0: any */
	const char *reason; /* what last_reason begins with; NULL: any */
	const char *shown;  /* as it stands under LAST */
	const char *meaning;
	const char *advice;
};

/* The first row that fits the item; NULL for a state that is no trouble, and where none fits. */
const struct advice_row *advice_for(const json_t *item);

/*
 * The advice with the name of the registration where it says NAME, and what last_reason says
 * behind the row's reason where it says HOLDER.
 */
#define ADVICE_MAX 512
const char *advice_text(
    const struct advice_row *row, const json_t *item, const char *name, char text[ADVICE_MAX]);

/* All rows, for `regentctl --tables`. */
json_t *advice_tables(void);
