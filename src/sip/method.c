// SPDX-License-Identifier: Apache-2.0
/*
 * Names of methods and phrases of status codes, as two tables.
 */
#include "sip/method.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Length and first letter tell the names apart. */
#define KEY(length, first) ((length) << 8 | (unsigned char)(first))

static const char *const names[] = {
    [SIP_METHOD_OTHER] = "",
    [SIP_ACK] = "ACK",
    [SIP_BYE] = "BYE",
    [SIP_CANCEL] = "CANCEL",
    [SIP_INFO] = "INFO",
    [SIP_INVITE] = "INVITE",
    [SIP_MESSAGE] = "MESSAGE",
    [SIP_NOTIFY] = "NOTIFY",
    [SIP_OPTIONS] = "OPTIONS",
    [SIP_PRACK] = "PRACK",
    [SIP_PUBLISH] = "PUBLISH",
    [SIP_REFER] = "REFER",
    [SIP_REGISTER] = "REGISTER",
    [SIP_SUBSCRIBE] = "SUBSCRIBE",
    [SIP_UPDATE] = "UPDATE",
};

static enum sip_method candidate(struct slice name)
{
	switch (KEY(name.n, name.p[0])) {
	case KEY(3, 'A'):
		return SIP_ACK;
	case KEY(3, 'B'):
		return SIP_BYE;
	case KEY(6, 'C'):
		return SIP_CANCEL;
	case KEY(4, 'I'):
		return SIP_INFO;
	case KEY(6, 'I'):
		return SIP_INVITE;
	case KEY(7, 'M'):
		return SIP_MESSAGE;
	case KEY(6, 'N'):
		return SIP_NOTIFY;
	case KEY(7, 'O'):
		return SIP_OPTIONS;
	case KEY(5, 'P'):
		return SIP_PRACK;
	case KEY(7, 'P'):
		return SIP_PUBLISH;
	case KEY(5, 'R'):
		return SIP_REFER;
	case KEY(8, 'R'):
		return SIP_REGISTER;
	case KEY(9, 'S'):
		return SIP_SUBSCRIBE;
	case KEY(6, 'U'):
		return SIP_UPDATE;
	default:
		return SIP_METHOD_OTHER;
	}
}

enum sip_method sip_method_find(struct slice name)
{
	enum sip_method method;

	if (name.n == 0)
		return SIP_METHOD_OTHER;
	method = candidate(name);
	if (method && memcmp(names[method], name.p, name.n) == 0)
		return method;
	return SIP_METHOD_OTHER;
}

const char *sip_method_name(enum sip_method method)
{
	return (size_t)method < COUNT(names) ? names[method] : "";
}

/* RFC 3261 21 and those that later RFCs registered with IANA, in order of the status. */
static const struct phrase {
	unsigned status;
	const char *text;
} phrases[] = {
    {100, "Trying"},
    {180, "Ringing"},
    {181, "Call Is Being Forwarded"},
    {182, "Queued"},
    {183, "Session Progress"},
    {199, "Early Dialog Terminated"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Notification"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Moved Temporarily"},
    {305, "Use Proxy"},
    {380, "Alternative Service"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {412, "Conditional Request Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Unsupported URI Scheme"},
    {417, "Unknown Resource-Priority"},
    {420, "Bad Extension"},
    {421, "Extension Required"},
    {422, "Session Interval Too Small"},
    {423, "Interval Too Brief"},
    {424, "Bad Location Information"},
    {428, "Use Identity Header"},
    {429, "Provide Referrer Identity"},
    {430, "Flow Failed"},
    {433, "Anonymity Disallowed"},
    {436, "Bad Identity Info"},
    {437, "Unsupported Credential"},
    {438, "Invalid Identity Header"},
    {439, "First Hop Lacks Outbound Support"},
    {440, "Max-Breadth Exceeded"},
    {469, "Bad Info Package"},
    {470, "Consent Needed"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"},
    {483, "Too Many Hops"},
    {484, "Address Incomplete"},
    {485, "Ambiguous"},
    {486, "Busy Here"},
    {487, "Request Terminated"},
    {488, "Not Acceptable Here"},
    {489, "Bad Event"},
    {491, "Request Pending"},
    {493, "Undecipherable"},
    {494, "Security Agreement Required"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Server Time-out"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
    {555, "Push Notification Service Not Supported"},
    {580, "Precondition Failure"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
    {607, "Unwanted"},
    {608, "Rejected"},
};

static const char *class_phrase(unsigned status)
{
	static const char *const texts[] = {"Unknown", "Provisional", "Success", "Redirection",
	    "Client Error", "Server Error", "Global Failure"};

	return texts[status / 100 < COUNT(texts) ? status / 100 : 0];
}

const char *sip_status_reason(unsigned status)
{
	for (size_t i = 0; i < COUNT(phrases) && phrases[i].status <= status; i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return class_phrase(status);
}
