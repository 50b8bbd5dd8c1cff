// SPDX-License-Identifier: Apache-2.0
/*
 * What can be told to the strict registrar of sim/carrier.h: how it grants,
 * challenges, refuses, loses and forgets. A plain value: copy it, change it
 * field by field, or by name from the one table that also feeds the options and
 * the `set` command of the practice upstream. Zero is no configuration; begin
 * with carrier_config_default().
 */
#pragma once

#include "base/attr.h"
#include "base/slice.h"
#include "sip/method.h"

#define CARRIER_TEXT_MAX  128
#define CARRIER_RULES_MAX 16

/* Too short an expiry (below `min_expires_s`), RFC 3261 10.3 step 7. */
enum carrier_brief {
	CARRIER_BRIEF_CORRECT,   /* 423 with Min-Expires */
	CARRIER_BRIEF_NO_HEADER, /* 423 without it */
	CARRIER_BRIEF_LOW,       /* 423 with a Min-Expires below what was asked */
	CARRIER_BRIEF_FOREVER,   /* 423 to every expiry but 0, Min-Expires above it each time */
	CARRIER_BRIEF_CANCEL,    /* correct, and 423 to an expiry of 0 too */
	CARRIER_BRIEF_EQUAL,     /* 423 with a Min-Expires of just what was asked */
	CARRIER_BRIEF_RISING,    /* 423 with twice what was asked, up to `min_expires_s` */
};

enum carrier_stale {
	CARRIER_STALE_HONEST, /* stale=true where the digest was right and the nonce is not */
	CARRIER_STALE_ALWAYS, /* every answer to a challenge gets a new one with stale=true */
	CARRIER_STALE_NEVER,  /* new nonces come without stale */
	CARRIER_STALE_LOOSE,  /* stale=true to whoever brought credentials, for this realm or not */
};

enum carrier_challenge {
	CARRIER_CHALLENGE_401,
	CARRIER_CHALLENGE_407,
	CARRIER_CHALLENGE_BOTH, /* first 407 for `proxy_realm`, then 401 for `realm` */
	CARRIER_CHALLENGE_NONE, /* lets everybody in */
};

enum carrier_qop {
	CARRIER_QOP_AUTH,
	CARRIER_QOP_NONE,
	CARRIER_QOP_AUTH_INT,
	CARRIER_QOP_BOTH,
};

/* What the 200 says of the bindings. */
enum carrier_report {
	CARRIER_REPORT_CONTACTS, /* every Contact with its expires parameter */
	CARRIER_REPORT_BARE,     /* Contacts without the parameter, an Expires header */
	CARRIER_REPORT_EXPIRES,  /* no Contact, an Expires header */
	CARRIER_REPORT_NOTHING,  /* neither */
	CARRIER_REPORT_OWN,      /* of the Contacts only those that this REGISTER named */
};

/* How our client's Contact comes back in the 200. */
enum carrier_rewrite {
	CARRIER_REWRITE_NONE,
	CARRIER_REWRITE_HOST,  /* host replaced by 203.0.113.77 */
	CARRIER_REWRITE_PORT,  /* port replaced by 40961 */
	CARRIER_REWRITE_WHOLE, /* sip:u<number>@203.0.113.77:40961 */
	CARRIER_REWRITE_SEEN,  /* the user of the AOR at the address that the REGISTER came from */
	CARRIER_REWRITE_ADDS,  /* with URI parameters added */
	CARRIER_REWRITE_DROPS, /* without its URI parameters */
};

/* A Contact listed in every 200 that no binding of the table stands behind. */
enum carrier_extra {
	CARRIER_EXTRA_NONE,
	CARRIER_EXTRA_FOREIGN, /* first in the list, with a longer expiry */
	CARRIER_EXTRA_ONLY,    /* a foreign one, and the real ones are not listed */
	CARRIER_EXTRA_STALE,   /* last in the list, with expires=0 */
};

enum carrier_cancel {
	CARRIER_CANCEL_REMOVES, /* gone, and not listed */
	CARRIER_CANCEL_ZERO,    /* gone, and listed with expires=0 */
	CARRIER_CANCEL_IGNORED, /* 200, but the binding stays */
};

enum carrier_only {
	CARRIER_ONLY_ALL,
	CARRIER_ONLY_REGISTER, /* REGISTER with an expiry above 0 */
	CARRIER_ONLY_CANCEL,   /* REGISTER with expiry 0 */
	CARRIER_ONLY_REFRESH,  /* REGISTER of a Contact that is bound, expiry above 0 */
	CARRIER_ONLY_OPTIONS,
};

/*
 * An answer given instead of the proper one. As text:
 * `STATUS[:KEY=VALUE,...]`, `drop[:...]` (silence, nothing is done) or `lose[:...]` (done, but
 * the answer is lost; it is there for a retransmission), with the keys user, only (register,
 * cancel, refresh, options), after (s), for (s), count, percent (of the requests that fit),
 * retry-after (s), contact, without (an option tag that Supported does not name), and alone:
 *
 *   authenticated   the answer comes after the challenge was met
 *   lists           so does this one, and it lists the bindings as a 200 would
 *   done            it lists them, and what the REGISTER asked for has been done
 *   full            a line with the Contact of somebody else who holds the account
 */
