// SPDX-License-Identifier: Apache-2.0
/*
 * A client for the tests of the strict upstream: it registers properly unless a
 * test tells it what to do wrong. It is written by hand on sip/ alone and keeps
 * the last request and the last answer for the test to look at.
 */
#pragma once

#include "sim/carrier.h"
#include "sip/message.h"

#define CLIENT_US UINT64_C(1000000000)

struct client {
	struct carrier *carrier;
	uint64_t now_us;
	struct netaddr source, local;
	const char *user, *password;
	const char *contact; /* URI */
	const char *call_id, *from_tag;
	uint32_t cseq; /* of the last request */
	uint32_t branch;
	uint32_t nc;

	/* What a test may change. */
	const char *request_uri;  /* sip:carrier.example */
	const char *via;          /* "127.0.0.1:5060;rport" */
	const char *to_params;    /* "" */
	const char *max_forwards; /* "Max-Forwards: 70\r\n" */
	const char *lines;        /* instead of Contact and Expires, or NULL */
	const char *nc_format;    /* "%08x" */
	const char *method;       /* "REGISTER" */
	const char *branch_base;  /* "z9hG4bKc" */
	const char *digest_uri;   /* the Request-URI */
	const char *algorithm;    /* of several challenges, the one that is answered */
	bool keep_nonce;          /* goes on with the nonce it has */
	bool resend_cseq;         /* the next request does not raise CSeq */

	char realm[2][256], nonce[2][256], opaque[256]; /* [0] 401, [1] 407 */
	bool has_nonce[2];
	bool stale; /* the last challenge said so */
	char request[4096];
	size_t request_n;
	char answer_bytes[65536];
	struct sip_message answer;
	struct carrier_send sent;
	unsigned answers; /* to the last request */
};

/*
 * For cases of cmocka: `*state` is a client of an upstream with the usual configuration, or of one
 * whose network keeps order. 0.
 */
int client_setup(void **state);
int client_setup_ordered(void **state);
int client_teardown(void **state);

/* Changes the configuration of its upstream. */
void client_set(struct client *c, const char *name, const char *value);

/* Sends one REGISTER without caring for challenges; the status, 0 for silence. */
unsigned client_send(struct client *c, uint32_t expires_s);

/* Sends it and answers challenges, at most `rounds` of them. */
unsigned client_try(struct client *c, uint32_t expires_s, unsigned rounds);
unsigned client_register(struct client *c, uint32_t expires_s);

/* The same bytes again. */
unsigned client_repeat(struct client *c);

/* Any bytes. */
unsigned client_raw(struct client *c, const char *bytes, size_t n);

void client_wait(struct client *c, uint64_t seconds);

/* The expires parameter of the listed Contact with this URI, or -1. */
long client_listed(const struct client *c, const char *contact);
unsigned client_listed_count(const struct client *c);
