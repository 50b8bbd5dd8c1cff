// SPDX-License-Identifier: Apache-2.0
/*
 * The header fields that Regent reads or writes, with their compact forms.
 * Names are compared without letter case (RFC 3261 7.3.1).
 */
#pragma once

#include "base/slice.h"

enum sip_header_id {
	SIP_HEADER_OTHER,
	SIP_ACCEPT,
	SIP_ALLOW,
	SIP_AUTHENTICATION_INFO,
	SIP_AUTHORIZATION,
	SIP_CALL_ID,
	SIP_CONTACT,
	SIP_CONTENT_LENGTH,
	SIP_CONTENT_TYPE,
	SIP_CSEQ,
	SIP_DATE,
	SIP_EVENT,
	SIP_EXPIRES,
	SIP_FROM,
	SIP_MAX_FORWARDS,
	SIP_MIN_EXPIRES,
	SIP_PATH,
	SIP_PROXY_AUTHENTICATE,
	SIP_PROXY_AUTHORIZATION,
	SIP_PROXY_REQUIRE,
	SIP_REASON,
	SIP_RECORD_ROUTE,
	SIP_REQUIRE,
	SIP_RETRY_AFTER,
	SIP_ROUTE,
	SIP_SERVER,
	SIP_SERVICE_ROUTE,
	SIP_SUBSCRIPTION_STATE,
	SIP_SUPPORTED,
	SIP_TO,
	SIP_UNSUPPORTED,
	SIP_USER_AGENT,
	SIP_VIA,
	SIP_WARNING,
	SIP_WWW_AUTHENTICATE,
	SIP_HEADER_COUNT
};

/* By full name or compact form; SIP_HEADER_OTHER for an unknown name. */
enum sip_header_id sip_header_find(struct slice name);
struct slice sip_header_name(enum sip_header_id id);  /* empty for SIP_HEADER_OTHER */
struct slice sip_header_begin(enum sip_header_id id); /* "Via: " */