struct carrier_rule {
	bool used;
	bool lose;
	bool authenticated;
	bool lists, done, full;
	bool begun;
	unsigned status; /* 0: silence, or lose; 401 and 407: a challenge with a fresh nonce */
	enum carrier_only only;
	char user[CARRIER_TEXT_MAX]; /* of the AOR, "r*": all that begin so; empty: everybody */
	uint32_t after_s, for_s;     /* from its beginning on; for_s 0: without end */
	uint32_t count;              /* requests it answers, 0: all */
	uint32_t answered;
	uint32_t retry_after_s;         /* 0: no header */
	uint32_t percent;               /* of the requests that fit; 0: all */
	char contact[CARRIER_TEXT_MAX]; /* Contacts of a 3xx: "sip:A;q=0.1+sip:B" */
	char without[CARRIER_TEXT_MAX]; /* an option tag; empty: whatever is supported */
	uint64_t since_us;              /* when it began; set by the upstream */
};

struct carrier_config {
	char domain[CARRIER_TEXT_MAX]; /* host that is served; empty: any */
	char realm[CARRIER_TEXT_MAX];
	char proxy_realm[CARRIER_TEXT_MAX];
	char algorithms[CARRIER_TEXT_MAX]; /* a challenge each, in this order: "SHA-256,MD5" */
	char opaque[CARRIER_TEXT_MAX];     /* as it stands between the quotes; empty: none */
	char service_route[CARRIER_TEXT_MAX];
	char server[CARRIER_TEXT_MAX];
	char any_password[CARRIER_TEXT_MAX]; /* of every user that has no account; empty: none */
	char wrong_algorithms[CARRIER_TEXT_MAX]; /* offered, but no digest made with them is right
	                                          */

	enum carrier_challenge challenge;
	enum carrier_qop qop;
	enum carrier_stale stale;
	uint32_t wrong_status; /* answer to a wrong digest: 401 (a new challenge) or 403 */
	uint32_t nonce_life_s; /* 0: without end */
	bool fresh_nonce;      /* a nonce is good for one request */
	bool next_nonce;       /* the 200 brings the next one (RFC 7616 3.5) */
	/* Answer to a nonce that was good once (fresh_nonce) or is too old; 401, 0: silence. */
	uint32_t spent_status;
	/*
	 * Front ends with a realm of their own behind one address, "fe-1." and so on before
	 * `realm`; another answers every so many seconds, 0: each of our addresses has its own.
	 */
	uint32_t front_ends, front_end_s;
	bool first_credentials; /* only the first header of the credentials is read */

	uint32_t expires_default_s, expires_max_s, min_expires_s;
	enum carrier_brief brief;
	int32_t grant;       /* grants exactly this many seconds; -1: what was asked */
	uint32_t grant_less; /* seconds below what was asked */
	uint32_t grant_more;
	enum carrier_report report;
	enum carrier_rewrite rewrite;
	enum carrier_extra extra;
	enum carrier_cancel cancel;
	uint32_t max_contacts;  /* per AOR, 0: no limit */
	bool replace_oldest;    /* at the limit: replaces instead of refusing */
	uint32_t limit_status;  /* at the limit: 403, or 503 with P-Registrar-Error and a list */
	uint32_t limit_retry_s; /* Retry-After of that 503; 0: none */
	uint32_t gone_status;   /* answer to a cancel of what is not bound: 200, 404, 410, 481 */
	bool replaces;   /* every REGISTER is the whole account: a fetch or a cancel empties it */
	bool cseq_order; /* false: takes any CSeq */
	uint32_t cseq_memory_s; /* how long the order outlives a cancel; 0: not at all */
	uint32_t cseq_status;   /* answer to a CSeq that does not rise: 500 or 400 */
	bool fetch;             /* false: 400 without a Contact */
	bool fetch_hides;       /* the 200 to a REGISTER without a Contact lists nothing */
	bool ordered;           /* the network keeps order: a lower CSeq or nc is an offence */

	bool nat;              /* sees clients at another address and port, and says so in Via */
	uint32_t write_back_s; /* what is bound reaches the disk so often; 0: at once */

	bool silent;            /* answers nothing and does nothing */
	uint32_t delay_ms;      /* before an answer leaves */
	uint32_t jitter_ms;     /* added at random */
	bool prompt_challenges; /* these leave without the delay: no table need be looked at */
	uint32_t loss;          /* percent, requests and answers alike */
	uint32_t loss_requests; /* percent */
	uint32_t loss_answers;
	uint32_t duplicate;  /* percent of answers sent twice */
	uint32_t forget_s;   /* drops its table so often; 0: never */
	uint32_t ping_s;     /* OPTIONS to every binding so often; 0: never */
	uint32_t rate_limit; /* requests per second and source; above is an offence, 0: none */
	uint32_t flood_requests, flood_window_s, flood_ban_s; /* above: silence; 0: off */

	struct carrier_rule rules[CARRIER_RULES_MAX]; /* the first that fits answers */
};

void carrier_config_default(struct carrier_config *config);

/*
 * Sets one setting from text. Booleans take on, off and the empty text (on);
 * `answer` adds a rule, `answer none` clears them all.
 * ERR_NOT_FOUND, ERR_SYNTAX, ERR_RANGE, ERR_LIMIT; then `what_r` says in words
 * what would be right (static text, may be NULL).
 */
MUST_CHECK int carrier_config_set(
    struct carrier_config *config, const char *name, const char *value, const char **what_r);

/* The settings, for help texts: false behind the last one. */
struct carrier_setting {
	const char *name;
	const char *value; /* what it takes: "N", "on|off", "honest|always|never" */
	const char *help;
	bool is_flag; /* may stand without a value */
};
bool carrier_setting(unsigned index, struct carrier_setting *setting_r);
