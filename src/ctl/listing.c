// SPDX-License-Identifier: Apache-2.0
/*
 * A JSON document is opened with the first item and closed with the last page; an
 * error leaves it open, so that a reader sees that it was cut off.
 */
#include "ctl/listing.h"

#include "ctl/pages.h"
#include "ctl/when.h"

#include <stdlib.h>

struct walk {
	const struct listing *listing;
	struct table *table; /* NULL: as JSON */
	size_t count;
	int64_t now_ms;
};

static void put_json(const struct walk *walk, const json_t *item)
{
	char *text = ctl_must(json_dumps(item, JSON_COMPACT | JSON_REAL_PRECISION(9)));

	fputs(walk->count ? "," : "{\"items\":[", stdout);
	fputs(text, stdout);
	free(text);
}

static bool take_item(void *context, json_t *item)
{
	struct walk *walk = context;

	if (walk->table)
		walk->listing->add(walk->table, item, walk->now_ms);
	else
		put_json(walk, item);
	walk->count++;
	return !ferror(stdout);
}

static bool print_page(void *context)
{
	struct walk *walk = context;

	if (walk->table && table_rows(walk->table))
		table_print_page(walk->table, stdout, table_width_of(stdout));
	return !ferror(stdout);
}

enum ctl_exit listing_print(const struct ctl *ctl, const struct listing *listing)
{
	struct walk walk = {.listing = listing, .now_ms = when_now_ms()};
	struct pages_visitor visitor = {take_item, print_page, &walk};
	enum ctl_exit code;

	if (!ctl->json)
		walk.table = table_new(listing->columns, listing->column_count);
	code = pages_walk(ctl, listing->path, &visitor);
	if (!walk.table && !code)
		puts(walk.count ? "],\"next\":null}" : "{\"items\":[],\"next\":null}");
	else if (!code && !walk.count)
		ctl_say("%s", listing->none);
	table_free(&walk.table);
	return code;
}
