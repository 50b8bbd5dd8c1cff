// SPDX-License-Identifier: Apache-2.0
/*
 * Names of header fields. A look-up compares with one name only: length and
 * first letter leave one candidate (the second letter tells Call-ID from Contact).
 */
#include "sip/header.h"

#define KEY(length, first) ((length) << 8 | (unsigned char)(first))

/* The slice covers the name alone; the text behind it goes on with the separator. */
#define SEPARATOR ": "
#define NAME(text)                                                                                 \
	{                                                                                          \
		(text SEPARATOR), sizeof(text) - 1                                                 \
	}

static const struct slice names[SIP_HEADER_COUNT] = {
    [SIP_HEADER_OTHER] = NAME(""),
    [SIP_ACCEPT] = NAME("Accept"),
    [SIP_ALLOW] = NAME("Allow"),
    [SIP_AUTHENTICATION_INFO] = NAME("Authentication-Info"),
    [SIP_AUTHORIZATION] = NAME("Authorization"),
    [SIP_CALL_ID] = NAME("Call-ID"),
    [SIP_CONTACT] = NAME("Contact"),
    [SIP_CONTENT_LENGTH] = NAME("Content-Length"),
    [SIP_CONTENT_TYPE] = NAME("Content-Type"),
    [SIP_CSEQ] = NAME("CSeq"),
    [SIP_DATE] = NAME("Date"),
    [SIP_EVENT] = NAME("Event"),
    [SIP_EXPIRES] = NAME("Expires"),
    [SIP_FROM] = NAME("From"),
    [SIP_MAX_FORWARDS] = NAME("Max-Forwards"),
    [SIP_MIN_EXPIRES] = NAME("Min-Expires"),
    [SIP_PATH] = NAME("Path"),
    [SIP_PROXY_AUTHENTICATE] = NAME("Proxy-Authenticate"),
    [SIP_PROXY_AUTHORIZATION] = NAME("Proxy-Authorization"),
    [SIP_PROXY_REQUIRE] = NAME("Proxy-Require"),
    [SIP_REASON] = NAME("Reason"),
    [SIP_RECORD_ROUTE] = NAME("Record-Route"),
    [SIP_REQUIRE] = NAME("Require"),
    [SIP_RETRY_AFTER] = NAME("Retry-After"),
    [SIP_ROUTE] = NAME("Route"),
    [SIP_SERVER] = NAME("Server"),
    [SIP_SERVICE_ROUTE] = NAME("Service-Route"),
    [SIP_SUBSCRIPTION_STATE] = NAME("Subscription-State"),
    [SIP_SUPPORTED] = NAME("Supported"),
    [SIP_TO] = NAME("To"),
    [SIP_UNSUPPORTED] = NAME("Unsupported"),
    [SIP_USER_AGENT] = NAME("User-Agent"),
    [SIP_VIA] = NAME("Via"),
    [SIP_WARNING] = NAME("Warning"),
    [SIP_WWW_AUTHENTICATE] = NAME("WWW-Authenticate"),
};

static enum sip_header_id find_compact(char letter)
{
	switch (letter | 0x20) {
	case 'c':
		return SIP_CONTENT_TYPE;
	case 'f':
		return SIP_FROM;
	case 'i':
		return SIP_CALL_ID;
	case 'k':
		return SIP_SUPPORTED;
	case 'l':
		return SIP_CONTENT_LENGTH;
	case 'm':
		return SIP_CONTACT;
	case 'o':
		return SIP_EVENT;
	case 't':
		return SIP_TO;
	case 'v':
		return SIP_VIA;
	default:
		return SIP_HEADER_OTHER;
	}
}

static enum sip_header_id candidate(struct slice name)
{
	switch (KEY(name.n, name.p[0] | 0x20)) {
	case KEY(2, 't'):
		return SIP_TO;
	case KEY(3, 'v'):
		return SIP_VIA;
	case KEY(4, 'c'):
		return SIP_CSEQ;
	case KEY(4, 'd'):
		return SIP_DATE;
	case KEY(4, 'f'):
		return SIP_FROM;
	case KEY(4, 'p'):
		return SIP_PATH;
	case KEY(5, 'a'):
		return SIP_ALLOW;
	case KEY(5, 'e'):
		return SIP_EVENT;
	case KEY(5, 'r'):
		return SIP_ROUTE;
	case KEY(6, 'a'):
		return SIP_ACCEPT;
	case KEY(6, 'r'):
		return SIP_REASON;
	case KEY(6, 's'):
		return SIP_SERVER;
	case KEY(7, 'c'):
		return (name.p[1] | 0x20) == 'a' ? SIP_CALL_ID : SIP_CONTACT;
	case KEY(7, 'e'):
		return SIP_EXPIRES;
	case KEY(7, 'r'):
		return SIP_REQUIRE;
	case KEY(7, 'w'):
		return SIP_WARNING;
	case KEY(9, 's'):
		return SIP_SUPPORTED;
	case KEY(10, 'u'):
		return SIP_USER_AGENT;
	case KEY(11, 'm'):
		return SIP_MIN_EXPIRES;
	case KEY(11, 'r'):
		return SIP_RETRY_AFTER;
	case KEY(11, 'u'):
		return SIP_UNSUPPORTED;
	case KEY(12, 'c'):
		return SIP_CONTENT_TYPE;
	case KEY(12, 'm'):
		return SIP_MAX_FORWARDS;
	case KEY(12, 'r'):
		return SIP_RECORD_ROUTE;
	case KEY(13, 'a'):
		return SIP_AUTHORIZATION;
	case KEY(13, 'p'):
		return SIP_PROXY_REQUIRE;
	case KEY(13, 's'):
		return SIP_SERVICE_ROUTE;
	case KEY(14, 'c'):
		return SIP_CONTENT_LENGTH;
	case KEY(16, 'w'):
		return SIP_WWW_AUTHENTICATE;
	case KEY(18, 'p'):
		return SIP_PROXY_AUTHENTICATE;
	case KEY(18, 's'):
		return SIP_SUBSCRIPTION_STATE;
	case KEY(19, 'a'):
		return SIP_AUTHENTICATION_INFO;
	case KEY(19, 'p'):
		return SIP_PROXY_AUTHORIZATION;
	default:
		return SIP_HEADER_OTHER;
	}
}

enum sip_header_id sip_header_find(struct slice name)
{
	enum sip_header_id id;

	if (name.n == 1)
		return find_compact(name.p[0]);
	if (name.n == 0)
		return SIP_HEADER_OTHER;
	id = candidate(name);
	if (id == SIP_HEADER_OTHER)
		return id;
	return slice_equal_nocase(names[id], name) ? id : SIP_HEADER_OTHER;
}

struct slice sip_header_name(enum sip_header_id id)
{
	return names[id < SIP_HEADER_COUNT ? id : SIP_HEADER_OTHER];
}

struct slice sip_header_begin(enum sip_header_id id)
{
	struct slice name = sip_header_name(id);

	return slice_make(name.p, name.n + sizeof(SEPARATOR) - 1);
}
