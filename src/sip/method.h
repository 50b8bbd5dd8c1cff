// SPDX-License-Identifier: Apache-2.0
/*
 * The methods of SIP (RFC 3261 and its extensions), and the reason phrases of
 * its status codes. Method names are case-sensitive (RFC 3261 7.1).
 */
#pragma once

#include "base/slice.h"

enum sip_method {
	SIP_METHOD_OTHER, /* any other token */
	SIP_ACK,
	SIP_BYE,
	SIP_CANCEL,
	SIP_INFO,
	SIP_INVITE,
	SIP_MESSAGE,
	SIP_NOTIFY,
	SIP_OPTIONS,
	SIP_PRACK,
	SIP_PUBLISH,
	SIP_REFER,
	SIP_REGISTER,
	SIP_SUBSCRIBE,
	SIP_UPDATE,
};

enum sip_method sip_method_find(struct slice name);  /* SIP_METHOD_OTHER if unknown */
const char *sip_method_name(enum sip_method method); /* "" for SIP_METHOD_OTHER */

/* The standard reason phrase of a status; for an unknown status the phrase of its class. */
const char *sip_status_reason(unsigned status);
