// SPDX-License-Identifier: Apache-2.0
/*
 * Option tags of a request, compared without letter case.
 */
#include "txn/require.h"

#include "sip/build.h"

static bool is_spoken(struct slice tag, const char *const *spoken)
{
	for (; *spoken; spoken++)
		if (slice_equal_nocase(tag, slice_of(*spoken)))
			return true;
	return false;
}

bool require_put_unsupported(
    struct buf *b, const struct sip_message *request, const char *const *spoken)
{
	struct sip_list_cursor cursor = {0};
	struct slice tag;
	bool has_some = false;

	while (sip_message_list(request, SIP_REQUIRE, &cursor, &tag)) {
		if (is_spoken(tag, spoken))
			continue;
		if (has_some)
			buf_puts(b, ", ");
		else
			sip_put_header_name(b, SIP_UNSUPPORTED);
		buf_put(b, tag);
		has_some = true;
	}
	if (has_some)
		sip_put_crlf(b);
	return has_some;
}

bool require_lists(const struct sip_message *request, enum sip_header_id id, const char *option_tag)
{
	struct sip_list_cursor cursor = {0};
	struct slice tag;

	while (sip_message_list(request, id, &cursor, &tag))
		if (slice_equal_nocase(tag, slice_of(option_tag)))
			return true;
	return false;
}
