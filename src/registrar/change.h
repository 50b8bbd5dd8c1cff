// SPDX-License-Identifier: Apache-2.0
/*
 * What a REGISTER does to the bindings of its endpoint: all of it or nothing
 * (RFC 3261 10.3 7.).
 */
#pragma once

#include "registrar/wishes.h"

enum change_verdict {
	CHANGE_DONE,
	CHANGE_OLD,      /* a binding has this Call-ID with this CSeq or a higher one */
	CHANGE_OCCUPIED, /* other devices have all Contacts, and may not be replaced */
	CHANGE_TOO_MANY, /* more Contacts than the endpoint may have */
	CHANGE_FULL,     /* no room or memory for one more */
};

/* Anything but CHANGE_DONE has changed nothing. */
enum change_verdict change_make(struct registrar *registrar, struct endpoint *endpoint,
    struct wishes *wishes, const struct binding_source *source, struct slice call_id);
